/*
title: A function that calls recover itself returns the results that its deferred calls have set
tags: [results, recover]
owes: >
  The call of recover in the function gives nil, since nothing panics, and changes nothing else. The deferred call sets
  the named result before the function returns to its caller.
source: [https://go.dev/ref/spec#Defer_statements, https://go.dev/ref/spec#Handling_panics]
stdout: |
  named 23
  by pointer 23
  overwritten 23
xfail:
  - on: "gccgo"
    reason: >
      A function that calls recover returns its results as they were before its deferred calls.
    issue: unreported
*/

package main

import "fmt"

func named() (result int) {
	defer func() { result = 23 }()
	recover()
	return
}

func set(result *int) { *result = 23 }

func byPointer() (result int) {
	defer func() { set(&result) }()
	recover()
	return
}

func overwritten() (result int) {
	defer func() { result = 23 }()
	recover()
	return 4
}

func main() {
	fmt.Println("named", named())
	fmt.Println("by pointer", byPointer())
	fmt.Println("overwritten", overwritten())
}
