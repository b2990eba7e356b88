/*
title: A panic that a deferred function raises and recovers within itself leaves Goexit running
tags: [goexit, panic, recover, nested]
owes: >
  The recovered panic returns to a frame that is above Goexit's, so Goexit simply goes on with the next
  deferred call.
source: [https://pkg.go.dev/runtime#Goexit, https://go.dev/ref/spec#Handling_panics]
stdout: |
  third recovered boom
  third goes on
  second
  first
xfail:
  - on: "gccgo"
    reason: >
      Every recovery while Goexit runs gives control back to Goexit, also one whose frame is above it, so
      the rest of the deferred function is cut off.
    issue: unreported
*/

package main

import (
	"fmt"
	"runtime"
)

func risky() {
	defer func() { fmt.Println("third recovered", recover()) }()
	panic("boom")
}

func f() {
	defer fmt.Println("first")
	defer fmt.Println("second")
	defer func() {
		risky()
		fmt.Println("third goes on")
	}()
	runtime.Goexit()
}

func main() {
	done := make(chan bool)
	go func() {
		defer close(done)
		f()
		fmt.Println("not reached")
	}()
	<-done
}
