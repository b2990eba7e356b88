/*
title: recover gives nil when the goroutine is not panicking
tags: [recover, no-panic]
owes: >
  Without a panic recover returns nil and does nothing, in a deferred function, in a plain one, and in main.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  plain: <nil>
  deferred: <nil>
  main: <nil>
*/

package main

import "fmt"

func run() {
	defer func() { fmt.Println("deferred:", recover()) }()
	fmt.Println("plain:", recover())
}

func main() {
	run()
	fmt.Println("main:", recover())
}
