/*
title: A panic raised in a deferred function unwinds past frames that the first panic has visited
tags: [repanic, nested, frames]
owes: >
  The second panic begins in a frame below the first one's; it runs what is left in the frames between, in
  order, never running a deferred call that the first panic has already begun.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  c1
  b2 panics
  b1
  a1 recovered second
  a0
*/

package main

import "fmt"

func c() {
	defer fmt.Println("c1")
	panic("first")
}

func b() {
	defer fmt.Println("b1")
	defer func() {
		fmt.Println("b2 panics")
		panic("second")
	}()
	c()
}

func a() {
	defer fmt.Println("a0")
	defer func() { fmt.Println("a1 recovered", recover()) }()
	b()
}

func main() { a() }
