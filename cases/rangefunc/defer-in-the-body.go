/*
title: A call deferred in the body of a range over a function runs when the enclosing function returns
tags: [rangefunc, lifo, linked]
on: "gc >=1.23"
owes: >
  The body is part of the function that holds the loop, so what it defers belongs to that function, not to
  the iterator's calls.
source: ["https://go.dev/ref/spec#For_range", https://go.dev/ref/spec#Defer_statements]
stdout: |
  body 1
  body 2
  iterator done
  after the loop
  deferred 2
  deferred 1
  deferred before
*/

package main

import "fmt"

func count(yield func(int) bool) {
	defer fmt.Println("iterator done")
	for n := 1; n <= 2; n++ {
		if !yield(n) {
			return
		}
	}
}

func run() {
	defer fmt.Println("deferred before")
	for n := range count {
		fmt.Println("body", n)
		defer fmt.Println("deferred", n)
	}
	fmt.Println("after the loop")
}

func main() { run() }
