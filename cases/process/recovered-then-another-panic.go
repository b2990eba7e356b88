/*
title: The report marks a panic that was recovered before another one ended the process
tags: [process, repanic, recover, chain]
owes: The first panic is over, the second is what ends the program; gc reports both.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  recovered first
exit: 2
stderr: |
  panic: first [recovered]
  	panic: second
*/

package main

import "fmt"

func main() {
	defer func() {
		fmt.Println("recovered", recover())
		panic("second")
	}()
	panic("first")
}
