/*
title: A function with several returns and conditional calls, panicking or not
tags: [open-coded, conditional, recover]
owes: >
  On every way out exactly the calls whose statements executed run; a return and a recovered panic differ
  only in what recover gives.
source: [https://go.dev/ref/spec#Defer_statements, https://go.dev/ref/spec#Handling_panics]
stdout: |
  small: [a <nil>]
  middle: [b a <nil>]
  large: [b a too large]
*/

package main

import "fmt"

func run(n int) (trail []any) {
	defer func() { trail = append(trail, recover()) }()
	defer func() { trail = append(trail, "a") }()
	if n < 10 {
		return nil
	}
	defer func() { trail = append(trail, "b") }()
	if n < 100 {
		return nil
	}
	panic("too large")
}

func main() {
	fmt.Println("small:", run(1))
	fmt.Println("middle:", run(10))
	fmt.Println("large:", run(100))
}
