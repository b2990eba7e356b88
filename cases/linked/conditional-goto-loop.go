/*
title: A loop made of goto and labels defers as often as its statement executes
tags: [linked, goto, labelled, loop]
owes: >
  It is the execution of the statement that defers, so a backward goto over a defer statement defers again.
source: [https://go.dev/ref/spec#Defer_statements, "https://go.dev/ref/spec#Goto_statements"]
stdout: |
  body
  3
  2
  1
*/

package main

import "fmt"

func run() {
	n := 0
again:
	n++
	defer fmt.Println(n)
	if n < 3 {
		goto again
	}
	fmt.Println("body")
}

func main() { run() }
