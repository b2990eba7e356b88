package traced; import _ddp "deferdiff.test/trace"

import (
	"errors"
	"fmt"
	"sync"
); const _ddt = "15 (*T).Close\n17 T.Named\n21 say\n23 maker\n24 maker.func1\n27 init.func1\n29 literals\n30 literals.func1\n31 literals.func2\n34 literals.func3\n36 literals.func4\n40 names\n48 selectors\n49 selectors.func1\n67 values\n70 values.func1\n72 values.func2\n73 values.func2.1\n77 nils\n78 nils.func1\n82 nilLocal\n84 nilLocal.func1\n88 builtins\n91 builtins.func1\n99 failing\n101 neverPending\n102 neverPending.func1\n106 argumentPanics\n107 argumentPanics.func1\n111 labels\n120 labels.func1\n128 main\n130 main.func1\n"

type T struct {
	name string
	hook func(string)
	mu   sync.Mutex
}

func (t *T) Close() error { _dd := _ddp.Enter(0, 0, 0); _ = _dd; fmt.Println("close", t.name); _dd.Return(15); return nil }

func (t T) Named(n int) { _dd := _ddp.Enter(1, 0, 0); _ = _dd; fmt.Println("named", t.name, n) ; _dd.Return(17) }

type closer interface{ Close() error }

func say(words ...any) { _dd := _ddp.Enter(2, 0, 0); _ = _dd; fmt.Println(words...) ; _dd.Return(21) }

func maker(name string) func(int) { _dd := _ddp.Enter(3, 0, 0); _ = _dd;
	_dd.Return(24); return func(n int) { _dd := _ddp.Enter(4, 0, 0); _ = _dd; fmt.Println("made", name, n) ; _dd.Return(24) }
}

var hooks = []func(){func() { _dd := _ddp.Enter(5, 0, 0); _ = _dd; fmt.Println("hook 0") ; _dd.Return(27) }, nil}

func literals() { _dd := _ddp.Enter(6, 0, 0); _ = _dd;
	{ _dd1 := _ddp.Record(); defer func() { _dd := _ddp.Enter(7, _dd1, 0); _ = _dd; fmt.Println("literal") ; _dd.Return(30) }(); _dd.Defer(_dd1, 30, "literal:7") }
	{ _dd2 := _ddp.Record(); defer func(a, b int) { _dd := _ddp.Enter(8, _dd2, 0); _ = _dd;
		fmt.Println("literal with arguments", a, b)
	_dd.Return(33) }(1, 2); _dd.Defer(_dd2, 31, "literal:8") } // on several lines
	{ _dd3 := _ddp.Record(); defer (func() { _dd := _ddp.Enter(9, _dd3, 0); _ = _dd; fmt.Println("in parentheses") ; _dd.Return(34) })(); _dd.Defer(_dd3, 34, "literal:9") }
	for i := 0; i < 2; i++ {
		{ _dd4 := _ddp.Record(); defer func(n int) { _dd := _ddp.Enter(10, _dd4, 0); _ = _dd; fmt.Println("loop", n) ; _dd.Return(36) }(i); _dd.Defer(_dd4, 36, "literal:10") }
	}
_dd.Return(38) }

func names(f func(), param func(int)) { _dd := _ddp.Enter(11, 0, 0); _ = _dd;
	defer say("function"); _dd.Defer(_ddp.Record(), 41, "function:2")
	defer f(); _dd.DeferValue(_ddp.Record(), 42, f, _ddt)
	defer param(3); _dd.DeferValue(_ddp.Record(), 43, param, _ddt)
	local := maker("local")
	defer local(4); _dd.DeferValue(_ddp.Record(), 45, local, _ddt)
_dd.Return(46) }

