/*
title: A deferred function recovers and then calls Goexit
tags: [goexit, recover]
owes: >
  The panic has ended with the call of recover; Goexit then ends the goroutine, so the recovered function
  does not return to its caller.
source: [https://pkg.go.dev/runtime#Goexit, https://go.dev/ref/spec#Handling_panics]
stdout: |
  recovered boom
  pending
  caller sees <nil>
*/

package main

import (
	"fmt"
	"runtime"
)

func f() {
	defer fmt.Println("pending")
	defer func() {
		fmt.Println("recovered", recover())
		runtime.Goexit()
	}()
	panic("boom")
}

func main() {
	done := make(chan bool)
	go func() {
		defer close(done)
		defer func() { fmt.Println("caller sees", recover()) }()
		f()
		fmt.Println("not reached")
	}()
	<-done
}
