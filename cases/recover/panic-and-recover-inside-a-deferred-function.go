/*
title: A panic that begins and ends inside a deferred function leaves the outer panic alone
tags: [recover, nested, panic]
owes: >
  The inner panic is recovered below the deferred function, so the outer panic goes on afterwards and can be
  recovered with its own value.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  cleanup: inner
  caller: outer
*/

package main

import "fmt"

func cleanup() {
	defer func() { fmt.Println("cleanup:", recover()) }()
	panic("inner")
}

func run() {
	defer cleanup()
	panic("outer")
}

func main() {
	defer func() { fmt.Println("caller:", recover()) }()
	run()
}
