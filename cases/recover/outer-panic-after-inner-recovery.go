/*
title: A deferred function recovers the panic that runs it after it has had and recovered one of its own
tags: [recover, nested, twice]
owes: >
  Once the inner panic is recovered, recover called directly by the outer deferred function again means the
  panic that runs this function.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  inner
  outer
  <nil>
*/

package main

import "fmt"

func run() {
	defer func() {
		func() {
			defer func() { fmt.Println(recover()) }()
			panic("inner")
		}()
		fmt.Println(recover())
		fmt.Println(recover())
	}()
	panic("outer")
}

func main() { run() }
