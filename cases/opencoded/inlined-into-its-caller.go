/*
title: Small functions around a function with pending calls do not change who runs what
tags: [open-coded, recover, pending, inlining]
owes: >
  Whether the callers are inlined or not, the panic is recovered in the function that deferred the
  recovering call, and control returns to its caller.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  guard ran pending
  guard gave 3
  shell gave 4
*/

package main

import "fmt"

func fail(n int) int {
	if n > 0 {
		panic(n)
	}
	return n
}

func thin(n int) int { return fail(n) + 1 }

func guard(n int) (result int) {
	defer fmt.Println("guard ran pending")
	defer func() {
		if reason, ok := recover().(int); ok {
			result = reason
		}
	}()
	return thin(n)
}

func shell(n int) int { return guard(n) + 1 }

func main() {
	n := shell(3)
	fmt.Println("guard gave", n-1)
	fmt.Println("shell gave", n)
}
