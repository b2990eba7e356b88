/*
title: Goexit in a deferred function of a normal return ends the goroutine
tags: [goexit, lifo, nested]
owes: >
  The function was returning; Goexit runs what it had still deferred, then what its callers had, and control
  never gets back to the caller.
source: https://pkg.go.dev/runtime#Goexit
stdout: |
  body
  f3
  f1
  caller deferred
*/

package main

import (
	"fmt"
	"runtime"
)

func f() {
	defer fmt.Println("f1")
	defer func() {
		defer fmt.Println("f3")
		runtime.Goexit()
	}()
	fmt.Println("body")
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
