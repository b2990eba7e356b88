/*
title: The report of an uncaught run-time error in a deferred call gives the errors' texts
tags: [process, runtime-error, chain]
owes: Errors are reported by their text, newest last.
source: [https://go.dev/ref/spec#Handling_panics, https://go.dev/ref/spec#Run_time_panics]
stdout: |
  cleaning up
exit: 2
stderr: |
  panic: cannot start
  	panic: runtime error: index out of range [3] with length 2
*/

package main

import (
	"errors"
	"fmt"
)

func main() {
	names := []string{"a", "b"}
	last := 3
	defer func() {
		fmt.Println("cleaning up")
		fmt.Println(names[last])
	}()
	panic(errors.New("cannot start"))
}
