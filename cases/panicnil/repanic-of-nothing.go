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
differs:
  - on: "gc <1.21"
    because: Up to Go 1.20 panic(nil) panics with nil itself, so that recover returns nil (go.dev/doc/go1.21).
  - on: "gccgo"
    because: gccgo 12 has the language of Go 1.18, in which panic(nil) panics with nil itself (go.dev/doc/go1.21).
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
