/*
title: A go statement's function is not a deferred function
tags: [goroutine, recover]
owes: recover called directly by the function that a go statement starts returns nil.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  go function sees <nil>
  deferred sees boom
*/

package main

import "fmt"

func look(who string, done chan<- bool) {
	defer close(done)
	fmt.Println(who, recover())
}

func run() {
	defer look("deferred sees", make(chan bool))
	defer func() {
		done := make(chan bool)
		go look("go function sees", done)
		<-done
	}()
	panic("boom")
}

func main() { run() }
