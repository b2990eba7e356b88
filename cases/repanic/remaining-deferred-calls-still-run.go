/*
title: The panicking function's other deferred calls run under the newer panic
tags: [repanic, nested, pending]
owes: >
  A panic in one deferred call does not lose the ones that are still pending in the same function: the newer
  panic runs them, each once, and the one that began the newer panic is not run again.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  4 began
  3 recovered second
  2
  1
*/

package main

import "fmt"

func run() {
	defer fmt.Println("1")
	defer fmt.Println("2")
	defer func() { fmt.Println("3 recovered", recover()) }()
	defer func() {
		fmt.Println("4 began")
		panic("second")
	}()
	panic("first")
}

func main() { run() }
