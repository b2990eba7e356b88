/*
title: recover gives the very value that panic got
tags: [recover, value]
owes: >
  panic takes a value of any type and recover returns it unchanged: errors compare equal, pointers are the
  same pointer, functions can be called.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  same error: true
  same pointer: true
  function: 3
  array: [1 2]
*/

package main

import (
	"errors"
	"fmt"
)

func catch(value any) (reason any) {
	defer func() { reason = recover() }()
	panic(value)
}

func main() {
	err := errors.New("e")
	fmt.Println("same error:", catch(err) == err)
	number := new(int)
	fmt.Println("same pointer:", catch(number) == number)
	double := catch(func(n int) int { return 3 * n }).(func(int) int)
	fmt.Println("function:", double(1))
	fmt.Println("array:", catch([2]int{1, 2}))
}
