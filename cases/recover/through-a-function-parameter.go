/*
title: A recovering function that comes as a parameter, a map's element or a result is deferred
tags: [recover, function-value]
owes: >
  The function value is evaluated at the defer statement; the function it holds then is the deferred one and
  recovers.
source: [https://go.dev/ref/spec#Defer_statements, https://go.dev/ref/spec#Handling_panics]
stdout: |
  parameter 1
  element 2
  result 3
*/

package main

import "fmt"

func catcher(how string) func() {
	return func() { fmt.Println(how, recover()) }
}

func parameter(catch func()) {
	defer catch()
	catch = nil
	panic(1)
}

func element(table map[string]func()) {
	defer table["catch"]()
	delete(table, "catch")
	panic(2)
}

func result() {
	defer catcher("result")()
	panic(3)
}

func main() {
	parameter(catcher("parameter"))
	element(map[string]func(){"catch": catcher("element")})
	result()
}
