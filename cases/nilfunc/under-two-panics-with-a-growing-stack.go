/*
title: A deferred nil function that a second panic runs, and a stack that is copied before its panic is recovered
tags: [nilfunc, stack, recover, linked]
owes: >
  The nil function's run-time panic replaces the second panic and is recovered by the deferred call that was pending,
  however much stack that call needs. The first panic goes on, and its own deferred call recovers it.
source: [https://go.dev/ref/spec#Defer_statements, https://go.dev/ref/spec#Handling_panics]
stdout: |
  recovered: runtime error: invalid memory address or nil pointer dereference
  recovered: first
xfail:
  - on: "gc <1.22"
    reason: >
      The call of a nil function faults in the frame of gopanic, which the unwinder then takes for dead: a copy of the
      stack leaves the pointers in the first panic as they were, and recover does not find that panic.
    issue: unreported
  - on: "gc >=1.22"
    reason: >
      The same, and here the recovery notices that the first panic lies outside of the stack: it throws "bad panic
      stack".
    issue: unreported
*/

package main

import "fmt"

var none func()

func main() {
	defer last()
	defer again()
	panic("first")
}

func again() {
	for i := 0; i < 1; i++ {
		defer grown()
	}
	defer none()
	panic("second")
}

func grown() {
	grow(16)
	fmt.Println("recovered:", recover())
}

func last() { fmt.Println("recovered:", recover()) }

func grow(n int) int {
	var block [1 << 12]byte
	block[n] = 1
	if n == 0 {
		return int(block[0]) - 1
	}
	return grow(n-1) + int(block[n])
}
