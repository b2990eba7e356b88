/*
title: "`defer runtime.Goexit()` ends the goroutine when its turn comes"
tags: [goexit, builtin]
owes: >
  The deferred Goexit runs in its turn on return; the function's earlier deferred calls and its callers' run
  under it.
source: [https://pkg.go.dev/runtime#Goexit, https://go.dev/ref/spec#Defer_statements]
stdout: |
  body
  3
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
	defer runtime.Goexit()
	defer fmt.Println("3")
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
