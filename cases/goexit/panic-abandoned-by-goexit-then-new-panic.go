/*
title: Panic, Goexit in its deferred function, then a new panic that is recovered
tags: [goexit, panic, recover, nested]
owes: >
  Goexit has cancelled the first panic; recover gives the second one, and the goroutine still ends.
source: [https://pkg.go.dev/runtime#Goexit, "https://go.dev/issue/35378"]
stdout: |
  2 recovered second
  1 sees <nil>
  caller sees <nil>
  main goes on
*/

package main

import (
	"fmt"
	"runtime"
)

func f() {
	defer func() { fmt.Println("1 sees", recover()) }()
	defer func() { fmt.Println("2 recovered", recover()) }()
	defer func() { panic("second") }()
	defer runtime.Goexit()
	panic("first")
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
	fmt.Println("main goes on")
}
