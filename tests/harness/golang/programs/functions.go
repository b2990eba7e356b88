package main

import (
	"fmt"
	"strings"
)

type plain struct{ n int }

func (p plain) Value() int { return p.n }

func (p *plain) Set(n int) {
	p.n = n
}

func nothing() {}

func _() { nothing() }

var double = func(n int) int { return 2 * n }

var nested = func() func() int {
	return func() int {
		return 7
	}
}

func variadic(words ...string) (joined string, n int) {
	joined, n = strings.Join(words, "-"), len(words) // a comment stays
	return
}

func oneLine() { fmt.Println("one line"); nothing() }

func endless(n int) int {
	for {
		if n > 3 {
			return n
		}
		n++
	}
}

func recursive(n int) string {
	if n == 0 {
		return "."
	}
	var step func(int) string
	step = func(m int) string { return recursive(m) + "!" }
	return step(n - 1)
}

func main() {
	p := plain{1}
	p.Set(p.Value() + 1)
	get := p.Value
	set := (*plain).Set
	set(&p, 5)
	fmt.Println(p, get())
	fmt.Println(double(4), nested()(), endless(1), recursive(2))
	fmt.Println(variadic("a", "b"))
	oneLine()
	func() { fmt.Println("called at once") }()
	if false {
		main()
	}
	again := main
	_ = again
}
