/*
title: A deferred function runs its own deferred calls before the next one of its surroundings
tags: [lifo, nested]
owes: >
  A deferred function is a function like any other, so what it defers runs when it ends, before the
  surrounding function's next deferred call.
source: https://go.dev/ref/spec#Defer_statements
stdout: |
  b
  b.2
  b.1
  a
*/

package main

import "fmt"

func run() {
	defer fmt.Println("a")
	defer func() {
		defer fmt.Println("b.1")
		defer fmt.Println("b.2")
		fmt.Println("b")
	}()
}

func main() { run() }
