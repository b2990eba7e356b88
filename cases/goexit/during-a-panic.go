/*
title: Goexit in a deferred function that a panic runs ends the goroutine, not the program
tags: [goexit, panic, nested]
owes: >
  Goexit terminates the goroutine that calls it; the panic is never carried on, so the program goes on and
  later deferred functions have nothing to recover.
source: [https://pkg.go.dev/runtime#Goexit, "https://go.dev/issue/35378"]
stdout: |
  second runs Goexit
  first sees <nil>
  caller sees <nil>
  main goes on
*/

package main

import (
	"fmt"
	"runtime"
)

func f() {
	defer func() { fmt.Println("first sees", recover()) }()
	defer func() {
		fmt.Println("second runs Goexit")
		runtime.Goexit()
	}()
	panic("dropped")
}

func main() {
	done := make(chan bool)
	go func() {
		defer close(done)
		defer func() { fmt.Println("caller sees", recover()) }()
		f()
	}()
	<-done
	fmt.Println("main goes on")
}
