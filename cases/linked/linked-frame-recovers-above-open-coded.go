/*
title: A frame with linked calls recovers while its caller has open-coded ones pending
tags: [linked, open-coded, mixed, frames, recover, pending]
owes: >
  After the recovery only the recovering function's own pending calls run; its caller's wait for the
  caller's return.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  linked 3 recovered boom
  linked 2
  linked 1
  caller goes on
  open 2
  open 1
*/

package main

import "fmt"

func step(n int) {
	if n == 3 {
		fmt.Println("linked 3 recovered", recover())
		return
	}
	fmt.Println("linked", n)
}

func linked() {
	for _, n := range []int{1, 2, 3} {
		defer step(n)
	}
	panic("boom")
}

func open() {
	defer fmt.Println("open 1")
	defer fmt.Println("open 2")
	linked()
	fmt.Println("caller goes on")
}

func main() { open() }
