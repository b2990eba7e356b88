/*
title: The only deferred call of a function recovers
tags: [open-coded, recover]
owes: The function returns to its caller with its named result after its one deferred call has recovered.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  1
*/

package main

import "fmt"

func one() (n int) {
	defer func() {
		if recover() != nil {
			n = 1
		}
	}()
	panic("boom")
}

func main() { fmt.Println(one()) }
