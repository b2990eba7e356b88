/*
title: A caller recovers the second of two panics, and Goexit still ends the goroutine
tags: [goexit, panic, recover, repanic, frames, pending]
owes: >
  The recovering frame lies below Goexit's, and a panic that was replaced lies between; control goes back to
  Goexit, which runs what the caller has still deferred.
source: [https://pkg.go.dev/runtime#Goexit, "https://go.dev/issue/29226"]
stdout: |
  f2 panics
  f1 panics
  g2 recovered one
  g1
  caller deferred
xfail:
  - on: "gc <1.22"
    reason: >
      The recovery looks for a Goexit only directly below the recovered panic, so Goexit is dropped and g
      returns to its caller.
    issue: https://go.dev/issue/29226
*/

package main

import (
	"fmt"
	"runtime"
)

func f() {
	defer func() {
		fmt.Println("f1 panics")
		panic("one")
	}()
	defer func() {
		fmt.Println("f2 panics")
		panic("two")
	}()
	runtime.Goexit()
}

func g() {
	defer fmt.Println("g1")
	defer func() { fmt.Println("g2 recovered", recover()) }()
	f()
	fmt.Println("not reached in g")
}

func main() {
	done := make(chan bool)
	go func() {
		defer close(done)
		defer fmt.Println("caller deferred")
		g()
		fmt.Println("not reached in goroutine")
	}()
	<-done
}
