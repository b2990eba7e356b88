/*
title: Goexit on the main goroutine goes on after a recovered panic
tags: [process, goexit, recover, pending]
owes: >
  The recovery does not make main return: Goexit runs the rest, and the program ends with no goroutine left.
source: [https://pkg.go.dev/runtime#Goexit, "https://go.dev/issue/29226"]
stdout: |
  2 recovered boom
  1
exit: 2
stderr: |
  fatal error: no goroutines (main called runtime.Goexit) - deadlock!
*/

package main

import (
	"fmt"
	"runtime"
)

func main() {
	defer fmt.Println("1")
	defer func() { fmt.Println("2 recovered", recover()) }()
	defer panic("boom")
	runtime.Goexit()
}