func selectors() { _dd := _ddp.Enter(12, 0, 0); _ = _dd;
	t := &T{name: "t", hook: func(s string) { _dd := _ddp.Enter(13, 0, 0); _ = _dd; fmt.Println("field", s) ; _dd.Return(49) }}
	var c closer = t
	defer t.Close(); _dd.Defer(_ddp.Record(), 51, "function:0")
	defer c.Close(); _dd.Defer(_ddp.Record(), 52, "function:0")
	defer t.Named(1); _dd.Defer(_ddp.Record(), 53, "function:1")
	defer T.Named(*t, 2); _dd.Defer(_ddp.Record(), 54, "function:1")
	defer (*T).Close(t); _dd.Defer(_ddp.Record(), 55, "function:0")
	defer t.hook("direct"); _dd.DeferValue(_ddp.Record(), 56, t.hook, _ddt)
	t.mu.Lock()
	{ _dd5 := _ddp.Record() ; _dd6f := t.mu.Unlock; defer func() { _dd := _ddp.Enter(33, _dd5, 0); _ = _dd; _dd6f(); _dd.Return(58) }(); _dd.Defer(_dd5, 58, "literal:33") }
	var wg sync.WaitGroup
	wg.Add(1)
	{ _dd7 := _ddp.Record() ; _dd8f := wg.Done; defer func() { _dd := _ddp.Enter(34, _dd7, 0); _ = _dd; _dd8f(); _dd.Return(61) }(); _dd.Defer(_dd7, 61, "literal:34") }
	{ _dd9 := _ddp.Record() ; defer func() { _dd := _ddp.Enter(35, _dd9, 0); _ = _dd; fmt.Println("silent"); _dd.Return(62) }(); _dd.Defer(_dd9, 62, "literal:35") }
	named := t.Named
	defer named(6); _dd.DeferValue(_ddp.Record(), 64, named, _ddt)
_dd.Return(65) }

func values() { _dd := _ddp.Enter(14, 0, 0); _ = _dd;
	{ _dd10f := maker("call"); defer _dd10f(5); _dd.DeferValue(_ddp.Record(), 68, _dd10f, _ddt) }
	{ _dd11f := hooks[0]; defer _dd11f(); _dd.DeferValue(_ddp.Record(), 69, _dd11f, _ddt) }
	var a any = func() { _dd := _ddp.Enter(15, 0, 0); _ = _dd; fmt.Println("asserted") ; _dd.Return(70) }
	{ _dd12f := a.(func()); defer _dd12f(); _dd.DeferValue(_ddp.Record(), 71, _dd12f, _ddt) }
	defer func() func() { _dd := _ddp.Enter(16, 0, 0); _ = _dd;
		_dd.Return(73); return func() { _dd := _ddp.Enter(17, 0, 0); _ = _dd; fmt.Println("of a literal on several lines") ; _dd.Return(73) }
	}()(); _dd.Defer(_ddp.Record(), 72, "value")
_dd.Return(75) }

func nils() { _dd := _ddp.Enter(18, 0, 0); _ = _dd;
	{ _dd13 := _ddp.Record(); defer func() { _dd := _ddp.Enter(19, _dd13, 0); _ = _dd; fmt.Println("nil in a slice:", _dd.Recover(78, recover()) != nil) ; _dd.Return(78) }(); _dd.Defer(_dd13, 78, "literal:19") }
	{ _dd14f := hooks[1]; defer _dd14f(); _dd.DeferValue(_ddp.Record(), 79, _dd14f, _ddt) }
_dd.Return(80) }

func nilLocal() { _dd := _ddp.Enter(20, 0, 0); _ = _dd;
	var f func()
	{ _dd15 := _ddp.Record(); defer func() { _dd := _ddp.Enter(21, _dd15, 0); _ = _dd; fmt.Println("nil local:", _dd.Recover(84, recover()) != nil) ; _dd.Return(84) }(); _dd.Defer(_dd15, 84, "literal:21") }
	defer f(); _dd.DeferValue(_ddp.Record(), 85, f, _ddt)
_dd.Return(86) }

