/*
title: Two Goexits are running when a panic between them is recovered
tags: [goexit, nested, panic, recover, pending]
owes: >
  The recovery may return to neither caller; the newer Goexit takes up again and runs all that is pending.
source: [https://pkg.go.dev/runtime#Goexit, https://go.dev/ref/spec#Handling_panics]
stdout: |
  4 exits again
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
	defer func() {
		fmt.Println("4 exits again")
		runtime.Goexit()
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
