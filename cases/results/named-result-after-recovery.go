/*
title: A deferred function that recovers gives the function's named results
tags: [results, named, recover]
owes: >
  After a recovery the function that deferred the recovering function returns normally to its caller, with
  what its named results hold.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  0 division failed: runtime error: integer divide by zero
  3 <nil>
*/

package main

import "fmt"

func divide(a, b int) (quotient int, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("division failed: %v", reason)
		}
	}()
	return a / b, nil
}

func main() {
	fmt.Println(divide(3, 0))
	fmt.Println(divide(9, 3))
}
