/*
title: A deadlock ends the process without running deferred calls
tags: [process, deadlock, channel]
owes: >
  A deadlock is a fatal error, not a panic: nothing can be recovered and no deferred call runs.
source: "https://go.dev/ref/spec#Run_time_panics"
stdout: |
  waiting
exit: 2
stderr: |
  fatal error: all goroutines are asleep - deadlock!
*/

package main

import "fmt"

func main() {
	defer func() { fmt.Println("not reached", recover()) }()
	fmt.Println("waiting")
	<-make(chan int)
}
