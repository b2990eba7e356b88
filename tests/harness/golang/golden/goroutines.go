package traced; import _ddp "deferdiff.test/trace"

import (
	"fmt"
	"sync"
	"time"
); const _ddt = "11 worker.run\n13 main\n15 main.func1\n17 main.func2\n18 main.func2.1\n26 main.func3\n26 main.func3.1\n35 main.func4\n38 main.func5\n43 main.func6\n"

type worker struct{ done chan string }

func (w worker) run(name string) { _dd := _ddp.Enter(0, 0, 0); _ = _dd; w.done <- name ; _dd.Return(11) }

func Main() { _dd := _ddp.Enter(1, 0, 0); _ = _dd;
	w := worker{make(chan string)}
	{ _dd1 := _ddp.Record(); _dd.Go(_dd1, 15, "literal:2"); go func() { _dd := _ddp.Enter(2, 0, _dd1); _ = _dd; w.done <- "literal" ; _dd.Return(15) }() }
	fmt.Println(<-w.done)
	{ _dd2 := _ddp.Record(); _dd.Go(_dd2, 17, "literal:3"); go func(s string) { _dd := _ddp.Enter(3, 0, _dd2); _ = _dd;
		{ _dd3 := _ddp.Record(); defer func() { _dd := _ddp.Enter(4, _dd3, 0); _ = _dd; w.done <- s ; _dd.Return(18) }(); _dd.Defer(_dd3, 18, "literal:4") }
	_dd.Return(19) }("with an argument") }
	fmt.Println(<-w.done)
	_dd.Go(_ddp.Record(), 21, "function:0"); go w.run("method")
	fmt.Println(<-w.done)
	run := w.run
	_dd.GoValue(_ddp.Record(), 24, run, _ddt); go run("value")
	fmt.Println(<-w.done)
	{ _dd4f := func() func() { _dd := _ddp.Enter(5, 0, 0); _ = _dd; _dd.Return(26); return func() { _dd := _ddp.Enter(6, 0, 0); _ = _dd; w.done <- "made" ; _dd.Return(26) } }(); _dd.GoValue(_ddp.Record(), 26, _dd4f, _ddt); go _dd4f() }
	fmt.Println(<-w.done)
	var wg sync.WaitGroup
	wg.Add(2)
	for i := 0; i < 2; i++ {
		_dd.Go(_ddp.Record(), 31, "foreign"); go wg.Done()
	}
	wg.Wait()
	_dd.Go(_ddp.Record(), 34, "silent"); go fmt.Print()
	time.AfterFunc(time.Millisecond, func() { _dd := _ddp.Enter(7, 0, 0); _ = _dd; w.done <- "timer" ; _dd.Return(35) })
	fmt.Println(<-w.done)
	var once sync.Once
	once.Do(func() { _dd := _ddp.Enter(8, 0, 0); _ = _dd; fmt.Println("once") ; _dd.Return(38) })
	select {
	case s := <-w.done:
		fmt.Println(s)
	default:
		{ _dd5 := _ddp.Record(); defer func() { _dd := _ddp.Enter(9, _dd5, 0); _ = _dd; fmt.Println("deferred in select") ; _dd.Return(43) }(); _dd.Defer(_dd5, 43, "literal:9") }
	}
_dd.Return(45) }
