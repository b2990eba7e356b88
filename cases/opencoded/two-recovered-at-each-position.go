/*
title: Of two deferred calls each in turn recovers
tags: [open-coded, recover, pending]
owes: >
  Deferred calls that are still pending when the panic is recovered run when the function returns after the
  recovery, without a panic.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  2 recovered boom, 1, returned
  2, 1 recovered boom, returned
*/

package main

import "fmt"

func two(at int) {
	defer func() {
		fmt.Print("1")
		if at == 1 {
			fmt.Print(" recovered ", recover())
		}
		fmt.Print(", ")
	}()
	defer func() {
		fmt.Print("2")
		if at == 2 {
			fmt.Print(" recovered ", recover())
		}
		fmt.Print(", ")
	}()
	panic("boom")
}

func main() {
	two(2)
	fmt.Println("returned")
	two(1)
	fmt.Println("returned")
}
