/*
title: A panic while a return statement evaluates its operands leaves the results as they were
tags: [results, named, recover, multi-value]
owes: >
  The operands are evaluated before the results are set, so a panic in one of them leaves every named
  result at what it held, and it is this that the caller gets after the recovery.
source: [https://go.dev/ref/spec#Return_statements, https://go.dev/ref/spec#Handling_panics]
stdout: |
  before 1
*/

package main

import "fmt"

func compute() (string, int) { panic("no result") }

func run() (word string, n int) {
	defer func() { recover() }()
	word, n = "before", 1
	return compute()
}

func main() { fmt.Println(run()) }
