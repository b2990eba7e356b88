/*
title: A deferred call changes one of the results that a multi-value call has set
tags: [results, named, multi-value, method-value]
owes: >
  `return f()` with several results sets all of them, then the deferred functions run in reverse order,
  each seeing what the one before it left.
source: [https://go.dev/ref/spec#Return_statements, https://go.dev/ref/spec#Defer_statements]
stdout: |
  (left,right) 4
*/

package main

import "fmt"

type text string

func (t *text) wrap(open, end text) { *t = open + *t + end }

func pair() (text, int) { return "left", 2 }

func run() (word text, n int) {
	wrap := (&word).wrap
	defer wrap("(", ")")
	defer wrap("", ",right")
	defer func() { n *= 2 }()
	return pair()
}

func main() { fmt.Println(run()) }
