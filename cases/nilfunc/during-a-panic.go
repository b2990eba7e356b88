/*
title: A deferred nil function that a panic runs begins a newer panic
tags: [nilfunc, repanic, runtime-error]
owes: >
  The nil function's run-time panic replaces the panic that ran it.
source: [https://go.dev/ref/spec#Defer_statements, https://go.dev/ref/spec#Handling_panics]
stdout: |
  caller: runtime error: invalid memory address or nil pointer dereference
*/

package main

import "fmt"

type hooks struct{ after func(int) }

func run(h hooks) {
	defer h.after(1)
	panic("first")
}

func main() {
	defer func() { fmt.Println("caller:", recover()) }()
	run(hooks{})
}
