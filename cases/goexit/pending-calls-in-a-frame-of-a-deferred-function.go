/*
title: Goexit inside a deferred function's own frames, with pending calls on both sides
tags: [goexit, nested, pending, recover]
owes: >
  Deferred calls of the deferred function's frames come first, then the rest of the function that deferred
  it; a panic recovered on the way stays with its frame.
source: [https://pkg.go.dev/runtime#Goexit, https://go.dev/ref/spec#Handling_panics]
stdout: |
  inner 3 panics
  inner 2 recovered boom
  inner 1
  middle 1
  outer 2
  outer 1
*/

package main

import (
	"fmt"
	"runtime"
)

func inner() {
	defer fmt.Println("inner 1")
	defer func() { fmt.Println("inner 2 recovered", recover()) }()
	defer func() {
		fmt.Println("inner 3 panics")
		panic("boom")
	}()
	runtime.Goexit()
}

func middle() {
	defer fmt.Println("middle 1")
	inner()
	fmt.Println("not reached in middle")
}

func outer() {
	defer fmt.Println("outer 1")
	defer fmt.Println("outer 2")
	defer middle()
}

func main() {
	done := make(chan bool)
	go func() {
		defer close(done)
		outer()
		fmt.Println("not reached")
	}()
	<-done
}
