/*
title: Integer division and remainder by zero
tags: [runtime-error, recover]
owes: >
  If the divisor is zero at run time, a run-time panic occurs; floating-point division does not panic.
source: "https://go.dev/ref/spec#Integer_operators"
stdout: |
  runtime error: integer divide by zero
  runtime error: integer divide by zero
  +Inf
*/

package main

import "fmt"

func try(f func() any) {
	defer func() {
		if reason := recover(); reason != nil {
			fmt.Println(reason)
		}
	}()
	fmt.Println(f())
}

func main() {
	zero := 0
	try(func() any { return 7 / zero })
	try(func() any { return uint8(7) % uint8(zero) })
	try(func() any { return 7 / float64(zero) })
}
