/*
title: Type assertions that do not hold
tags: [runtime-error, interface, recover]
owes: >
  An assertion of one result panics with a *runtime.TypeAssertionError; the form with two results does not.
source: "https://go.dev/ref/spec#Type_assertions"
stdout: |
  interface conversion: interface {} is string, not int
  interface conversion: interface is nil, not error
  comma ok: 0 false
*/

package main

import (
	"fmt"
	"runtime"
)

func try(f func()) {
	defer func() {
		if err, ok := recover().(*runtime.TypeAssertionError); ok {
			fmt.Println(err)
		}
	}()
	f()
}

func main() {
	var text, nothing any = "text", nil
	try(func() { fmt.Println(text.(int)) })
	try(func() { fmt.Println(nothing.(error)) })
	try(func() {
		n, ok := text.(int)
		fmt.Println("comma ok:", n, ok)
	})
}
