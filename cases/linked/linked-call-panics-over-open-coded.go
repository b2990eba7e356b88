/*
title: A linked call that a panic runs panics anew, and an open-coded frame recovers it
tags: [linked, open-coded, mixed, repanic, recover, pending]
owes: >
  The newer panic takes up the rest of the linked calls of the frame, none twice, and goes on into the
  caller's open-coded ones.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  linked 4
  linked 3 panics
  linked 2
  linked 1
  open 2 recovered newer
  open 1
*/

package main

import "fmt"

func step(n int) {
	if n == 3 {
		fmt.Println("linked 3 panics")
		panic("newer")
	}
	fmt.Println("linked", n)
}

func linked() {
	for n := 1; n < 5; n++ {
		defer step(n)
	}
	panic("older")
}

func open() {
	defer fmt.Println("open 1")
	defer func() { fmt.Println("open 2 recovered", recover()) }()
	linked()
}

func main() { open() }
