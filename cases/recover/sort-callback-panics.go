/*
title: A panic in a callback passes through the library that called it
tags: [recover, library, panic]
owes: >
  The callback's deferred calls run, then those of the library's frames, then those of the caller, which
  recovers.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  callback deferred
  recovered: cannot compare
  3 names
*/

package main

import (
	"fmt"
	"sort"
)

func order(names []string) {
	defer func() { fmt.Println("recovered:", recover()) }()
	sort.Slice(names, func(i, j int) bool {
		defer fmt.Println("callback deferred")
		panic("cannot compare")
	})
}

func main() {
	names := []string{"c", "a", "b"}
	order(names)
	fmt.Println(len(names), "names")
}
