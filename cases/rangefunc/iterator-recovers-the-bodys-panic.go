/*
title: An iterator that recovers a panic of the loop's body
tags: [rangefunc, panic, recover]
on: "gc >=1.23"
owes: >
  The iterator's deferred function may recover, but the loop was left by the panic, and a loop whose
  iterator returns as if nothing had been wrong causes a run-time panic.
source: "https://go.dev/ref/spec#For_range"
stdout: |
  iterator recovered boom
  loop panics: true
*/

package main

import (
	"fmt"
	"runtime"
)

func swallowing(yield func(int) bool) {
	defer func() { fmt.Println("iterator recovered", recover()) }()
	yield(1)
}

func run() {
	for range swallowing {
		panic("boom")
	}
	fmt.Println("not reached")
}

func main() {
	defer func() {
		_, ok := recover().(runtime.Error)
		fmt.Println("loop panics:", ok)
	}()
	run()
}
