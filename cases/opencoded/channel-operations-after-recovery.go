/*
title: Pending calls block on channels after a recovery
tags: [open-coded, recover, pending, goroutine, channel]
owes: >
  A goroutine that waits on a channel in a pending call, and is woken, goes on with the next pending call.
  The runtime keeps both matters in the same place of the goroutine, so one must not spoil the other.
source: [https://go.dev/ref/spec#Handling_panics, "https://go.dev/cl/515856"]
stdout: |
  recovered boom
  received 1
  received 2
  sent
*/

package main

import (
	"fmt"
	"sync"
)

func run(in <-chan int, out chan<- string) {
	defer func() { out <- "sent" }()
	defer func() { fmt.Println("received", <-in) }()
	defer func() { fmt.Println("received", <-in) }()
	defer func() { fmt.Println("recovered", recover()) }()
	panic("boom")
}

func main() {
	in, out := make(chan int), make(chan string)
	var group sync.WaitGroup
	group.Add(2)
	go func() {
		defer group.Done()
		in <- 1
		in <- 2
	}()
	go func() {
		defer group.Done()
		run(in, out)
	}()
	fmt.Println(<-out)
	group.Wait()
}
