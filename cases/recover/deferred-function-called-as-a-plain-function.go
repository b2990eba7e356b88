/*
title: The same function recovers when it is deferred and not when it is called
tags: [recover, nested]
owes: >
  What matters is how the function that calls recover was itself called; a plain call from the deferred
  function does not count, though the callee is the very function that recovers when deferred.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  called: <nil>
  deferred: boom
*/

package main

import "fmt"

func try(how string) { fmt.Println(how, recover()) }

func run() {
	defer try("deferred:")
	defer func() { try("called:") }()
	panic("boom")
}

func main() { run() }
