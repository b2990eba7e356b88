/*
title: "Smallest program found: control-flow"
tags: [reduced]
owes: >
  Only the running function acts: control leaves it by call, return, panic or Goexit, and comes back
  to its caller. So: main returns, after what is printed below.
source:
  - https://go.dev/ref/spec#Calls
  - https://go.dev/ref/spec#Defer_statements
  - https://go.dev/ref/spec#Handling_panics
stdout: |
  main: f1 gives 23
*/

package main

import "fmt"

func main() {
	fmt.Println("main: f1 gives", f1())
}

func f1() (r1 int) {
	defer func() { r1 = 23 }()
	return
}
