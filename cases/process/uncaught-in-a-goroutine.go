/*
title: A panic in any goroutine ends the process; other goroutines' deferred calls do not run
tags: [process, goroutine, panic]
owes: >
  Only the panicking goroutine runs its deferred calls; then the program ends, whatever main waits for.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  goroutine deferred
exit: 2
stderr: |
  panic: in goroutine
*/

package main

import "fmt"

func main() {
	defer fmt.Println("not reached")
	done := make(chan bool)
	go func() {
		defer fmt.Println("goroutine deferred")
		panic("in goroutine")
	}()
	<-done
}
