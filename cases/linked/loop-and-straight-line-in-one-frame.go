/*
title: Deferred calls of a loop and of the straight line share one function
tags: [linked, mixed, loop, recover, pending]
owes: >
  The order is that of execution of the defer statements, reversed, not that of their place in the source.
source: https://go.dev/ref/spec#Defer_statements
stdout: |
  after
  loop 3 recovered boom
  loop 2
  loop 1
  before
*/

package main

import "fmt"

func run() {
	defer fmt.Println("before")
	for n := 1; n <= 3; n++ {
		label := fmt.Sprint("loop ", n)
		defer func() {
			if label == "loop 3" {
				fmt.Println(label, "recovered", recover())
				return
			}
			fmt.Println(label)
		}()
	}
	defer fmt.Println("after")
	panic("boom")
}

func main() { run() }
