/*
title: A panic that nobody recovers while Goexit runs deferred calls ends the process
tags: [process, goexit, panic, pending]
owes: >
  The panic runs what is still deferred, and as nothing recovers it the program ends; Goexit does not hide
  it.
source: [https://pkg.go.dev/runtime#Goexit, https://go.dev/ref/spec#Handling_panics]
stdout: |
  2 panics
  1
exit: 2
stderr: |
  panic: boom
*/

package main

import (
	"fmt"
	"runtime"
)

func main() {
	done := make(chan bool)
	go func() {
		defer fmt.Println("1")
		defer func() {
			fmt.Println("2 panics")
			panic("boom")
		}()
		runtime.Goexit()
	}()
	<-done
}
