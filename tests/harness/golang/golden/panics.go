package traced; import _ddp "deferdiff.test/trace"

import (
	"errors"
	"fmt"
	"os"
	rt "runtime"
); const _ddt = "17 (*failure).Error\n19 catch\n20 catch.func1\n25 direct\n26 direct.func1\n37 forms\n39 forms.func1\n40 forms.func2\n41 forms.func3\n42 forms.func4\n43 forms.func5\n44 forms.func6\n45 forms.func7\n46 forms.func8\n46 forms.func8.1\n47 forms.func9\n48 forms.func10\n49 forms.func11\n55 i\n57 goexit\n59 goexit.func1\n78 shadowed\n79 shadowed.func1\n80 shadowed.func2\n81 shadowed.func3\n82 shadowed.func4\n94 main\n"

type code int

type failure struct {
	why  string
	code code
}

func (f *failure) Error() string { _dd := _ddp.Enter(0, 0, 0); _ = _dd; panic(_dd.Panic(17, "never called")) }

func catch(f func()) (v any) { _dd := _ddp.Enter(1, 0, 0); _ = _dd;
	{ _dd1 := _ddp.Record(); defer func() { _dd := _ddp.Enter(2, _dd1, 0); _ = _dd; v = _dd.Recover(20, recover()) ; _dd.Return(20) }(); _dd.Defer(_dd1, 20, "literal:2") }
	f()
	_dd.Return(22); return nil
}

func direct() (v any) { _dd := _ddp.Enter(3, 0, 0); _ = _dd;
	{ _dd2 := _ddp.Record(); defer func() { _dd := _ddp.Enter(4, _dd2, 0); _ = _dd;
		if r := _dd.Recover(27, recover()); r != nil {
			v = r
			_dd.Return(29); return
		}
		_dd.Recover(31, recover())
	_dd.Return(32) }(); _dd.Defer(_dd2, 26, "literal:4") }
	panic(_dd.Panic(33, fmt.Sprint("direct ",
		1)))
}

func forms() { _dd := _ddp.Enter(5, 0, 0); _ = _dd;
	for i, f := range []func(){
		func() { _dd := _ddp.Enter(6, 0, 0); _ = _dd; panic(_dd.Panic(39, "text")) ; _dd.Return(39) },
		func() { _dd := _ddp.Enter(7, 0, 0); _ = _dd; panic(_dd.Panic(40, code(3))) ; _dd.Return(40) },
		func() { _dd := _ddp.Enter(8, 0, 0); _ = _dd; panic(_dd.Panic(41, failure{"struct", 1})) ; _dd.Return(41) },
		func() { _dd := _ddp.Enter(9, 0, 0); _ = _dd; panic(_dd.Panic(42, &failure{"pointer", 2})) ; _dd.Return(42) },
		func() { _dd := _ddp.Enter(10, 0, 0); _ = _dd; panic(_dd.Panic(43, errors.New("error"))) ; _dd.Return(43) },
		func() { _dd := _ddp.Enter(11, 0, 0); _ = _dd; panic(_dd.Panic(44, 1.5)) ; _dd.Return(44) },
		func() { _dd := _ddp.Enter(12, 0, 0); _ = _dd; panic(_dd.Panic(45, []string{"a"})) ; _dd.Return(45) },
		func() { _dd := _ddp.Enter(13, 0, 0); _ = _dd; panic(_dd.Panic(46, func() error { _dd := _ddp.Enter(14, 0, 0); _ = _dd; _dd.Return(46); return nil }())) ; _dd.Return(46) },
		func() { _dd := _ddp.Enter(15, 0, 0); _ = _dd; panic(_dd.Panic(47, _dd.Recover(47, recover()))) ; _dd.Return(47) },
		func() { _dd := _ddp.Enter(16, 0, 0); _ = _dd; var m map[string]int; m["k"] = 1 ; _dd.Return(48) },
		func() { _dd := _ddp.Enter(17, 0, 0); _ = _dd; var s []int; s[i()]++ ; _dd.Return(49) },
	} {
		fmt.Println(i, catch(f) != nil)
	}
_dd.Return(53) }

func i() int { _dd := _ddp.Enter(18, 0, 0); _ = _dd; _dd.Return(55); return 5 }

func goexit(how int) { _dd := _ddp.Enter(19, 0, 0); _ = _dd;
	done := make(chan bool)
	{ _dd3 := _ddp.Record(); _dd.Go(_dd3, 59, "literal:20"); go func() { _dd := _ddp.Enter(20, 0, _dd3); _ = _dd;
		{ _dd4 := _ddp.Record() ; _dd5a := done; defer func() { _dd := _ddp.Enter(27, _dd4, 0); _ = _dd; close(_dd5a); _dd.Return(60) }(); _dd.Defer(_dd4, 60, "literal:27") }
		switch how {
		case 0:
			_dd.Goexit(63); rt.Goexit()
		case 1:
			defer rt.Goexit(); _dd.Defer(_ddp.Record(), 65, "goexit")
		case 2:
			if _dd.GoexitBy(67, rt.Goexit)(); how == 2 {
				panic(_dd.Panic(68, "unreachable"))
			}
		default:
			exit := rt.Goexit
			exit()
		}
	_dd.Return(74) }() }
	<-done
_dd.Return(76) }

func shadowed() { _dd := _ddp.Enter(21, 0, 0); _ = _dd;
	recover := func() any { _dd := _ddp.Enter(22, 0, 0); _ = _dd; _dd.Return(79); return "mine" }
	panic := func(v any) { _dd := _ddp.Enter(23, 0, 0); _ = _dd; fmt.Println("not a panic:", v) ; _dd.Return(80) }
	runtime := struct{ Goexit func() }{func() { _dd := _ddp.Enter(24, 0, 0); _ = _dd; fmt.Println("not Goexit") ; _dd.Return(81) }}
	os := struct{ Exit func(int) }{func(n int) { _dd := _ddp.Enter(25, 0, 0); _ = _dd; fmt.Println("not Exit", n) ; _dd.Return(82) }}
	panic(recover())
	runtime.Goexit()
	os.Exit(4)
	defer runtime.Goexit(); _dd.DeferValue(_ddp.Record(), 86, runtime.Goexit, _ddt)
	defer panic("deferred"); _dd.DeferValue(_ddp.Record(), 87, panic, _ddt)
	{
		print := fmt.Println
		defer print("mine"); _dd.DeferValue(_ddp.Record(), 90, print, _ddt)
	}
_dd.Return(92) }

func Main() { _dd := _ddp.Enter(26, 0, 0); _ = _dd;
	fmt.Println(direct())
	forms()
	for how := 0; how < 4; how++ {
		goexit(how)
	}
	shadowed()
	defer os.Exit(_dd.DeferExit(101, i() - 2))
	{ _dd6 := _ddp.Record() ; defer func() { _dd := _ddp.Enter(28, _dd6, 0); _ = _dd; fmt.Println("exiting"); _dd.Return(102) }(); _dd.Defer(_dd6, 102, "literal:28") }
	if i() == 6 {
		os.Exit(_dd.Exit(104, i()))
	}
_dd.Return(106) }
