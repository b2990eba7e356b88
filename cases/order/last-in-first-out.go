/*
title: Deferred calls run in the reverse of the order in which they were deferred
tags: [lifo, open-coded]
owes: >
  When a function returns, its deferred calls run immediately before control goes back to the caller, the
  last deferred call first.
source: https://go.dev/ref/spec#Defer_statements
stdout: |
  body
  third
  second
  first
  after
*/

package main

import "fmt"

func say(word string) { fmt.Println(word) }

func run() {
	defer say("first")
	defer say("second")
	defer say("third")
	say("body")
}

func main() {
	run()
	say("after")
}
