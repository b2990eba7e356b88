/*
title: A panic passes two frames with open-coded calls and is recovered in the third
tags: [open-coded, recover, pending, frames]
owes: >
  The frames above have run all theirs; of the recovering frame the calls below the recovery remain, and
  those of the frame below are untouched.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  c2 c1 b2 b1 a3 recovered boom
  a2 a1 back in top, t1
*/

package main

import "fmt"

func c() {
	defer fmt.Print("c1 ")
	defer fmt.Print("c2 ")
	panic("boom")
}

func b() {
	defer fmt.Print("b1 ")
	defer fmt.Print("b2 ")
	c()
}

func a() {
	defer fmt.Print("a1 ")
	defer fmt.Print("a2 ")
	defer func() { fmt.Println("a3 recovered", recover()) }()
	b()
}

func top() {
	defer fmt.Println("t1")
	a()
	fmt.Print("back in top, ")
}

func main() { top() }
