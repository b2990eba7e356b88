/*
title: The function value, the receiver and the arguments are evaluated when the defer statement executes
tags: [lifo, method, arguments]
owes: >
  Each time a defer statement executes, the function value and the parameters of the call are evaluated and
  saved; what the variables hold later does not matter to the deferred call.
source: https://go.dev/ref/spec#Defer_statements
stdout: |
  account old 2 changed to new
  now 1
  now 0
*/

package main

import "fmt"

type account struct{ name string }

func (a account) show(amount int, note string) {
	fmt.Println("account", a.name, amount, note)
}

func next(counter *int) int {
	*counter++
	return *counter
}

func run() {
	counter := 1
	a := account{name: "old"}
	note := "changed to " + "new"
	report := func(n int) { fmt.Println("now", n) }
	defer report(counter - 1)
	defer report(counter)
	defer a.show(next(&counter), note)

	a.name = "new"
	note = ""
	counter = 100
	report = nil
	_, _ = note, report
}

func main() { run() }
