/*
title: Goexit runs the deferred calls of every frame of the goroutine
tags: [goexit, lifo, frames]
owes: >
  Goexit runs all deferred calls, innermost frame first, and ends the goroutine; no statement after the calls
  runs, and other goroutines go on.
source: https://pkg.go.dev/runtime#Goexit
stdout: |
  f2
  f1
  g1
  goroutine ended
*/

package main

import (
	"fmt"
	"runtime"
)

func f() {
	defer fmt.Println("f1")
	defer fmt.Println("f2")
	runtime.Goexit()
	fmt.Println("not reached in f")
}

func g() {
	defer fmt.Println("g1")
	f()
	fmt.Println("not reached in g")
}

func main() {
	done := make(chan bool)
	go func() {
		defer close(done)
		g()
		fmt.Println("not reached in goroutine")
	}()
	<-done
	fmt.Println("goroutine ended")
}
