/*
title: A panic unwinds thousands of frames, each with deferred calls
tags: [stack, recursion, panic, recover, many]
owes: Every frame's deferred calls run once, from the deepest up, before the recovery at the top.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  5000 frames unwound in order: true
  recovered bottom
*/

package main

import "fmt"

type unwinding struct {
	frames, last int
	ordered      bool
}

func (u *unwinding) leave(depth int) {
	u.frames++
	u.ordered = u.ordered && depth == u.last-1
	u.last = depth
}

func descend(depth, bottom int, u *unwinding) {
	defer u.leave(depth)
	if depth == bottom {
		panic("bottom")
	}
	descend(depth+1, bottom, u)
}

func run() {
	u := &unwinding{last: 5001, ordered: true}
	defer func() {
		fmt.Println(u.frames, "frames unwound in order:", u.ordered)
		fmt.Println("recovered", recover())
	}()
	descend(1, 5000, u)
}

func main() { run() }
