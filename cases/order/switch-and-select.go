/*
title: Deferred calls of switch and select clauses run at the end of the function
tags: [lifo, switch, select, conditional]
owes: >
  Only the clauses that executed have deferred something, and it runs when the function returns, also when
  the return statement is inside a clause.
source: https://go.dev/ref/spec#Defer_statements
stdout: |
  returning from select
  received 7
  case int
*/

package main

import "fmt"

func run(value any, input chan int) {
	switch value.(type) {
	case string:
		defer fmt.Println("case string")
	case int:
		defer fmt.Println("case int")
	default:
		defer fmt.Println("default")
	}
	select {
	case n := <-input:
		defer fmt.Println("received", n)
		fmt.Println("returning from select")
		return
	default:
		defer fmt.Println("nothing to receive")
	}
	fmt.Println("not reached")
}

func main() {
	input := make(chan int, 1)
	input <- 7
	run(1, input)
}
