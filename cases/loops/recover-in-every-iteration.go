/*
title: A function literal called in each iteration recovers, and the loop goes on
tags: [loop, recover, literal]
owes: >
  The literal is the function that defers and returns normally after the recovery, so the loop continues.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  0 fine
  1 recovered odd
  2 fine
  3 recovered odd
  sum 2
*/

package main

import "fmt"

func main() {
	sum := 0
	for n := 0; n < 4; n++ {
		func() {
			defer func() {
				if reason := recover(); reason != nil {
					fmt.Println(n, "recovered", reason)
				}
			}()
			if n%2 == 1 {
				panic("odd")
			}
			fmt.Println(n, "fine")
			sum += n
		}()
	}
	fmt.Println("sum", sum)
}
