/*
title: A panic in a deferred function replaces the panic that runs it
tags: [repanic, nested]
owes: >
  recover returns the value of the newest panic; the older one, whose deferred call was cut short, is gone
  for good once the newer is recovered.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  caller: second
  caller: <nil>
  main goes on
*/

package main

import "fmt"

func run() {
	defer func() { panic("second") }()
	panic("first")
}

func call() {
	defer func() {
		fmt.Println("caller:", recover())
		fmt.Println("caller:", recover())
	}()
	run()
}

func main() {
	call()
	fmt.Println("main goes on")
}
