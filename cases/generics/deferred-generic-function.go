/*
title: Deferred instances of a generic function
tags: [generics, lifo, recover, open-coded]
on: "gc >=1.18"
owes: >
  An instantiated function is deferred like any other, and recover in it is called directly by the deferred
  function.
source: [https://go.dev/ref/spec#Defer_statements, "https://go.dev/ref/spec#Instantiations"]
stdout: |
  recovered 3 as int
  text
*/

package main

import "fmt"

func show[T any](value T) { fmt.Println(value) }

func catch[T any](kind string) {
	if value, ok := recover().(T); ok {
		fmt.Println("recovered", value, "as", kind)
	}
}

func run[T any](value T, kind string) {
	defer show("text")
	defer catch[T](kind)
	panic(value)
}

func main() { run(3, "int") }
