/*
title: A Goexit that goes on after a recovered panic runs a deferred close
tags: [goexit, recover]
owes: >
  The panic that a deferred call of Goexit raises replaces nothing of it: when it is recovered, Goexit goes on, and the
  goroutine's first function closes the channel that main waits for.
source: https://pkg.go.dev/runtime#Goexit
stdout: |
  closed
xfail:
  - on: "gc <1.22"
    reason: With another panic below it the Goexit is dropped, the close is lost, and main waits for ever.
    issue: https://go.dev/issue/29226
*/

package main

import (
	"fmt"
	"runtime"
)

func main() {
	done := make(chan bool)
	go func() {
		defer close(done)
		f1()
	}()
	<-done
	fmt.Println("closed")
}

func f1() {
	defer f4()
	defer f2()
	panic("p")
}

func f2() {
	for i := 0; i < 1; i++ {
		defer f3()
	}
	runtime.Goexit()
}

func f3() { panic("p") }

func f4() { recover() }
