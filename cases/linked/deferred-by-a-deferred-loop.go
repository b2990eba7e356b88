/*
title: A deferred function defers in a loop while a panic is running
tags: [linked, loop, nested, recover, pending]
owes: >
  What the deferred function defers runs when it ends, panic or not, before the next deferred call of the
  panicking function.
source: [https://go.dev/ref/spec#Defer_statements, https://go.dev/ref/spec#Handling_panics]
stdout: |
  2 began
  2.c
  2.b
  2.a
  1 recovered boom
*/

package main

import "fmt"

func run() {
	defer func() { fmt.Println("1 recovered", recover()) }()
	defer func() {
		for _, letter := range "abc" {
			defer fmt.Printf("2.%c\n", letter)
		}
		fmt.Println("2 began")
	}()
	panic("boom")
}

func main() { run() }
