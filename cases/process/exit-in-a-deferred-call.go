/*
title: os.Exit in a deferred call ends the process at once
tags: [process, exit, panic]
owes: >
  os.Exit runs no deferred calls, so those that are pending are lost, and the panic that ran the call is
  never reported.
source: "https://pkg.go.dev/os#Exit"
stdout: |
  exiting
exit: 3
stderr: ""
*/

package main

import (
	"fmt"
	"os"
)

func run() {
	defer fmt.Println("not reached")
	defer os.Exit(3)
	defer fmt.Println("exiting")
	panic("never reported")
}

func main() {
	defer fmt.Println("not reached")
	run()
}
