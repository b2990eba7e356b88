/*
title: "`defer recover()` within a deferred function recovers when that function ends"
tags: [recover, builtin, nested]
owes: >
  Here recover is a deferred call of the deferred function itself, so it is this deferred function that
  calls it, directly, and the panic that runs the function stops.
source: [https://go.dev/ref/spec#Handling_panics, "https://go.dev/issue/34530"]
stdout: |
  before: still panicking
  after: 1
*/

package main

import "fmt"

func run() (n int) {
	defer func() {
		defer recover()
		n = 1
		fmt.Println("before: still panicking")
	}()
	panic("boom")
}

func main() {
	fmt.Println("after:", run())
}
