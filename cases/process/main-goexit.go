/*
title: Goexit on the main goroutine runs its deferred calls, and the program ends when no other is left
tags: [process, goexit, goroutine]
owes: >
  Goexit on the main goroutine ends that goroutine without main returning; when all others have ended, the
  program crashes.
source: https://pkg.go.dev/runtime#Goexit
stdout: |
  main deferred
  other goroutine ends
exit: 2
stderr: |
  fatal error: no goroutines (main called runtime.Goexit) - deadlock!
*/

package main

import (
	"fmt"
	"runtime"
)

func main() {
	left := make(chan bool)
	go func() {
		<-left
		fmt.Println("other goroutine ends")
	}()
	defer close(left)
	defer fmt.Println("main deferred")
	runtime.Goexit()
}
