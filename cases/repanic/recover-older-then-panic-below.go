/*
title: A deferred function recovers its own panic, then calls a function that panics and recovers
tags: [repanic, recover, nested]
owes: >
  The first recovery ends the outer panic at once; a later panic inside the same deferred function starts
  from nothing, and the outer function still returns normally.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  recovered outer
  recovered later
  result 5
*/

package main

import "fmt"

func later() {
	defer func() { fmt.Println("recovered", recover()) }()
	panic("later")
}

func run() (n int) {
	defer func() {
		fmt.Println("recovered", recover())
		later()
		n = 5
	}()
	panic("outer")
}

func main() { fmt.Println("result", run()) }
