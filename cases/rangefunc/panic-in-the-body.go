/*
title: A panic in the loop's body passes through the iterator, then runs the function's deferred calls
tags: [rangefunc, panic, recover, linked]
on: "gc >=1.23"
owes: >
  The iterator is between the body and the function on the stack: its deferred calls run first, then those
  that the body and the function have deferred.
source: ["https://go.dev/ref/spec#For_range", https://go.dev/ref/spec#Handling_panics]
stdout: |
  iterator cleans up
  deferred in body
  recovered boom
*/

package main

import "fmt"

func once(yield func(int) bool) {
	defer fmt.Println("iterator cleans up")
	yield(1)
}

func run() {
	defer func() { fmt.Println("recovered", recover()) }()
	for range once {
		defer fmt.Println("deferred in body")
		panic("boom")
	}
}

func main() { run() }
