/*
title: recover called by a function that the deferred function calls gives nil
tags: [recover, nested]
owes: >
  recover returns nil unless a deferred function calls it directly; neither a helper nor a literal that is
  called at once within the deferred function does so for it.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  helper: <nil>
  literal: <nil>
  caller: boom
*/

package main

import "fmt"

func helper() any { return recover() }

func run() {
	defer func() {
		fmt.Println("helper:", helper())
		func() { fmt.Println("literal:", recover()) }()
	}()
	panic("boom")
}

func main() {
	defer func() { fmt.Println("caller:", recover()) }()
	run()
}
