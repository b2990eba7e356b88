/*
title: A method of a nil interface panics at the defer statement
tags: [nilfunc, interface, runtime-error]
owes: >
  The method is looked up when the statement executes, so a nil interface panics there and the call is never
  deferred; what was deferred earlier runs.
source: [https://go.dev/ref/spec#Defer_statements, https://go.dev/ref/spec#Run_time_panics]
stdout: |
  earlier
  recovered: runtime error: invalid memory address or nil pointer dereference
xfail:
  - on: "gccgo"
    reason: The method is looked up when the deferred call runs, so the panic comes after the body.
    issue: unreported
*/

package main

import "fmt"

type closer interface{ Close() }

func run(c closer) {
	defer func() { fmt.Println("recovered:", recover()) }()
	defer fmt.Println("earlier")
	defer c.Close()
	fmt.Println("not reached")
}

func main() { run(nil) }
