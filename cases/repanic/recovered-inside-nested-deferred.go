/*
title: Panics nested three deep are recovered one by one from the inside
tags: [repanic, nested, recover, chain]
owes: >
  Each recover is called directly by a deferred function that the panic of its level runs, so each gets its
  own panic, and the levels end in the reverse of the order in which they began.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  level 3: three
  level 2: two
  level 1: one
*/

package main

import "fmt"

func level3() {
	defer func() { fmt.Println("level 3:", recover()) }()
	panic("three")
}

func level2() {
	defer func() {
		level3()
		fmt.Println("level 2:", recover())
	}()
	panic("two")
}

func level1() {
	defer func() {
		level2()
		fmt.Println("level 1:", recover())
	}()
	panic("one")
}

func main() { level1() }
