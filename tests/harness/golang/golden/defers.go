package traced; import _ddp "deferdiff.test/trace"

import (
	"errors"
	"fmt"
	"sync"
); const _ddt = "15 (*T).Close\n17 T.Named\n21 say\n23 generic[...]\n25 maker\n26 maker.func1\n29 init.func1\n31 literals\n32 literals.func1\n33 literals.func2\n36 literals.func3\n38 literals.func4\n42 names\n52 selectors\n53 selectors.func1\n71 values\n74 values.func1\n76 values.func2\n77 values.func2.1\n81 nils\n82 nils.func1\n86 nilLocal\n88 nilLocal.func1\n92 builtins\n95 builtins.func1\n103 failing\n105 neverPending\n106 neverPending.func1\n110 argumentPanics\n111 argumentPanics.func1\n115 labels\n124 labels.func1\n132 main\n134 main.func1\n"

type T struct {
	name string
	hook func(string)
	mu   sync.Mutex
}

func (t *T) Close() error { _dd := _ddp.Enter(0, 0, 0); _ = _dd; fmt.Println("close", t.name); _dd.Return(15); return nil }

func (t T) Named(n int) { _dd := _ddp.Enter(1, 0, 0); _ = _dd; fmt.Println("named", t.name, n) ; _dd.Return(17) }

type closer interface{ Close() error }

func say(words ...any) { _dd := _ddp.Enter(2, 0, 0); _ = _dd; fmt.Println(words...) ; _dd.Return(21) }

func generic[K any](k K) { _dd := _ddp.Enter(3, 0, 0); _ = _dd; fmt.Println("generic", k) ; _dd.Return(23) }

func maker(name string) func(int) { _dd := _ddp.Enter(4, 0, 0); _ = _dd;
	_dd.Return(26); return func(n int) { _dd := _ddp.Enter(5, 0, 0); _ = _dd; fmt.Println("made", name, n) ; _dd.Return(26) }
}

var hooks = []func(){func() { _dd := _ddp.Enter(6, 0, 0); _ = _dd; fmt.Println("hook 0") ; _dd.Return(29) }, nil}

func literals() { _dd := _ddp.Enter(7, 0, 0); _ = _dd;
	{ _dd1 := _ddp.Record(); defer func() { _dd := _ddp.Enter(8, _dd1, 0); _ = _dd; fmt.Println("literal") ; _dd.Return(32) }(); _dd.Defer(_dd1, 32, "literal:8") }
	{ _dd2 := _ddp.Record(); defer func(a, b int) { _dd := _ddp.Enter(9, _dd2, 0); _ = _dd;
		fmt.Println("literal with arguments", a, b)
	_dd.Return(35) }(1, 2); _dd.Defer(_dd2, 33, "literal:9") } // on several lines
	{ _dd3 := _ddp.Record(); defer (func() { _dd := _ddp.Enter(10, _dd3, 0); _ = _dd; fmt.Println("in parentheses") ; _dd.Return(36) })(); _dd.Defer(_dd3, 36, "literal:10") }
	for i := 0; i < 2; i++ {
		{ _dd4 := _ddp.Record(); defer func(n int) { _dd := _ddp.Enter(11, _dd4, 0); _ = _dd; fmt.Println("loop", n) ; _dd.Return(38) }(i); _dd.Defer(_dd4, 38, "literal:11") }
	}
_dd.Return(40) }

func names(f func(), param func(int)) { _dd := _ddp.Enter(12, 0, 0); _ = _dd;
	defer say("function"); _dd.Defer(_ddp.Record(), 43, "function:2")
	defer generic("inferred"); _dd.Defer(_ddp.Record(), 44, "function:3")
	defer generic[int](1); _dd.Defer(_ddp.Record(), 45, "function:3")
	defer f(); _dd.DeferValue(_ddp.Record(), 46, f, _ddt)
	defer param(3); _dd.DeferValue(_ddp.Record(), 47, param, _ddt)
	local := maker("local")
	defer local(4); _dd.DeferValue(_ddp.Record(), 49, local, _ddt)
_dd.Return(50) }

func selectors() { _dd := _ddp.Enter(13, 0, 0); _ = _dd;
	t := &T{name: "t", hook: func(s string) { _dd := _ddp.Enter(14, 0, 0); _ = _dd; fmt.Println("field", s) ; _dd.Return(53) }}
	var c closer = t
	defer t.Close(); _dd.Defer(_ddp.Record(), 55, "function:0")
	defer c.Close(); _dd.Defer(_ddp.Record(), 56, "function:0")
	defer t.Named(1); _dd.Defer(_ddp.Record(), 57, "function:1")
	defer T.Named(*t, 2); _dd.Defer(_ddp.Record(), 58, "function:1")
	defer (*T).Close(t); _dd.Defer(_ddp.Record(), 59, "function:0")
	defer t.hook("direct"); _dd.DeferValue(_ddp.Record(), 60, t.hook, _ddt)
	t.mu.Lock()
	defer t.mu.Unlock(); _dd.Defer(_ddp.Record(), 62, "foreign")
	var wg sync.WaitGroup
	wg.Add(1)
	defer wg.Done(); _dd.Defer(_ddp.Record(), 65, "foreign")
	defer fmt.Println("silent"); _dd.Defer(_ddp.Record(), 66, "silent")
	named := t.Named
	defer named(6); _dd.DeferValue(_ddp.Record(), 68, named, _ddt)
_dd.Return(69) }

