/*
title: "`defer panic(v)` panics when its turn comes"
tags: [repanic, builtin]
owes: >
  The argument of the deferred panic is evaluated at the statement, the panic begins when the call runs:
  on a plain return as much as during another panic.
source: [https://go.dev/ref/spec#Defer_statements, https://go.dev/ref/spec#Handling_panics]
stdout: |
  on return: deferred 1
  during a panic: deferred 2
*/

package main

import "fmt"

func onReturn() {
	n := 1
	defer panic(fmt.Sprint("deferred ", n))
	n = 0
	_ = n
}

func duringPanic() {
	defer panic("deferred 2")
	panic("first")
}

func catch(label string, f func()) {
	defer func() { fmt.Println(label, recover()) }()
	f()
	fmt.Println("not reached")
}

func main() {
	catch("on return:", onReturn)
	catch("during a panic:", duringPanic)
}
