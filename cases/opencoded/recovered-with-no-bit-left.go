/*
title: The first deferred call, the last to run, recovers when no other is pending
tags: [open-coded, recover]
owes: >
  With nothing left to run the function returns at once after the recovery, and the next function's deferred
  calls are its own.
source: [https://go.dev/ref/spec#Handling_panics, "https://go.dev/cl/515856"]
stdout: |
  3 2 1 recovered
  b a returned
*/

package main

import "fmt"

func first() {
	defer func() {
		recover()
		fmt.Println("1 recovered")
	}()
	defer fmt.Print("2 ")
	defer fmt.Print("3 ")
	panic("boom")
}

func second() {
	defer fmt.Print("a ")
	defer fmt.Print("b ")
}

func main() {
	first()
	second()
	fmt.Println("returned")
}
