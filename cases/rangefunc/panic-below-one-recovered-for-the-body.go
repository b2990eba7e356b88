/*
title: A panic below one that a call deferred in the body of a range over a function recovers keeps its value
tags: [rangefunc, recover, linked]
on: "gc >=1.23"
owes: >
  The recovery ends the second panic and lets the function of the loop return. The first panic goes on to its caller,
  whose recover gives that panic's value. Go 1.23 up to 1.23.4 goes on at a wrong place, where a run-time error takes
  the first panic's place.
source:
  - https://go.dev/ref/spec#Handling_panics
  - https://go.dev/ref/spec#For_range
  - https://go.dev/issue/71675
stdout: |
  recovered second
  recovered first
*/

package main

import "fmt"

func once(yield func() bool) { yield() }

func show() {
	if v, isText := recover().(string); isText {
		fmt.Println("recovered", v)
	} else {
		fmt.Println("recovered something else")
	}
}

func loops() {
	for range once {
		defer show()
	}
	defer func() { panic("second") }()
}

func main() {
	defer show()
	defer loops()
	panic("first")
}
