/*
title: A stack overflow ends the process without running deferred calls
tags: [process, stack, recursion]
owes: >
  Exceeding the limit of the stack is a fatal error, not a panic: nothing recovers it, no deferred call runs.
source: "https://pkg.go.dev/runtime/debug#SetMaxStack"
on: "gc"
stdout: |
  descending
exit: 2
*/

package main

import (
	"fmt"
	"runtime/debug"
)

func descend(depth int) int {
	defer func() {
		if recover() != nil {
			fmt.Println("not reached")
		}
	}()
	return descend(depth+1) + 1
}

func main() {
	debug.SetMaxStack(1 << 20)
	fmt.Println("descending")
	descend(0)
}
