package main

import (
	"errors"
	"fmt"
	"os"
	rt "runtime"
)

type code int

type failure struct {
	why  string
	code code
}

func (f *failure) Error() string { panic("never called") }

func catch(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}

func direct() (v any) {
	defer func() {
		if r := recover(); r != nil {
			v = r
			return
		}
		recover()
	}()
	panic(fmt.Sprint("direct ",
		1))
}

func forms() {
	for i, f := range []func(){
		func() { panic("text") },
		func() { panic(code(3)) },
		func() { panic(failure{"struct", 1}) },
		func() { panic(&failure{"pointer", 2}) },
		func() { panic(errors.New("error")) },
		func() { panic(1.5) },
		func() { panic([]string{"a"}) },
		func() { panic(func() error { return nil }()) },
		func() { panic(recover()) },
		func() { var m map[string]int; m["k"] = 1 },
		func() { var s []int; s[i()]++ },
	} {
		fmt.Println(i, catch(f) != nil)
	}
}

func i() int { return 5 }

func goexit(how int) {
	done := make(chan bool)
	go func() {
		defer close(done)
		switch how {
		case 0:
			rt.Goexit()
		case 1:
			defer rt.Goexit()
		case 2:
			if rt.Goexit(); how == 2 {
				panic("unreachable")
			}
		default:
			exit := rt.Goexit
			exit()
		}
	}()
	<-done
}

func shadowed() {
	recover := func() any { return "mine" }
	panic := func(v any) { fmt.Println("not a panic:", v) }
	runtime := struct{ Goexit func() }{func() { fmt.Println("not Goexit") }}
	os := struct{ Exit func(int) }{func(n int) { fmt.Println("not Exit", n) }}
	panic(recover())
	runtime.Goexit()
	os.Exit(4)
	defer runtime.Goexit()
	defer panic("deferred")
	{
		print := fmt.Println
		defer print("mine")
	}
}

func main() {
	fmt.Println(direct())
	forms()
	for how := 0; how < 4; how++ {
		goexit(how)
	}
	shadowed()
	defer os.Exit(i() - 2)
	defer fmt.Println("exiting")
	if i() == 6 {
		os.Exit(i())
	}
}
