package traced; import _ddp "deferdiff.test/trace"

import (
	"fmt"
	"strings"
)

type plain struct{ n int }

func (p plain) Value() int { _dd := _ddp.Enter(0, 0, 0); _ = _dd; { var _ddr0 int = p.n; _dd.Return(10); return _ddr0 } }

func (p *plain) Set(n int) { _dd := _ddp.Enter(1, 0, 0); _ = _dd;
	p.n = n
_dd.Return(14) }

func nothing() { _dd := _ddp.Enter(2, 0, 0); _ = _dd;_dd.Return(16) }

func _() { _dd := _ddp.Enter(3, 0, 0); _ = _dd; nothing() ; _dd.Return(18) }

var double = func(n int) int { _dd := _ddp.Enter(4, 0, 0); _ = _dd; _dd.Return(20); return 2 * n }

var nested = func() func() int { _dd := _ddp.Enter(5, 0, 0); _ = _dd;
	_dd.Return(23); return func() int { _dd := _ddp.Enter(6, 0, 0); _ = _dd;
		_dd.Return(24); return 7
	}
}

func variadic(words ...string) (joined string, n int) { _dd := _ddp.Enter(7, 0, 0); _ = _dd;
	joined, n = strings.Join(words, "-"), len(words) // a comment stays
	_dd.Return(30); return
}

func oneLine() { _dd := _ddp.Enter(8, 0, 0); _ = _dd; fmt.Println("one line"); nothing() ; _dd.Return(33) }

func endless(n int) int { _dd := _ddp.Enter(9, 0, 0); _ = _dd;
	for {
		if n > 3 {
			_dd.Return(38); return n
		}
		n++
	}
}

func recursive(n int) string { _dd := _ddp.Enter(10, 0, 0); _ = _dd;
	if n == 0 {
		_dd.Return(46); return "."
	}
	var step func(int) string
	step = func(m int) string { _dd := _ddp.Enter(11, 0, 0); _ = _dd; { var _ddr0 string = recursive(m) + "!"; _dd.Return(49); return _ddr0 } }
	{ var _ddr0 string = step(n - 1); _dd.Return(50); return _ddr0 }
}

func Main() { _dd := _ddp.Enter(12, 0, 0); _ = _dd;
	p := plain{1}
	p.Set(p.Value() + 1)
	get := p.Value
	set := (*plain).Set
	set(&p, 5)
	fmt.Println(p, get())
	fmt.Println(double(4), nested()(), endless(1), recursive(2))
	fmt.Println(variadic("a", "b"))
	oneLine()
	func() { _dd := _ddp.Enter(13, 0, 0); _ = _dd; fmt.Println("called at once") ; _dd.Return(63) }()
	if false {
		Main()
	}
	again := Main
	_ = again
_dd.Return(69) }
