/*
title: Deferred calls of a loop, recoveries in their midst, and Goexit loses none
tags: [goexit, panic, recover, linked, loop, pending]
owes: >
  As with a fixed number of deferred calls: Goexit goes on after each recovery with the next pending call.
source: [https://pkg.go.dev/runtime#Goexit, https://go.dev/ref/spec#Handling_panics]
stdout: |
  6 panics
  5 recovered 6
  4 panics
  3 recovered 4
  2 panics
  1 recovered 2
*/

package main

import (
	"fmt"
	"runtime"
)

func step(n int) {
	if n%2 == 0 {
		fmt.Println(n, "panics")
		panic(n)
	}
	fmt.Println(n, "recovered", recover())
}

func f() {
	for n := 1; n <= 6; n++ {
		defer step(n)
	}
	runtime.Goexit()
}

func main() {
	done := make(chan bool)
	go func() {
		defer close(done)
		f()
		fmt.Println("not reached")
	}()
	<-done
}