func builtins() { _dd := _ddp.Enter(22, 0, 0); _ = _dd;
	m := map[string]int{"k": 1}
	c := make(chan int)
	{ _dd16 := _ddp.Record(); defer func() { _dd := _ddp.Enter(23, _dd16, 0); _ = _dd; fmt.Println("recovered", _dd.Recover(91, recover()), len(m)) ; _dd.Return(91) }(); _dd.Defer(_dd16, 91, "literal:23") }
	defer recover(); _dd.Defer(_ddp.Record(), 92, "recover")
	defer panic(_dd.DeferPanic(93, errors.New("deferred panic")))
	{ _dd17 := _ddp.Record() ; _dd18a := m ; defer func() { _dd := _ddp.Enter(36, _dd17, 0); _ = _dd; delete(_dd18a, "k"); _dd.Return(94) }(); _dd.Defer(_dd17, 94, "literal:36") }
	{ _dd19 := _ddp.Record() ; _dd20a := c; defer func() { _dd := _ddp.Enter(37, _dd19, 0); _ = _dd; close(_dd20a); _dd.Return(95) }(); _dd.Defer(_dd19, 95, "literal:37") }
	{ _dd21 := _ddp.Record() ; defer func() { _dd := _ddp.Enter(38, _dd21, 0); _ = _dd; print(); _dd.Return(96) }(); _dd.Defer(_dd21, 96, "literal:38") }
_dd.Return(97) }

func failing() func(int) { _dd := _ddp.Enter(24, 0, 0); _ = _dd; panic(_dd.Panic(99, "callee")) }

func neverPending() { _dd := _ddp.Enter(25, 0, 0); _ = _dd;
	{ _dd22 := _ddp.Record(); defer func() { _dd := _ddp.Enter(26, _dd22, 0); _ = _dd; fmt.Println(_dd.Recover(102, recover())) ; _dd.Return(102) }(); _dd.Defer(_dd22, 102, "literal:26") }
	{ _dd23f := failing(); defer _dd23f(1); _dd.DeferValue(_ddp.Record(), 103, _dd23f, _ddt) }
_dd.Return(104) }

func argumentPanics(n int) { _dd := _ddp.Enter(27, 0, 0); _ = _dd;
	{ _dd24 := _ddp.Record(); defer func() { _dd := _ddp.Enter(28, _dd24, 0); _ = _dd; fmt.Println(_dd.Recover(107, recover()) != nil) ; _dd.Return(107) }(); _dd.Defer(_dd24, 107, "literal:28") }
	defer say(1 / n); _dd.Defer(_ddp.Record(), 108, "function:2")
_dd.Return(109) }

func labels(n int) { _dd := _ddp.Enter(29, 0, 0); _ = _dd;
again:
	{ _dd25 := _ddp.Record()  ; _dd26a := n; defer func() { _dd := _ddp.Enter(39, _dd25, 0); _ = _dd; fmt.Println("labelled", _dd26a); _dd.Return(113) }(); _dd.Defer(_dd25, 113, "literal:39") }
	n--
	if n > 0 {
		goto again
	}
	switch {
	case n == 0:
		{ _dd27 := _ddp.Record(); defer func() { _dd := _ddp.Enter(30, _dd27, 0); _ = _dd; fmt.Println("in a case") ; _dd.Return(120) }(); _dd.Defer(_dd27, 120, "literal:30") }
	default:
		defer say("not reached"); _dd.Defer(_ddp.Record(), 122, "function:2")
	}
	goto end
end:
_dd.Return(126) }

func Main() { _dd := _ddp.Enter(31, 0, 0); _ = _dd;
	literals()
	names(func() { _dd := _ddp.Enter(32, 0, 0); _ = _dd; fmt.Println("parameter") ; _dd.Return(130) }, maker("parameter"))
	selectors()
	values()
	nils()
	nilLocal()
	builtins()
	neverPending()
	argumentPanics(0)
	labels(2)
_dd.Return(139) }
