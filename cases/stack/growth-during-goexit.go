/*
title: The stack grows in the deferred calls that Goexit runs, around a recovery
tags: [stack, goexit, recover, open-coded, pending]
owes: Goexit goes on after the recovery though its own frame has moved.
source: [https://pkg.go.dev/runtime#Goexit, https://go.dev/ref/spec#Handling_panics]
stdout: |
  5 grown 1000
  4 panics
  3 recovered boom
  2 grown 6000
  1
*/

package main

import (
	"fmt"
	"runtime"
)

func grow(depth int) int {
	var block [64]int
	block[depth%64] = 1
	if depth == 0 {
		return block[0] - 1
	}
	return grow(depth-1) + block[depth%64]
}

func run() {
	defer fmt.Println("1")
	defer func() { fmt.Println("2 grown", grow(6000)) }()
	defer func() { fmt.Println("3 recovered", recover()) }()
	defer func() {
		fmt.Println("4 panics")
		panic("boom")
	}()
	defer func() { fmt.Println("5 grown", grow(1000)) }()
	runtime.Goexit()
}

func main() {
	done := make(chan bool)
	go func() {
		defer close(done)
		run()
	}()
	<-done
}
