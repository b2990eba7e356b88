/*
title: A deferred nil function that Goexit runs, and a stack that is copied before its panic is recovered
tags: [nilfunc, goexit, stack, recover]
owes: >
  The nil function's run-time panic is recovered by the deferred call that was pending, however much stack that call
  needs, and Goexit ends the goroutine.
source: [https://go.dev/ref/spec#Defer_statements, https://pkg.go.dev/runtime#Goexit]
stdout: |
  grown 16
  recovered: runtime error: invalid memory address or nil pointer dereference
  the goroutine's first deferred call
  main goes on
xfail:
  - on: "gc >=1.22"
    reason: >
      The call of a nil function faults in Goexit's own frame, which the unwinder then takes for dead: a copy of the
      stack leaves the pointers in its _panic as they were, and the recovery throws "bad recovery". So without and with
      CL 515856.
    issue: unreported
*/

package main

import (
	"fmt"
	"runtime"
)

var none func()

func grow(n int) int {
	var block [1 << 12]byte
	block[n] = 1
	if n == 0 {
		return int(block[0]) - 1
	}
	return grow(n-1) + int(block[n])
}

func leave() {
	defer func() {
		fmt.Println("grown", grow(16))
		fmt.Println("recovered:", recover())
	}()
	defer none()
	runtime.Goexit()
}

func main() {
	done := make(chan bool)
	go func() {
		defer close(done)
		defer fmt.Println("the goroutine's first deferred call")
		leave()
		fmt.Println("not reached")
	}()
	<-done
	fmt.Println("main goes on")
}