func values() { _dd := _ddp.Enter(15, 0, 0); _ = _dd;
	{ _dd5f := maker("call"); defer _dd5f(5); _dd.DeferValue(_ddp.Record(), 72, _dd5f, _ddt) }
	{ _dd6f := hooks[0]; defer _dd6f(); _dd.DeferValue(_ddp.Record(), 73, _dd6f, _ddt) }
	var a any = func() { _dd := _ddp.Enter(16, 0, 0); _ = _dd; fmt.Println("asserted") ; _dd.Return(74) }
	{ _dd7f := a.(func()); defer _dd7f(); _dd.DeferValue(_ddp.Record(), 75, _dd7f, _ddt) }
	defer func() func() { _dd := _ddp.Enter(17, 0, 0); _ = _dd;
		_dd.Return(77); return func() { _dd := _ddp.Enter(18, 0, 0); _ = _dd; fmt.Println("of a literal on several lines") ; _dd.Return(77) }
	}()(); _dd.Defer(_ddp.Record(), 76, "value")
_dd.Return(79) }

func nils() { _dd := _ddp.Enter(19, 0, 0); _ = _dd;
	{ _dd8 := _ddp.Record(); defer func() { _dd := _ddp.Enter(20, _dd8, 0); _ = _dd; fmt.Println("nil in a slice:", _dd.Recover(82, recover()) != nil) ; _dd.Return(82) }(); _dd.Defer(_dd8, 82, "literal:20") }
	{ _dd9f := hooks[1]; defer _dd9f(); _dd.DeferValue(_ddp.Record(), 83, _dd9f, _ddt) }
_dd.Return(84) }

func nilLocal() { _dd := _ddp.Enter(21, 0, 0); _ = _dd;
	var f func()
	{ _dd10 := _ddp.Record(); defer func() { _dd := _ddp.Enter(22, _dd10, 0); _ = _dd; fmt.Println("nil local:", _dd.Recover(88, recover()) != nil) ; _dd.Return(88) }(); _dd.Defer(_dd10, 88, "literal:22") }
	defer f(); _dd.DeferValue(_ddp.Record(), 89, f, _ddt)
_dd.Return(90) }

func builtins() { _dd := _ddp.Enter(23, 0, 0); _ = _dd;
	m := map[string]int{"k": 1}
	c := make(chan int)
	{ _dd11 := _ddp.Record(); defer func() { _dd := _ddp.Enter(24, _dd11, 0); _ = _dd; fmt.Println("recovered", _dd.Recover(95, recover()), len(m)) ; _dd.Return(95) }(); _dd.Defer(_dd11, 95, "literal:24") }
	defer recover(); _dd.Defer(_ddp.Record(), 96, "recover")
	defer panic(_dd.DeferPanic(97, errors.New("deferred panic")))
	defer delete(m, "k"); _dd.Defer(_ddp.Record(), 98, "silent")
	defer close(c); _dd.Defer(_ddp.Record(), 99, "foreign")
	defer print(); _dd.Defer(_ddp.Record(), 100, "silent")
_dd.Return(101) }

func failing() func(int) { _dd := _ddp.Enter(25, 0, 0); _ = _dd; panic(_dd.Panic(103, "callee")) }

func neverPending() { _dd := _ddp.Enter(26, 0, 0); _ = _dd;
	{ _dd12 := _ddp.Record(); defer func() { _dd := _ddp.Enter(27, _dd12, 0); _ = _dd; fmt.Println(_dd.Recover(106, recover())) ; _dd.Return(106) }(); _dd.Defer(_dd12, 106, "literal:27") }
	{ _dd13f := failing(); defer _dd13f(1); _dd.DeferValue(_ddp.Record(), 107, _dd13f, _ddt) }
_dd.Return(108) }

func argumentPanics(n int) { _dd := _ddp.Enter(28, 0, 0); _ = _dd;
	{ _dd14 := _ddp.Record(); defer func() { _dd := _ddp.Enter(29, _dd14, 0); _ = _dd; fmt.Println(_dd.Recover(111, recover()) != nil) ; _dd.Return(111) }(); _dd.Defer(_dd14, 111, "literal:29") }
	defer say(1 / n); _dd.Defer(_ddp.Record(), 112, "function:2")
_dd.Return(113) }

func labels(n int) { _dd := _ddp.Enter(30, 0, 0); _ = _dd;
again:
	defer fmt.Println("labelled", n); _dd.Defer(_ddp.Record(), 117, "silent")
	n--
	if n > 0 {
		goto again
	}
	switch {
	case n == 0:
		{ _dd15 := _ddp.Record(); defer func() { _dd := _ddp.Enter(31, _dd15, 0); _ = _dd; fmt.Println("in a case") ; _dd.Return(124) }(); _dd.Defer(_dd15, 124, "literal:31") }
	default:
		defer say("not reached"); _dd.Defer(_ddp.Record(), 126, "function:2")
	}
	goto end
end:
_dd.Return(130) }

func Main() { _dd := _ddp.Enter(32, 0, 0); _ = _dd;
	literals()
	names(func() { _dd := _ddp.Enter(33, 0, 0); _ = _dd; fmt.Println("parameter") ; _dd.Return(134) }, maker("parameter"))
	selectors()
	values()
	nils()
	nilLocal()
	builtins()
	neverPending()
	argumentPanics(0)
	labels(2)
_dd.Return(143) }
