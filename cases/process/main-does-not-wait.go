/*
title: The process ends when main returns, though a goroutine is in a deferred call
tags: [process, goroutine, channel]
owes: >
  When the main function returns, the program exits without waiting for other goroutines; their deferred
  calls are not run.
source: "https://go.dev/ref/spec#Program_execution"
stdout: |
  goroutine is in its deferred call
  main deferred
*/

package main

import "fmt"

func main() {
	defer fmt.Println("main deferred")
	blocked := make(chan bool)
	go func() {
		defer fmt.Println("not reached")
		defer func() {
			fmt.Println("goroutine is in its deferred call")
			close(blocked)
			select {}
		}()
		panic("never reported")
	}()
	<-blocked
}
