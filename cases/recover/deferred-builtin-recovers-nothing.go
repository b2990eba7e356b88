/*
title: "`defer recover()` recovers nothing"
tags: [recover, builtin]
owes: >
  The deferred function is recover itself, and no deferred function calls it, so it returns nil and the
  panic goes on.
source: [https://go.dev/ref/spec#Handling_panics, "https://go.dev/issue/25815"]
stdout: |
  caller: boom
*/

package main

import "fmt"

func run() {
	defer recover()
	panic("boom")
}

func main() {
	defer func() { fmt.Println("caller:", recover()) }()
	run()
	fmt.Println("not reached")
}
