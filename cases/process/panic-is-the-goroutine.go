/*
title: The builtin panic is what a go statement calls
tags: [process, goroutine, panic, builtin]
owes: >
  The new goroutine panics and nothing can recover it, so the program dies; the deferred call of main, which is
  still waiting, does not run.
source: [https://go.dev/ref/spec#Go_statements, https://go.dev/ref/spec#Handling_panics]
stdout: |
  waiting
exit: 2
stderr: |
  panic: alone
*/

package main

import "fmt"

func main() {
	defer fmt.Println("not reached")
	defer func() { recover() }()
	fmt.Println("waiting")
	go panic("alone")
	select {}
}
