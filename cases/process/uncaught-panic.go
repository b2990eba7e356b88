/*
title: A panic that nobody recovers ends the process after all deferred calls
tags: [process, panic, lifo]
owes: >
  When every function of the goroutine has run its deferred calls, the program is terminated and the error
  is reported with the panic's value; gc's exit status is 2.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  run deferred
  main deferred
exit: 2
stderr: |
  panic: boom
*/

package main

import "fmt"

func run() {
	defer fmt.Println("run deferred")
	panic("boom")
}

func main() {
	defer fmt.Println("main deferred")
	run()
}
