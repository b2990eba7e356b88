/*
title: main turns a panic into an exit status
tags: [process, exit, recover]
owes: The deferred function recovers, looks at the value, and ends the process with a status of its own.
source: [https://go.dev/ref/spec#Handling_panics, "https://pkg.go.dev/os#Exit"]
stdout: |
  fatal: no such file
exit: 4
stderr: ""
*/

package main

import (
	"fmt"
	"os"
)

type failure struct {
	text   string
	status int
}

func run() { panic(&failure{"no such file", 4}) }

func main() {
	defer func() {
		if f, ok := recover().(*failure); ok {
			fmt.Println("fatal:", f.text)
			os.Exit(f.status)
		}
	}()
	run()
}
