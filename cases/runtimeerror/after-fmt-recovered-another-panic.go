/*
title: A run-time error right after package fmt has recovered a panic
tags: [runtime-error, library, recover]
owes: >
  fmt recovers the panic of the String method and prints it; the index that follows is a panic of its own, and
  its value is what recover returns.
source: ["https://pkg.go.dev/fmt", https://go.dev/ref/spec#Run_time_panics]
stdout: |
  %!v(PANIC=String method: in String)
  recovered runtime error: index out of range [3] with length 2
*/

package main

import "fmt"

type text struct{}

func (text) String() string { panic("in String") }

func run(numbers []int) (n int) {
	defer func() { fmt.Println("recovered", recover()) }()
	fmt.Println(text{})
	return numbers[len(numbers)+1]
}

func main() { run([]int{1, 2}) }
