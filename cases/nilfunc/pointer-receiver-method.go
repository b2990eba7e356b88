/*
title: A deferred method with a nil pointer receiver runs; one with a value receiver panics at the statement
tags: [nilfunc, method, runtime-error]
owes: >
  A pointer receiver may be nil. A value receiver is copied when the statement executes, and the nil pointer
  is dereferenced there.
source: [https://go.dev/ref/spec#Defer_statements, "https://go.dev/ref/spec#Method_values"]
stdout: |
  pointer method on nil: true
  recovered: runtime error: invalid memory address or nil pointer dereference
xfail:
  - on: "gccgo"
    reason: >
      The nil pointer is dereferenced when the deferred call runs, so the panic comes after the body.
    issue: unreported
*/

package main

import "fmt"

type thing struct{ n int }

func (t *thing) pointer() { fmt.Println("pointer method on nil:", t == nil) }
func (t thing) value()    { fmt.Println("not reached", t.n) }

func run(t *thing) {
	defer func() { fmt.Println("recovered:", recover()) }()
	defer t.pointer()
	defer t.value()
	fmt.Println("not reached")
}

func main() { run(nil) }
