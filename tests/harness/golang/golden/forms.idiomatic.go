package main

import "fmt"
import "runtime"

var never bool
var none func()
var pointer *int
var zero int
var five = 5
var list [3]int

func main() {
	var r0 int
	_ = r0
	defer func() {
		r0 = 1
		fmt.Println("f1: recover gives", recover())
	}()
	defer f2arg(2)
	defer f2()
	v4 := new(t3).f3
	if never {
		defer v4()
	}
	defer method3.f3()
	defer promoted3.f3()
	defer none()
	f2()
	fmt.Println("main: f4 gives", f4())
	n10 := runtime.NumGoroutine()
	go new(t3).f3()
	for runtime.NumGoroutine() > n10 {
		runtime.Gosched()
	}
	fmt.Println("main: f6 gives", f6())
	fmt.Println("main reaches", 7)
}

func f2() {
	fmt.Println("f2 reaches", 2)
}

func f2arg(_ int) {
	fmt.Println("f2 reaches", 2)
}

type t3 struct{}

var method3 interface{ f3() } = new(t3)

type around3 struct{ *t3 }

var promoted3 interface{ f3() } = around3{new(t3)}

func (*t3) f3() {
	// With a defer statement in a loop, none of this function is open-coded.
	for never {
		defer none()
	}
	defer f10()
	runtime.Goexit()
}

func f4() (r4 int) {
	var large [16 << 10]byte
	runtime.KeepAlive(&large)
	for i := 0; i < 3; i++ {
		defer func() (r5 int) {
			fmt.Println("f5: outer result is", r4)
			r4 = 9
			fmt.Println("f5: result is", r5)
			return 3
		}()
	}
	v2 := new(t10).f10
	for i := 0; i < 1; i++ {
		defer v2()
	}
	if never {
		defer f10()
	}
	r4 = 4
	grow()
	return
}

func f6() (r6 int) {
	defer f7()
	defer f8()
	defer f9()
	runtime.GC()
	return 5
}

func f7() {
	recover()
	fmt.Println("f7: recover gives", recover())
	*pointer = 1
}

func f8() {
	zero = 1 / zero
}

func f9() {
	recover()
	list[five] = 1
}

func f10() {}

type t10 struct{}

func (*t10) f10() {}

// grow uses so much stack that it is copied to a larger one.
//
//go:noinline
func grow() byte {
	var block [64 << 10]byte
	return block[five]
}
