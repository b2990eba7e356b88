/*
title: A deferred function changes a named result after the return statement has set it
tags: [results, named]
owes: >
  A return statement sets the result parameters before any deferred function runs, and deferred functions
  may read and change named results before the caller gets them.
source: [https://go.dev/ref/spec#Defer_statements, https://go.dev/ref/spec#Return_statements]
stdout: |
  42
*/

package main

import "fmt"

func double() (result int) {
	defer func() { result *= 7 }()
	return 6
}

func main() { fmt.Println(double()) }
