/*
title: A panic that is replaced inside a deferred function does not cancel Goexit either
tags: [goexit, panic, recover, repanic, nested]
owes: >
  The first panic is replaced by one of its own deferred calls, both inside a deferred function that Goexit
  runs; the recovery in the next deferred function gives control back to Goexit.
source: [https://pkg.go.dev/runtime#Goexit, "https://go.dev/issue/29226"]
stdout: |
  cleanup fails
  recovered cleanup
  caller deferred
xfail:
  - on: "gc <1.22"
    reason: >
      The recovery looks for a Goexit only directly below the recovered panic, so Goexit is dropped and f
      returns to its caller.
    issue: https://go.dev/issue/29226
*/

package main

import (
	"fmt"
	"runtime"
)

func risky() {
	defer func() {
		fmt.Println("cleanup fails")
		panic("cleanup")
	}()
	panic("work")
}

func f() {
	defer func() { fmt.Println("recovered", recover()) }()
	defer risky()
	runtime.Goexit()
}

func main() {
	done := make(chan bool)
	go func() {
		defer close(done)
		defer fmt.Println("caller deferred")
		f()
		fmt.Println("not reached")
	}()
	<-done
}
