/*
title: A recovered fault leaves nothing behind for the report of a later panic
tags: [fault, recover, uncaught]
owes: >
  The report of an uncaught panic tells of that panic. The signal of a fault that was recovered earlier has no part in
  it.
source: https://go.dev/ref/spec#Handling_panics
exit: 2
stdout: |
  recovered true
stderr: |
  panic: told
*/

package main

import "fmt"

var nowhere *int

func fault() (recovered bool) {
	defer func() { recovered = recover() != nil }()
	*nowhere = 1
	return false
}

func main() {
	fmt.Println("recovered", fault())
	panic("told")
}
