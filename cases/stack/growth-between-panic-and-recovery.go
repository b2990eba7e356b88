/*
title: The stack grows in a deferred function before it recovers
tags: [stack, recover, open-coded, pending]
owes: >
  A goroutine's stack may move at any call; pending calls, their arguments, named results and pointers to
  local variables are the same afterwards.
source: [https://go.dev/ref/spec#Handling_panics, "https://go.dev/cl/515856"]
stdout: |
  recovered boom at depth 2000
  pending sees 7 and 7
  result 7
*/

package main

import "fmt"

func grow(depth int) int {
	var block [256]byte
	block[depth%256] = 1
	if depth == 0 {
		return int(block[0]) - 1
	}
	return grow(depth-1) + int(block[depth%256])
}

func run() (result int) {
	local := 7
	pointer := &local
	defer func() { result = *pointer }()
	defer func() { fmt.Println("pending sees", local, "and", *pointer) }()
	defer func() {
		depth := grow(2000)
		fmt.Println("recovered", recover(), "at depth", depth)
	}()
	panic("boom")
}

func main() { fmt.Println("result", run()) }
