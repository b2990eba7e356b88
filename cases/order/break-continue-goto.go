/*
title: Leaving a block by break, continue or goto runs nothing; the function's end does
tags: [lifo, loop, goto, labelled]
owes: >
  Deferred calls are tied to the function, not to the block that holds the statement, so no way of leaving
  a block makes them run.
source: https://go.dev/ref/spec#Defer_statements
stdout: |
  left the loop
  left the block
  deferred before goto
  deferred 2
  deferred 1
*/

package main

import "fmt"

func run() {
	row := 0
outer:
	for {
		for column := 0; column < 3; column++ {
			row++
			if row == 3 {
				break outer
			}
			defer fmt.Println("deferred", row)
			continue outer
		}
	}
	fmt.Println("left the loop")
	if row == 3 {
		defer fmt.Println("deferred before goto")
		goto end
	}
	fmt.Println("not reached")
end:
	fmt.Println("left the block")
}

func main() { run() }
