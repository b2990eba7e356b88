/*
title: Each of three deferred functions panics anew
tags: [repanic, nested, chain]
owes: >
  Every deferred function runs once, started by the newest panic at that time, and the caller recovers the
  last of them.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  c after 1
  b after 2
  a after 3
  caller: 4
*/

package main

import "fmt"

func run() {
	defer func() {
		fmt.Println("a after 3")
		panic(4)
	}()
	defer func() {
		fmt.Println("b after 2")
		panic(3)
	}()
	defer func() {
		fmt.Println("c after 1")
		panic(2)
	}()
	panic(1)
}

func main() {
	defer func() { fmt.Println("caller:", recover()) }()
	run()
}
