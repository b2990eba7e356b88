/*
title: A fault in a deferred call that a panic runs
tags: [runtime-error, signal, repanic, recover, pending]
owes: The fault begins a newer panic like any other; what is still pending runs, and recover gives the fault.
source: [https://go.dev/ref/spec#Run_time_panics, https://go.dev/ref/spec#Handling_panics]
stdout: |
  3 faults
  2 recovered runtime error: invalid memory address or nil pointer dereference
  1
*/

package main

import "fmt"

type config struct{ name *string }

func run(c *config) {
	defer fmt.Println("1")
	defer func() { fmt.Println("2 recovered", recover()) }()
	defer func() {
		fmt.Println("3 faults")
		fmt.Println(*c.name)
	}()
	panic("first")
}

func main() { run(&config{}) }
