package main

import (
	"errors"
	"fmt"
	"sync"
)

type T struct {
	name string
	hook func(string)
	mu   sync.Mutex
}

func (t *T) Close() error { fmt.Println("close", t.name); return nil }

func (t T) Named(n int) { fmt.Println("named", t.name, n) }

type closer interface{ Close() error }

func say(words ...any) { fmt.Println(words...) }

func maker(name string) func(int) {
	return func(n int) { fmt.Println("made", name, n) }
}

var hooks = []func(){func() { fmt.Println("hook 0") }, nil}

func literals() {
	defer func() { fmt.Println("literal") }()
	defer func(a, b int) {
		fmt.Println("literal with arguments", a, b)
	}(1, 2) // on several lines
	defer (func() { fmt.Println("in parentheses") })()
	for i := 0; i < 2; i++ {
		defer func(n int) { fmt.Println("loop", n) }(i)
	}
}

func names(f func(), param func(int)) {
	defer say("function")
	defer f()
	defer param(3)
	local := maker("local")
	defer local(4)
}

func selectors() {
	t := &T{name: "t", hook: func(s string) { fmt.Println("field", s) }}
	var c closer = t
	defer t.Close()
	defer c.Close()
	defer t.Named(1)
	defer T.Named(*t, 2)
	defer (*T).Close(t)
	defer t.hook("direct")
	t.mu.Lock()
	defer t.mu.Unlock()
	var wg sync.WaitGroup
	wg.Add(1)
	defer wg.Done()
	defer fmt.Println("silent")
	named := t.Named
	defer named(6)
}

func values() {
	defer maker("call")(5)
	defer hooks[0]()
	var a any = func() { fmt.Println("asserted") }
	defer a.(func())()
	defer func() func() {
		return func() { fmt.Println("of a literal on several lines") }
	}()()
}

func nils() {
	defer func() { fmt.Println("nil in a slice:", recover() != nil) }()
	defer hooks[1]()
}

func nilLocal() {
	var f func()
	defer func() { fmt.Println("nil local:", recover() != nil) }()
	defer f()
}

func builtins() {
	m := map[string]int{"k": 1}
	c := make(chan int)
	defer func() { fmt.Println("recovered", recover(), len(m)) }()
	defer recover()
	defer panic(errors.New("deferred panic"))
	defer delete(m, "k")
	defer close(c)
	defer print()
}

func failing() func(int) { panic("callee") }

func neverPending() {
	defer func() { fmt.Println(recover()) }()
	defer failing()(1)
}

func argumentPanics(n int) {
	defer func() { fmt.Println(recover() != nil) }()
	defer say(1 / n)
}

func labels(n int) {
again:
	defer fmt.Println("labelled", n)
	n--
	if n > 0 {
		goto again
	}
	switch {
	case n == 0:
		defer func() { fmt.Println("in a case") }()
	default:
		defer say("not reached")
	}
	goto end
end:
}

func main() {
	literals()
	names(func() { fmt.Println("parameter") }, maker("parameter"))
	selectors()
	values()
	nils()
	nilLocal()
	builtins()
	neverPending()
	argumentPanics(0)
	labels(2)
}
