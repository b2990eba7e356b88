/*
title: One Goexit, three frames, a recovered panic in each
tags: [goexit, panic, recover, frames]
owes: >
  However often a recovery gives control back to Goexit, it goes on to the next frame with deferred calls
  until none is left.
source: [https://pkg.go.dev/runtime#Goexit, https://go.dev/ref/spec#Handling_panics]
stdout: |
  recovered a
  pending a
  recovered b
  pending b
  recovered c
  pending c
*/

package main

import (
	"fmt"
	"runtime"
)

func level(name string, next func()) {
	defer fmt.Println("pending", name)
	defer func() { fmt.Println("recovered", recover()) }()
	defer func() { panic(name) }()
	next()
}

func main() {
	done := make(chan bool)
	go func() {
		defer close(done)
		level("c", func() {
			level("b", func() {
				level("a", runtime.Goexit)
			})
		})
		fmt.Println("not reached")
	}()
	<-done
}
