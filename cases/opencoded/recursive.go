/*
title: A recursive function recovers at one depth with calls pending at every depth
tags: [open-coded, recover, pending, recursion]
owes: >
  Each activation has pending calls of its own: deeper ones run theirs under the panic, the recovering one
  after the recovery, and the shallower ones on their returns.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  4 under panic
  3 under panic
  2 recovered bottom
  2 after recovery
  1 returns
  1 after recovery
*/

package main

import "fmt"

func descend(depth int) {
	state := "under panic"
	defer func() { fmt.Println(depth, state) }()
	defer func() {
		if depth == 2 {
			fmt.Println(depth, "recovered", recover())
			state = "after recovery"
		}
	}()
	if depth == 4 {
		panic("bottom")
	}
	descend(depth + 1)
	fmt.Println(depth, "returns")
	state = "after recovery"
}

func main() { descend(1) }
