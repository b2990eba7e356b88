/*
title: A second recover in the same deferred function gives nil
tags: [recover, twice]
owes: >
  The first call ends the panic, so for the second one the goroutine is not panicking any more; the same
  holds for the deferred functions that come after it.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  first: boom
  second: <nil>
  later: <nil>
*/

package main

import "fmt"

func run() {
	defer func() { fmt.Println("later:", recover()) }()
	defer func() {
		fmt.Println("first:", recover())
		fmt.Println("second:", recover())
	}()
	panic("boom")
}

func main() { run() }
