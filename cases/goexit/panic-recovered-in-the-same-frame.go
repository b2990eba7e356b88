/*
title: Recovering a panic of a deferred function does not cancel the Goexit that ran it
tags: [goexit, panic, recover, pending, open-coded]
owes: >
  The recovery would return control to the function's caller, past the running Goexit; instead Goexit goes
  on, runs what is still deferred, and the goroutine ends.
source: [https://pkg.go.dev/runtime#Goexit, "https://go.dev/issue/29226"]
stdout: |
  3 panics
  2 recovered boom
  1
  caller deferred
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
		panic("boom")
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
