/*
title: A named result that escapes to the heap is read back for the caller after the recovery
tags: [results, named, recover, escape]
owes: >
  Where a named result lives is the compiler's business; the caller gets what the variable holds after the
  last deferred call.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  11 12
*/

package main

import "fmt"

var keep func() int

func run() (n int) {
	keep = func() int { n++; return n }
	defer func() {
		recover()
		keep()
	}()
	n = 10
	panic("boom")
}

func main() {
	n := run()
	fmt.Println(n, keep())
}
