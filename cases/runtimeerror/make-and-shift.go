/*
title: A negative length for make and a negative shift count
tags: [runtime-error, recover]
owes: Both are run-time panics when the value is only known at run time.
source: ["https://go.dev/ref/spec#Making_slices_maps_and_channels", "https://go.dev/ref/spec#Arithmetic_operators"]
stdout: |
  runtime error: makeslice: len out of range
  runtime error: negative shift amount
*/

package main

import "fmt"

func try(f func()) {
	defer func() { fmt.Println(recover()) }()
	f()
}

func main() {
	below := -1
	try(func() { fmt.Println(make([]int, below)) })
	try(func() { fmt.Println(1 << below) })
}
