/*
title: Saved arguments of pending calls are intact after a recovery
tags: [open-coded, recover, pending, arguments]
owes: >
  The arguments were saved by the defer statements and must reach the calls unchanged, however the frame was
  left and entered again; a garbage collection in between must not lose them.
source: https://go.dev/ref/spec#Defer_statements
stdout: |
  collected
  [1 2 3] map[a:1] text 0x2a
  pair {left 7} 2.5 (1+2i)
*/

package main

import (
	"fmt"
	"runtime"
)

type pair struct {
	name string
	n    int
}

func showPair(p pair, f float64, c complex128) { fmt.Println("pair", p, f, c) }

func showAll(list []int, table map[string]int, text string, n any) {
	fmt.Printf("%v %v %s %#x\n", list, table, text, n)
}

func run() {
	defer showPair(pair{"left", 7}, 2.5, 1+2i)
	defer showAll([]int{1, 2, 3}, map[string]int{"a": 1}, fmt.Sprint("te", "xt"), 42)
	defer func() {
		recover()
		runtime.GC()
		fmt.Println("collected")
	}()
	panic("boom")
}

func main() { run() }
