/*
title: A deferred function calls recover in the body of a range over a function
tags: [rangefunc, recover, nested]
on: "gc >=1.23"
owes: >
  The body of the loop is the deferred function's own code, so recover in it is called directly by the
  deferred function.
source: ["https://go.dev/ref/spec#For_range", https://go.dev/ref/spec#Handling_panics, "https://go.dev/issue/71685"]
stdout: |
  body recovered boom
  returned
xfail:
  - on: "gc >=1.23"
    reason: >
      The body is compiled as a function that the iterator calls, and recover takes it for that: it returns
      nil and the panic goes on.
    issue: https://go.dev/issue/71685
*/

package main

import "fmt"

func once(yield func(int) bool) { yield(1) }

func handle() {
	for range once {
		fmt.Println("body recovered", recover())
	}
}

func run() {
	defer handle()
	panic("boom")
}

func main() {
	run()
	fmt.Println("returned")
}
