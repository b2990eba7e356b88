/*
title: After a recovered panic main does not wait for other goroutines either
tags: [goroutine, recover]
owes: >
  When main returns the program exits, and does not wait for other goroutines. That a panic was recovered before changes
  nothing: nobody runs deferred calls any more that would be worth waiting for.
source: https://go.dev/ref/spec#Program_execution
stdout: |
  recovered told
*/

package main

import (
	"fmt"
	"runtime"
)

func run() {
	defer func() { fmt.Println("recovered", recover()) }()
	panic("told")
}

func main() {
	runtime.GOMAXPROCS(1)
	run()
	go func() {
		for i := 0; i < 300; i++ {
			runtime.Gosched()
		}
		fmt.Println("main has waited")
	}()
}
