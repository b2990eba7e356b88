/*
title: A generic function turns a panic into an error beside a result of its type parameter
tags: [generics, results, recover, nested]
on: "gc >=1.18"
owes: The result of a type parameter's type is its zero value unless it was set before the panic.
source: [https://go.dev/ref/spec#Handling_panics, https://go.dev/ref/spec#Return_statements]
stdout: |
  3 <nil>
  "" runtime error: integer divide by zero
  [] no list
*/

package main

import "fmt"

func try[T any](f func() T) (result T, err error) {
	defer func() {
		switch reason := recover().(type) {
		case nil:
		case error:
			err = reason
		default:
			err = fmt.Errorf("%v", reason)
		}
	}()
	return f(), nil
}

func main() {
	zero := 0
	n, err := try(func() int { return 3 })
	fmt.Println(n, err)
	text, err := try(func() string { return fmt.Sprint(1 / zero) })
	fmt.Printf("%q %v\n", text, err)
	list, err := try(func() []int { panic("no list") })
	fmt.Println(list, err)
}
