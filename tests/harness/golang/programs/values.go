package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

type code int

func (c code) String() string { panic("a method of the program was called") }

type status struct {
	name string
	code code
	next *status
	any  any
}

func (s status) Error() string { panic("a method of the program was called") }

// fake says that it is a run-time error, but its method is the program's.
type fake struct{ n int }

func (fake) RuntimeError() {}

func (fake) Error() string { panic("a method of the program was called") }

type list []list

func attempt(f func()) {
	defer func() { _ = recover() }()
	f()
}

func give(v any) { attempt(func() { panic(v) }) }

func main() {
	one, two := &status{name: "one"}, &status{name: "two"}
	one.next, two.next = two, one
	deep := list{list{list{list{list{}}}}}
	var nilMap map[string]int
	var nilStatus *status
	channel := make(chan int)
	for _, v := range []any{
		"text", "quote\"\n\xff", 3, -4, int8(5), uint(6), 'a', byte(7), uintptr(8), true, 1.5, 2.0, -0.0, float32(0.1),
		1e100, 1 + 2i, code(9), status{"x", 1, nil, "in"}, one, two, one, *one, &code9, fake{1}, nilMap, nilStatus,
		[]string{"a", "b"}, []int(nil), [2]bool{true}, deep, channel, channel, struct{ a, b int }{1, 2},
		[]any{nil, 1, "s", code(2)}, map[string]int{"k": 1}, strings.Repeat("long", 300), make([]int, 40),
		os.ErrNotExist, fmt.Errorf("wrapped: %w", os.ErrNotExist), errors.New("plain"), func() {},
		error(nil), struct{}{},
	} {
		give(v)
	}
	attempt(func() { panic(nil) })
	attempt(func() { nilMap["k"] = 1 })
	attempt(func() { fmt.Println([]int{}[len(nilMap)]) })
	attempt(func() { fmt.Println(1 / len(nilMap)) })
	attempt(func() { fmt.Println(nilStatus.name) })
	attempt(func() { fmt.Println(any(code(1)).(fmt.Formatter)) })
	attempt(func() { fmt.Println(any(code(1)).(status)) })
	fmt.Println("no method was called")
}

var code9 = code(9)
