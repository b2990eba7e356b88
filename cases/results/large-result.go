/*
title: A large array result keeps what was assigned before and after the panic
tags: [results, named, recover, large-frame]
owes: >
  Named results of any size are ordinary variables to the deferred functions, during panicking too.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  1 2 3
*/

package main

import "fmt"

func fill() (table [512]int) {
	defer func() { table[2] = 3 }()
	defer func() {
		recover()
		table[1] = 2
	}()
	table[0] = 1
	panic("half way")
}

func main() {
	table := fill()
	fmt.Println(table[0], table[1], table[2])
}
