/*
title: A call that was pending at the recovery panics, and an earlier one recovers that too
tags: [open-coded, recover, pending, repanic]
owes: >
  After the first recovery the pending calls run as on a return; one of them panics anew, and the new panic
  runs the rest, where it is recovered in its turn.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  6 recovered one
  5
  4 panics
  3
  2 recovered two
  1
  returned
*/

package main

import "fmt"

func run() {
	defer fmt.Println("1")
	defer func() { fmt.Println("2 recovered", recover()) }()
	defer fmt.Println("3")
	defer func() {
		fmt.Println("4 panics")
		panic("two")
	}()
	defer fmt.Println("5")
	defer func() { fmt.Println("6 recovered", recover()) }()
	panic("one")
}

func main() {
	run()
	fmt.Println("returned")
}
