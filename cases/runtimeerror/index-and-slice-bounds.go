/*
title: Indexes and slice bounds out of range
tags: [runtime-error, recover]
owes: An index or a bound that is out of range at run time causes a run-time panic.
source: ["https://go.dev/ref/spec#Index_expressions", "https://go.dev/ref/spec#Slice_expressions"]
stdout: |
  runtime error: index out of range [3] with length 3
  runtime error: index out of range [-1]
  runtime error: slice bounds out of range [:5] with capacity 3
  runtime error: slice bounds out of range [2:1]
  runtime error: index out of range [7] with length 2
*/

package main

import "fmt"

func try(f func()) {
	defer func() { fmt.Println(recover()) }()
	f()
	fmt.Println("not reached")
}

func main() {
	list := []int{1, 2, 3}
	low, high, far, before := 2, 1, 5, -1
	try(func() { list[len(list)]++ })
	try(func() { _ = list[before] })
	try(func() { _ = list[:far] })
	try(func() { _ = list[low:high] })
	try(func() { _ = "go"[far+2] })
}
