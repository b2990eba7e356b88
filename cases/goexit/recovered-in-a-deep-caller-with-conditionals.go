/*
title: Conditional deferred calls stay pending across a recovery that Goexit takes over
tags: [goexit, panic, recover, open-coded, conditional, pending]
owes: >
  Only the deferred calls whose statement executed are pending, in the frame that panicked and in the frame
  that recovers alike.
source: [https://pkg.go.dev/runtime#Goexit, https://go.dev/ref/spec#Defer_statements]
stdout: |
  f a
  g recovered boom
  g b
  g a
*/

package main

import (
	"fmt"
	"runtime"
)

func f(a, b bool) {
	if a {
		defer fmt.Println("f a")
	}
	if b {
		defer fmt.Println("f b")
	}
	defer func() { panic("boom") }()
	runtime.Goexit()
}

func g(a, b, c bool) {
	if a {
		defer fmt.Println("g a")
	}
	if b {
		defer fmt.Println("g b")
	}
	if c {
		defer fmt.Println("g c")
	}
	defer func() { fmt.Println("g recovered", recover()) }()
	f(true, false)
}

func main() {
	done := make(chan bool)
	go func() {
		defer close(done)
		g(true, true, false)
		fmt.Println("not reached")
	}()
	<-done
}
