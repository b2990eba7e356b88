/*
title: Pending calls after a recovery build the named results
tags: [open-coded, recover, pending, results]
owes: >
  Each pending call sees and changes the named results that the one before it left, and the caller gets the
  last state.
source: [https://go.dev/ref/spec#Handling_panics, https://go.dev/ref/spec#Return_statements]
stdout: |
  ((start+3)*2)+1 7
*/

package main

import "fmt"

func run() (text string, n int) {
	defer func() {
		text += "+1"
		n++
	}()
	defer func() {
		text = "(" + text + "*2)"
		n *= 2
	}()
	defer func() {
		recover()
		text = "(" + text + "+3)"
		n += 3
	}()
	text = "start"
	panic("boom")
}

func main() { fmt.Println(run()) }
