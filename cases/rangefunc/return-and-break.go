/*
title: Return and break out of a range over a function, with calls deferred on the way
tags: [rangefunc, results, labelled, linked]
on: "gc >=1.23"
owes: >
  The iterator ends before the function's deferred calls run; a return's operands are evaluated in the body.
source: ["https://go.dev/ref/spec#For_range", https://go.dev/ref/spec#Return_statements, https://go.dev/ref/spec#Defer_statements]
stdout: |
  iterator 2 ends
  iterator 1 ends
  deferred 1.1
  found 12
  iterator 2 ends
  iterator 1 ends
  after the loops
  deferred 1.1
  found 0
*/

package main

import "fmt"

func upTo(name string) func(func(int) bool) {
	return func(yield func(int) bool) {
		defer fmt.Println("iterator", name, "ends")
		for n := 1; n < 4 && yield(n); n++ {
		}
	}
}

func find(leave bool) (found int) {
	defer func() { found *= 2 }()
outer:
	for row := range upTo("1") {
		for column := range upTo("2") {
			if column == 1 {
				defer fmt.Printf("deferred %d.%d\n", row, column)
				continue
			}
			if leave {
				break outer
			}
			return row * 6
		}
	}
	fmt.Println("after the loops")
	return 0
}

func main() {
	fmt.Println("found", find(false))
	fmt.Println("found", find(true))
}
