/*
title: Nested loops defer in the order of execution
tags: [loop, linked, lifo]
owes: Deferred calls run in the reverse of the order in which their statements executed, across all loops.
source: https://go.dev/ref/spec#Defer_statements
stdout: |
  (1,1) (1,0) (0,1) (0,0)
*/

package main

import "fmt"

func run() {
	defer fmt.Println()
	for row := 0; row < 2; row++ {
		for column := 0; column < 2; column++ {
			switch {
			case row+column == 0:
				defer fmt.Printf("(%d,%d)", row, column)
			default:
				defer fmt.Printf("(%d,%d) ", row, column)
			}
		}
	}
}

func main() { run() }
