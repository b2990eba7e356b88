/*
title: Keys and comparisons of types that cannot be compared
tags: [runtime-error, interface, recover, builtin]
owes: >
  Comparing two interface values whose equal dynamic type is not comparable causes a run-time panic, as does
  a map key of such a type, in a deferred delete too.
source: ["https://go.dev/ref/spec#Comparison_operators", "https://go.dev/ref/spec#Map_types"]
stdout: |
  runtime error: comparing uncomparable type []int
  runtime error: hash of unhashable type []int
  runtime error: hash of unhashable type []int
*/

package main

import "fmt"

func try(f func()) {
	defer func() { fmt.Println(recover()) }()
	f()
}

func main() {
	var a, b any = []int{1}, []int{1}
	names := map[any]string{1: "one"}
	try(func() { fmt.Println(a == b) })
	try(func() { names[a] = "list" })
	try(func() { defer delete(names, b) })
}
