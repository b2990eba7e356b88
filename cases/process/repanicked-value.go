/*
title: The report of a panic that was recovered and raised again with the same value
tags: [process, repanic, recover, chain]
owes: The program ends with the value that was raised again.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  passing on boom
exit: 2
stderr: |
  panic: boom [recovered, repanicked]
differs:
  - on: "gc <1.25"
    because: The report names the value twice up to Go 1.24 (https://go.dev/doc/go1.25#runtime).
    stderr: |
      panic: boom [recovered]
      	panic: boom
  - on: "gccgo"
    because: gccgo 12 has the reports of Go 1.18.
    stderr: |
      panic: boom [recovered]
      	panic: boom
*/

package main

import "fmt"

func main() {
	defer func() {
		reason := recover()
		fmt.Println("passing on", reason)
		panic(reason)
	}()
	panic("boom")
}
