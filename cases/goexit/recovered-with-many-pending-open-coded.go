/*
title: Eight open-coded deferred calls, a recovery in their midst, and Goexit loses none
tags: [goexit, panic, recover, open-coded, pending]
owes: >
  The recovery gives control back to Goexit, which must still find each pending deferred call of the frame,
  exactly once, in order.
source: [https://pkg.go.dev/runtime#Goexit, https://go.dev/ref/spec#Handling_panics]
stdout: |
  8
  7 panics
  6 recovered seven
  5
  4 panics
  3 recovered four
  2
  1
*/

package main

import (
	"fmt"
	"runtime"
)

func f() {
	defer fmt.Println(1)
	defer fmt.Println(2)
	defer func() { fmt.Println("3 recovered", recover()) }()
	defer func() {
		fmt.Println("4 panics")
		panic("four")
	}()
	defer fmt.Println(5)
	defer func() { fmt.Println("6 recovered", recover()) }()
	defer func() {
		fmt.Println("7 panics")
		panic("seven")
	}()
	defer fmt.Println(8)
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
