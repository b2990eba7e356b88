/*
title: What a named result held when the panic began is returned after the recovery
tags: [results, named, recover, pending]
owes: >
  Assignments to named results before the panic stay; the recovery itself sets nothing.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  7 true
*/

package main

import "fmt"

func fail() (n int, reached bool) {
	defer func() { recover() }()
	n, reached = 7, true
	var missing map[string]int
	missing["x"] = n
	n = 8
	return
}

func main() { fmt.Println(fail()) }
