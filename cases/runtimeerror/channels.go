/*
title: Closing and sending on closed and nil channels
tags: [runtime-error, channel, builtin, recover]
owes: >
  Sending on or closing a closed channel and closing a nil channel cause run-time panics, also when the
  builtin close is deferred.
source: ["https://go.dev/ref/spec#Close", "https://go.dev/ref/spec#Send_statements"]
stdout: |
  send on closed channel
  close of closed channel
  close of nil channel
  closed false
*/

package main

import "fmt"

func try(f func()) {
	defer func() { fmt.Println(recover()) }()
	f()
}

func main() {
	lines := make(chan int, 1)
	close(lines)
	try(func() { lines <- 1 })
	try(func() { defer close(lines) })
	try(func() {
		var missing chan int
		defer close(missing)
	})
	_, open := <-lines
	fmt.Println("closed", open)
}
