/*
title: Of four deferred calls each in turn recovers
tags: [open-coded, recover, pending]
owes: >
  Wherever the recovery happens, every deferred call runs exactly once and in order, those below it after
  the recovery.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  4! 3 2 1
  4 3! 2 1
  4 3 2! 1
  4 3 2 1!
*/

package main

import "fmt"

func four(at int) (trail string) {
	defer func() {
		if at == 1 && recover() != nil {
			trail += "1!"
			return
		}
		trail += "1"
	}()
	defer func() {
		if at == 2 && recover() != nil {
			trail += "2! "
			return
		}
		trail += "2 "
	}()
	defer func() {
		if at == 3 && recover() != nil {
			trail += "3! "
			return
		}
		trail += "3 "
	}()
	defer func() {
		if at == 4 && recover() != nil {
			trail += "4! "
			return
		}
		trail += "4 "
	}()
	panic("boom")
}

func main() {
	for at := 4; at >= 1; at-- {
		fmt.Println(four(at))
	}
}
