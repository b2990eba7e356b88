/*
title: Two panics, one after the other, then a recovery, do not cancel the Goexit that ran them
tags: [goexit, panic, recover, repanic, pending]
owes: >
  The second panic replaces the first one while Goexit is running; the recovery would return control past
  the running Goexit, so Goexit goes on and the goroutine ends, however many panics came before.
source: [https://pkg.go.dev/runtime#Goexit, "https://go.dev/issue/29226"]
stdout: |
  4 panics
  3 panics
  2 recovered three
  1
  caller deferred
xfail:
  - on: "gc <1.22"
    reason: >
      The recovery looks for a Goexit only directly below the recovered panic. The replaced panic lies
      between, so Goexit is dropped and the function returns to its caller.
    issue: https://go.dev/issue/29226
*/

package main

import (
	"fmt"
	"runtime"
)

func f() {
	defer fmt.Println("1")
	defer func() { fmt.Println("2 recovered", recover()) }()
	defer func() {
		fmt.Println("3 panics")
		panic("three")
	}()
	defer func() {
		fmt.Println("4 panics")
		panic("four")
	}()
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
