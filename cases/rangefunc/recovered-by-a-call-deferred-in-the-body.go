/*
title: A function deferred in the loop's body recovers the body's panic
tags: [rangefunc, panic, recover, linked, results]
on: "gc >=1.23"
owes: >
  The deferred function belongs to the function around the loop: it recovers the panic there, and that
  function returns to its caller with its named results.
source: ["https://go.dev/ref/spec#For_range", https://go.dev/ref/spec#Handling_panics, "https://go.dev/issue/71675"]
stdout: |
  iterator cleans up
  recovered boom
  result 2
*/

package main

import "fmt"

func once(yield func(int) bool) {
	defer fmt.Println("iterator cleans up")
	yield(1)
	fmt.Println("not reached in once")
}

func run() (result int) {
	for n := range once {
		defer func() {
			fmt.Println("recovered", recover())
			result++
		}()
		result = n
		panic("boom")
	}
	return 9
}

func main() { fmt.Println("result", run()) }
