/*
title: The report of a panic in a deferred call lists the panics from the first to the last
tags: [process, repanic, chain]
owes: Both panics are reported, the newer one last; none was recovered.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  second begins
exit: 2
stderr: |
  panic: first
  	panic: second
*/

package main

import "fmt"

func main() {
	defer func() {
		fmt.Println("second begins")
		panic("second")
	}()
	panic("first")
}
