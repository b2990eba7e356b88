/*
title: A deferred function recovers first, then runs a function that recovers with pending calls
tags: [open-coded, recover, pending, nested]
owes: >
  The outer panic counts as recovered while the inner one comes and goes; afterwards control leaves the
  deferred function, and the outer function's pending calls run.
source: [https://go.dev/ref/spec#Handling_panics, "https://go.dev/cl/515856"]
stdout: |
  outer 3 recovered o
  inner 2 recovered i
  inner 1
  outer 2
  outer 1
*/

package main

import "fmt"

func inner() {
	defer fmt.Println("inner 1")
	defer func() { fmt.Println("inner 2 recovered", recover()) }()
	panic("i")
}

func outer() {
	defer fmt.Println("outer 1")
	defer fmt.Println("outer 2")
	defer func() {
		fmt.Println("outer 3 recovered", recover())
		inner()
	}()
	panic("o")
}

func main() { outer() }
