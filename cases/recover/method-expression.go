/*
title: A deferred method expression recovers, through a pointer receiver's wrapper too
tags: [recover, method-expression, wrapper]
owes: >
  A method expression gives a function whose body is the method's; (*T).M of a method with a value receiver
  is as direct as T.M.
source: [https://go.dev/ref/spec#Handling_panics, "https://go.dev/ref/spec#Method_expressions", "https://go.dev/issue/23557"]
stdout: |
  value one
  wrapped two
  pointer three
xfail:
  - on: "gccgo"
    reason: >
      A deferred method expression is called through a wrapper that recover takes for the deferred function.
    issue: unreported
*/

package main

import "fmt"

type guard struct{ label string }

func (g guard) value()    { fmt.Println(g.label, recover()) }
func (g *guard) pointer() { fmt.Println(g.label, recover()) }

func one() {
	defer guard.value(guard{"value"})
	panic("one")
}

func two() {
	handle := (*guard).value
	defer handle(&guard{"wrapped"})
	panic("two")
}

func three() {
	handle := (*guard).pointer
	defer handle(&guard{"pointer"})
	panic("three")
}

func main() {
	one()
	two()
	three()
}
