/*
title: A nil function value panics when the deferred call runs, not at the defer statement
tags: [nilfunc, runtime-error]
owes: >
  Deferring a nil function value is allowed; execution panics when the function is invoked, after the body
  and in the call's turn.
source: https://go.dev/ref/spec#Defer_statements
stdout: |
  body
  2
  recovered: runtime error: invalid memory address or nil pointer dereference
  1
*/

package main

import "fmt"

func run() {
	defer fmt.Println("1")
	defer func() { fmt.Println("recovered:", recover()) }()
	var missing func()
	defer missing()
	defer fmt.Println("2")
	fmt.Println("body")
}

func main() { run() }
