/*
title: A caller recovers the panic of a deferred function, and Goexit still ends the goroutine
tags: [goexit, panic, recover, frames, pending]
owes: >
  The frame that recovers lies below Goexit's; control must not return to that frame's caller, and the
  deferred calls that are pending there run under Goexit.
source: [https://pkg.go.dev/runtime#Goexit, "https://go.dev/issue/29226"]
stdout: |
  f2 panics
  f1
  g2 recovered boom
  g1
  goroutine's first
*/

package main

import (
	"fmt"
	"runtime"
)

func f() {
	defer fmt.Println("f1")
	defer func() {
		fmt.Println("f2 panics")
		panic("boom")
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
		defer fmt.Println("goroutine's first")
		g()
		fmt.Println("not reached in goroutine")
	}()
	<-done
}
