/*
title: A panic runs the deferred calls of every frame, innermost frame first
tags: [lifo, panic, recover]
owes: >
  While panicking, deferred calls of the panicking function run, then those of its caller, and so on up to
  the frame whose deferred function recovers; statements after the calls do not run.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  c2
  c1
  b1
  a2 recovered boom
  a1
  main goes on
*/

package main

import "fmt"

func a() {
	defer fmt.Println("a1")
	defer func() { fmt.Println("a2 recovered", recover()) }()
	b()
	fmt.Println("not reached in a")
}

func b() {
	defer fmt.Println("b1")
	c()
	fmt.Println("not reached in b")
}

func c() {
	defer fmt.Println("c1")
	defer fmt.Println("c2")
	panic("boom")
}

func main() {
	a()
	fmt.Println("main goes on")
}
