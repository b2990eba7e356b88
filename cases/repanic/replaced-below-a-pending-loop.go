/*
title: A replaced panic, a loop's deferred call and a panic deferred by it
tags: [repanic, nested, chain, linked, builtin, recover]
owes: >
  Panics 2 and 3 begin inside deferred functions and the newest is recovered at its level; afterwards
  nothing of them may remain when later functions panic, defer in a loop and recover.
source: [https://go.dev/ref/spec#Handling_panics, "https://go.dev/issue/43942"]
stdout: |
  recovered 1
  recovered 3
  first returned
  recovered 5
*/

package main

import "fmt"

func catch() { fmt.Println("recovered", recover()) }

func first() {
	defer func() {
		defer func() {
			defer catch()
			defer panic(3)
			panic(2)
		}()
		defer catch()
		panic(1)
	}()
}

func second() {
	for {
		defer func() {
			defer panic(5)
		}()
		break
	}
	panic(4)
}

func main() {
	defer catch()
	first()
	fmt.Println("first returned")
	second()
}
