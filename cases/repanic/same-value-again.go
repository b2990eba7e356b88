/*
title: A deferred function recovers and panics again with the same value
tags: [repanic, recover]
owes: >
  The recovered panic is over; the new one, which happens to have the same value, unwinds to the caller.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  inner: boom
  caller: boom
*/

package main

import "fmt"

func run() {
	defer func() {
		reason := recover()
		fmt.Println("inner:", reason)
		panic(reason)
	}()
	panic("boom")
}

func main() {
	defer func() { fmt.Println("caller:", recover()) }()
	run()
}
