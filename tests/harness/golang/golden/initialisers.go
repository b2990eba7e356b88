package traced; import _ddp "deferdiff.test/trace"

import "fmt"

var order []string

var first = note("variable")

func note(s string) int { _dd := _ddp.Enter(0, 0, 0); _ = _dd;
	order = append(order, s)
	{ var _ddr0 int = len(order); _dd.Return(11); return _ddr0 }
}

func init() { _dd := _ddp.Enter(1, 0, 0); _ = _dd;
	{ _dd1 := _ddp.Record(); defer func() { _dd := _ddp.Enter(2, _dd1, 0); _ = _dd; fmt.Println("init recovered", _dd.Recover(15, recover())) ; _dd.Return(15) }(); _dd.Defer(_dd1, 15, "literal:2") }
	fmt.Println("init", order)
	panic(_dd.Panic(17, "in init"))
_dd.Return(18) }

func init() { _dd := _ddp.Enter(3, 0, 0); _ = _dd; note("second init") ; _dd.Return(20) }

func Main() { _dd := _ddp.Enter(4, 0, 0); _ = _dd;
	fmt.Println(order, first)
_dd.Return(24) }
