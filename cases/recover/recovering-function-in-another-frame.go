/*
title: Control returns to the caller of the function that deferred the recovering function
tags: [recover, frames]
owes: >
  After a recovery every frame between the panic and the deferring function is gone, and the deferring
  function returns to its caller as usual; statements after its call of the panicking function do not run.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  low deferred
  middle deferred
  high recovered boom
  caller continues
*/

package main

import "fmt"

func low() {
	defer fmt.Println("low deferred")
	panic("boom")
}

func middle() {
	defer func() { fmt.Println("middle deferred") }()
	low()
	fmt.Println("not reached in middle")
}

func high() {
	defer func() { fmt.Println("high recovered", recover()) }()
	middle()
	fmt.Println("not reached in high")
}

func main() {
	high()
	fmt.Println("caller continues")
}
