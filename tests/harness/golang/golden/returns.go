package traced; import _ddp "deferdiff.test/trace"

import "fmt"

type pair struct {
	a, b int
}

func two() (int, string) { _dd := _ddp.Enter(0, 0, 0); _ = _dd; _dd.Return(9); return 2, "two" }

func forward() (int, string) { _dd := _ddp.Enter(1, 0, 0); _ = _dd; { var _ddr0 int; var _ddr1 string; _ddr0, _ddr1 = two(); _dd.Return(11); return _ddr0, _ddr1 } }

func mixed(n int) (x int, err error) { _dd := _ddp.Enter(2, 0, 0); _ = _dd;
	switch {
	case n < 0:
		{ var _ddr0 int; var _ddr1 error; _ddr0, _ddr1 = -n, fmt.Errorf("negative %d", n); _dd.Return(16); return _ddr0, _ddr1 }
	case n == 0:
		_dd.Return(18); return
	}
	{ var _ddr0 int; var _ddr1 error; _ddr0, _ddr1 = n +
		len(fmt.Sprint(n)), nil; _dd.Return(20); return _ddr0, _ddr1 }
}

func field(p *pair) int { _dd := _ddp.Enter(3, 0, 0); _ = _dd; { var _ddr0 int = p.b; _dd.Return(24); return _ddr0 } }

func index(s []int, i int) int { _dd := _ddp.Enter(4, 0, 0); _ = _dd; { var _ddr0 int = s[i]; _dd.Return(26); return _ddr0 } }

func constants() (byte, float64, string, error) { _dd := _ddp.Enter(5, 0, 0); _ = _dd; { var _ddr0 byte; var _ddr1 float64; var _ddr2 string; var _ddr3 error; _ddr0, _ddr1, _ddr2, _ddr3 = 1 << 2, 1.5, "x" + "y", nil; _dd.Return(28); return _ddr0, _ddr1, _ddr2, _ddr3 } }

func literal() func() int { _dd := _ddp.Enter(6, 0, 0); _ = _dd; _dd.Return(30); return func() int { _dd := _ddp.Enter(7, 0, 0); _ = _dd; _dd.Return(30); return 3 } }

func composite() pair { _dd := _ddp.Enter(8, 0, 0); _ = _dd; { var _ddr0 pair = pair{1, two2()}; _dd.Return(32); return _ddr0 } }

func two2() int { _dd := _ddp.Enter(9, 0, 0); _ = _dd; _dd.Return(34); return 2 }

func pointer() *pair { _dd := _ddp.Enter(10, 0, 0); _ = _dd; { var _ddr0 *pair = &pair{a: 4}; _dd.Return(36); return _ddr0 } }

func converted(n int) any { _dd := _ddp.Enter(11, 0, 0); _ = _dd; { var _ddr0 any = int64(n); _dd.Return(38); return _ddr0 } }

func anonymous() struct{ n int } { _dd := _ddp.Enter(12, 0, 0); _ = _dd; { var _ddr0 struct{ n int } = struct{ n int }{two2()}; _dd.Return(40); return _ddr0 } }

func function() (f func(int) (a, b int)) { _dd := _ddp.Enter(13, 0, 0); _ = _dd; { var _ddr0 func(int) (a, b int) = pick(f); _dd.Return(42); return _ddr0 } }

func pick(f func(int) (int, int)) func(int) (int, int) { _dd := _ddp.Enter(14, 0, 0); _ = _dd; _dd.Return(44); return f }

func labelled(n int) int { _dd := _ddp.Enter(15, 0, 0); _ = _dd;
	for {
		if n > 0 {
			goto done
		}
		n++
	}
done:
	{ var _ddr0 int = two2() + n; _dd.Return(54); return _ddr0 }
}

func changed() (n int) { _dd := _ddp.Enter(16, 0, 0); _ = _dd;
	{ _dd1 := _ddp.Record(); defer func() { _dd := _ddp.Enter(17, _dd1, 0); _ = _dd; n *= 2 ; _dd.Return(58) }(); _dd.Defer(_dd1, 58, "literal:17") }
	{ var _ddr0 int = two2() + 1; _dd.Return(59); return _ddr0 }
}

func inLiteral() (string, int) { _dd := _ddp.Enter(18, 0, 0); _ = _dd;
	f := func(s string) (string, error) { _dd := _ddp.Enter(19, 0, 0); _ = _dd; { var _ddr0 string; var _ddr1 error; _ddr0, _ddr1 = fmt.Sprint(s, s), nil; _dd.Return(63); return _ddr0, _ddr1 } }
	s, _ := f("a")
	{ var _ddr0 string; var _ddr1 int; _ddr0, _ddr1 = s, len(s); _dd.Return(65); return _ddr0, _ddr1 }
}

func named() (p *pair, ok bool) { _dd := _ddp.Enter(20, 0, 0); _ = _dd;
	p = &pair{1, 2}
	if p := pointer(); p.a == 4 { _dd.Return(70); return p, true }; _dd.Return(70); return nil, false
}

func stop() { _dd := _ddp.Enter(21, 0, 0); _ = _dd; fmt.Println("stop"); _dd.Return(73); return ; _dd.Return(73) }

func Main() { _dd := _ddp.Enter(22, 0, 0); _ = _dd;
	fmt.Println(forward())
	fmt.Println(mixed(-1))
	fmt.Println(mixed(0))
	fmt.Println(mixed(12))
	fmt.Println(field(&pair{1, 2}), index([]int{5}, 0))
	fmt.Println(constants())
	fmt.Println(literal()(), composite(), *pointer(), converted(6), anonymous(), function() == nil)
	fmt.Println(labelled(0), changed())
	fmt.Println(inLiteral())
	p, ok := named()
	fmt.Println(*p, ok)
	stop()
	func() { _dd := _ddp.Enter(23, 0, 0); _ = _dd;
		{ _dd2 := _ddp.Record(); defer func() { _dd := _ddp.Enter(24, _dd2, 0); _ = _dd; fmt.Println(_dd.Recover(89, recover()) != nil) ; _dd.Return(89) }(); _dd.Defer(_dd2, 89, "literal:24") }
		field(nil)
	_dd.Return(91) }()
_dd.Return(92) }
