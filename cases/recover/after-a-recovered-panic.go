/*
title: A function panics and recovers again after a recovery
tags: [recover, sequence, loop]
owes: >
  A recovery leaves nothing behind: each later panic is recovered with its own value.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  attempt 1
  attempt 2
  attempt 3
  done
*/

package main

import "fmt"

func attempt(n int) {
	defer func() { fmt.Println("attempt", recover()) }()
	panic(n)
}

func main() {
	for n := 1; n <= 3; n++ {
		attempt(n)
	}
	fmt.Println("done")
}
