/*
title: A deferred function that Goexit runs calls Goexit again
tags: [goexit, nested]
owes: >
  The goroutine is ending already; the second Goexit runs the deferred calls that are still pending, each
  once, and the goroutine ends once.
source: https://pkg.go.dev/runtime#Goexit
stdout: |
  3 exits again
  2 exits again
  1
  caller deferred
*/

package main

import (
	"fmt"
	"runtime"
)

func again(name string) {
	fmt.Println(name, "exits again")
	runtime.Goexit()
	fmt.Println("not reached in", name)
}

func f() {
	defer fmt.Println("1")
	defer again("2")
	defer again("3")
	runtime.Goexit()
}

func main() {
	done := make(chan bool)
	go func() {
		defer close(done)
		defer fmt.Println("caller deferred")
		f()
	}()
	<-done
}
