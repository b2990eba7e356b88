/*
title: An uncaught panic does not turn the execution tracer off
tags: [uncaught]
owes: >
  The panic is fatal. What was traced is written out, but nobody turns tracing off, so a read of the trace waits for more
  of it until the process has ended.
source: https://pkg.go.dev/runtime#ReadTrace
exit: 2
stderr: |
  panic: fatal
*/

package main

import (
	"fmt"
	"runtime"
)

func main() {
	if err := runtime.StartTrace(); err != nil {
		fmt.Println(err)
		return
	}
	begun := make(chan bool)
	go func() {
		runtime.ReadTrace()
		close(begun)
		for runtime.ReadTrace() != nil {
		}
		fmt.Println("the trace is over")
	}()
	<-begun
	panic("fatal")
}
