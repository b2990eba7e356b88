/*
title: What a deferred function defers cannot recover the panic that runs the deferred function
tags: [recover, nested]
owes: >
  The inner function is run by the return of the deferred function, not by the panicking sequence, so its
  recover returns nil; the deferred function itself is the one that may recover.
source: [https://go.dev/ref/spec#Handling_panics, "https://go.dev/issue/17399"]
stdout: |
  outer: boom
  inner: <nil>
  inner: <nil>
  caller: again
*/

package main

import "fmt"

func inner() { fmt.Println("inner:", recover()) }

func recovering() {
	defer func() {
		defer inner()
		fmt.Println("outer:", recover())
	}()
	panic("boom")
}

func passing() {
	defer func() { defer inner() }()
	panic("again")
}

func main() {
	defer func() { fmt.Println("caller:", recover()) }()
	recovering()
	passing()
}
