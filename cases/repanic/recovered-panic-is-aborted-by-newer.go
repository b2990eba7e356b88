/*
title: A panic that was recovered but whose deferred function panics again is not resumed
tags: [repanic, recover, pending]
owes: >
  recover marks the first panic as ended, but the deferred function does not return: its new panic goes on
  with the function's remaining deferred calls, and the recovery of the new one ends everything.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  3 recovered first
  2 recovered second
  1 sees <nil>
  returned
*/

package main

import "fmt"

func run() {
	defer func() { fmt.Println("1 sees", recover()) }()
	defer func() { fmt.Println("2 recovered", recover()) }()
	defer func() {
		fmt.Println("3 recovered", recover())
		panic("second")
	}()
	panic("first")
}

func main() {
	run()
	fmt.Println("returned")
}
