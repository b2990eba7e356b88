/*
title: Deferred calls of a later function run though an earlier panic was recovered within a nested one
tags: [repanic, nested, open-coded, builtin]
owes: >
  Two panics begin in one deferred function and one is recovered inside it; whatever the runtime noted of
  those frames must not hide the deferred calls of functions that run later at the same depth.
source: [https://go.dev/ref/spec#Handling_panics, "https://go.dev/issue/48898"]
stdout: |
  recovered 1
  recovered 3
  later deferred
  end: 4
*/

package main

import "fmt"

func first() {
	defer func() {
		defer func() { fmt.Println("recovered", recover()) }()
		defer panic(3)
		panic(2)
	}()
	defer func() { fmt.Println("recovered", recover()) }()
	panic(1)
}

func later() {
	defer fmt.Println("later deferred")
	func() {
		defer func() {}()
		panic(4)
	}()
}

func main() {
	defer func() { fmt.Println("end:", recover()) }()
	func() {
		first()
		defer func() {}()
	}()
	later()
}
