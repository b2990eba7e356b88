/*
title: An inner function's deferred calls have run before its caller goes on
tags: [lifo, nested]
owes: >
  Deferred calls belong to the surrounding function, so those of a called function run before the call
  returns, and a function literal that is called at once is a function of its own.
source: https://go.dev/ref/spec#Defer_statements
stdout: |
  inner deferred
  literal deferred
  outer body
  outer deferred
*/

package main

import "fmt"

func inner() {
	defer fmt.Println("inner deferred")
}

func outer() {
	defer fmt.Println("outer deferred")
	inner()
	func() {
		defer fmt.Println("literal deferred")
	}()
	fmt.Println("outer body")
}

func main() { outer() }
