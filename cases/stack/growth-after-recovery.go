/*
title: The stack grows after recover was called and in a pending call
tags: [stack, recover, open-coded, pending, goroutine]
owes: >
  Whatever the runtime noted in order to get back to the recovering frame must hold after the stack has
  moved, on a new goroutine's small stack above all.
source: [https://go.dev/ref/spec#Handling_panics, "https://go.dev/cl/515856"]
stdout: |
  recovered boom
  grown 3000
  grown 4000
  first pending
  returned
*/

package main

import "fmt"

func grow(depth int) int {
	var block [128]int
	block[depth%128] = 1
	if depth == 0 {
		return block[0] - 1
	}
	return grow(depth-1) + block[depth%128]
}

func run() {
	defer fmt.Println("first pending")
	defer func() { fmt.Println("grown", grow(4000)) }()
	defer func() {
		fmt.Println("recovered", recover())
		fmt.Println("grown", grow(3000))
	}()
	panic("boom")
}

func main() {
	done := make(chan bool)
	go func() {
		defer close(done)
		run()
		fmt.Println("returned")
	}()
	<-done
}
