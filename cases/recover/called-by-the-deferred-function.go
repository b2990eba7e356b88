/*
title: recover called directly by a deferred function stops the panic and gives its value
tags: [recover, direct]
owes: >
  The deferred function's call of recover returns the value that was passed to panic, and the panicking
  sequence stops.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  recovered: boom
  returned normally
*/

package main

import "fmt"

func run() {
	defer func() { fmt.Println("recovered:", recover()) }()
	panic("boom")
}

func main() {
	run()
	fmt.Println("returned normally")
}
