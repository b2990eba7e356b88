/*
title: A pending call runs a function that panics and recovers with pending calls of its own
tags: [open-coded, recover, pending, nested]
owes: >
  What the runtime keeps of the first recovery, to run the rest of the outer function's calls, and what it
  keeps of the second must not be mixed up.
source: [https://go.dev/ref/spec#Handling_panics, "https://go.dev/cl/515856"]
stdout: |
  outer 4 recovered o
  outer 3
  inner 3 recovered i
  inner 2
  inner 1
  outer 2
  outer 1
*/

package main

import "fmt"

func inner() {
	defer fmt.Println("inner 1")
	defer fmt.Println("inner 2")
	defer func() { fmt.Println("inner 3 recovered", recover()) }()
	panic("i")
}

func outer() {
	defer fmt.Println("outer 1")
	defer func() {
		inner()
		fmt.Println("outer 2")
	}()
	defer fmt.Println("outer 3")
	defer func() { fmt.Println("outer 4 recovered", recover()) }()
	panic("o")
}

func main() { outer() }
