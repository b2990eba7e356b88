/*
title: A select statement panics in a send case
tags: [runtime-error, select, channel, recover, pending]
owes: >
  If the chosen send is on a closed channel, the select statement panics and no clause runs; deferred calls
  run as ever.
source: ["https://go.dev/ref/spec#Select_statements", "https://go.dev/ref/spec#Send_statements"]
stdout: |
  recovered send on closed channel
  pending
*/

package main

import "fmt"

func run(out chan int) {
	defer fmt.Println("pending")
	defer func() { fmt.Println("recovered", recover()) }()
	select {
	case out <- 1:
		fmt.Println("not reached: sent")
	default:
		fmt.Println("not reached: default")
	}
}

func main() {
	out := make(chan int)
	close(out)
	run(out)
}
