/*
title: The recovering function itself runs a function that recovers with pending calls
tags: [open-coded, recover, pending, nested]
owes: >
  The inner recovery completes, pending calls and all, before the deferred function recovers the outer
  panic; the outer function's pending calls then run.
source: [https://go.dev/ref/spec#Handling_panics, "https://go.dev/cl/515856"]
stdout: |
  inner 3 recovered i
  inner 2
  inner 1
  outer 3 recovered o
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
	defer fmt.Println("outer 2")
	defer func() {
		inner()
		fmt.Println("outer 3 recovered", recover())
	}()
	panic("o")
}

func main() { outer() }
