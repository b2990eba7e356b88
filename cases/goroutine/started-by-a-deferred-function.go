/*
title: A goroutine that a deferred function starts during a panic is not panicking
tags: [goroutine, recover, nested]
owes: >
  The new goroutine begins afresh: its deferred functions have nothing to recover, and the panic stays with
  the goroutine that panicked.
source: [https://go.dev/ref/spec#Handling_panics, "https://go.dev/ref/spec#Go_statements"]
stdout: |
  goroutine sees <nil>
  recovered boom
*/

package main

import "fmt"

func report(done chan<- bool) {
	defer close(done)
	defer func() { fmt.Println("goroutine sees", recover()) }()
}

func run() {
	defer func() {
		done := make(chan bool)
		go report(done)
		<-done
		fmt.Println("recovered", recover())
	}()
	panic("boom")
}

func main() { run() }
