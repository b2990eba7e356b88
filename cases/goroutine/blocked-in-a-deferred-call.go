/*
title: Two goroutines hand each other values from their deferred calls, one while panicking
tags: [goroutine, channel, panic, recover, pending]
owes: >
  A deferred call may block; the goroutine's panic waits with it and goes on when the call returns.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  right received from left
  left received from right
  left recovered boom
*/

package main

import (
	"fmt"
	"sync"
)

func left(to chan<- string, from <-chan string) {
	defer func() { fmt.Println("left recovered", recover()) }()
	defer func() { fmt.Println("left received", <-from) }()
	defer func() { to <- "from left" }()
	panic("boom")
}

func right(to chan<- string, from <-chan string) {
	defer func() { to <- "from right" }()
	defer func() { fmt.Println("right received", <-from) }()
}

func main() {
	a, b := make(chan string), make(chan string)
	var group sync.WaitGroup
	group.Add(2)
	go func() {
		defer group.Done()
		left(a, b)
	}()
	go func() {
		defer group.Done()
		right(b, a)
	}()
	group.Wait()
}
