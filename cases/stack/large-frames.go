/*
title: Frames of many kilobytes between the panic and the recovery
tags: [stack, large-frame, open-coded, recover, pending]
owes: >
  The size of a frame does not matter: its variables and pending calls are found again after the recovery.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  inner block 1 32767
  recovered boom
  outer block 2 65535
  sum 98304
*/

package main

import "fmt"

func inner() {
	var block [32768]int32
	block[0], block[32767] = 1, 32767
	defer func() { fmt.Println("inner block", block[0], block[32767]) }()
	panic("boom")
}

func outer() (sum int) {
	var block [65536]uint16
	block[0], block[65535] = 2, 65535
	defer func() {
		fmt.Println("outer block", block[0], block[65535])
		sum += int(block[65535])
	}()
	defer func() {
		fmt.Println("recovered", recover())
		sum = 32769
	}()
	inner()
	return 0
}

func main() { fmt.Println("sum", outer()) }
