/*
title: Passing on what recover gave is itself a panic when recover gave nil
tags: [panicnil, repanic]
owes: >
  Without a panic recover returns nil, and panic(nil) begins a panic nevertheless; this deferred function
  therefore turns a normal return into a panic.
source: [https://go.dev/ref/spec#Handling_panics, "https://go.dev/doc/go1.21#language"]
stdout: |
  body
  caller deferred
  panicked: true
*/

package main

import "fmt"

func run() {
	defer func() { panic(recover()) }()
	fmt.Println("body")
}

func call() (finished bool) {
	defer func() { recover() }()
	defer fmt.Println("caller deferred")
	run()
	return true
}

func main() { fmt.Println("panicked:", !call()) }
