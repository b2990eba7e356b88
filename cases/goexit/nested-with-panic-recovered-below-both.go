/*
title: Two Goexits in different frames, a panic recovered below both, and no deferred call is lost
tags: [goexit, nested, panic, recover, frames, linked]
owes: >
  The recovering frame lies below both Goexits; control goes back to a running Goexit, which runs every
  deferred call that is still pending in the goroutine.
source: [https://pkg.go.dev/runtime#Goexit, "https://go.dev/issue/29226"]
stdout: |
  inner exits again
  inner panics
  outer recovered boom
  caller deferred
  lost: false
xfail:
  - on: "gc <1.22"
    reason: >
      The recovery gives control back to a Goexit that no longer finds the callers' deferred calls, and the
      goroutine ends without running them (a relative of this issue, whose fix sees one Goexit only).
    issue: https://go.dev/issue/29226
*/

package main

import (
	"fmt"
	"runtime"
	"time"
)

func inner() {
	for _, word := range []string{"boom"} {
		defer func() {
			fmt.Println("inner panics")
			panic(word)
		}()
	}
	fmt.Println("inner exits again")
	runtime.Goexit()
}

func outer() {
	defer func() { fmt.Println("outer recovered", recover()) }()
	defer inner()
	runtime.Goexit()
}

func main() {
	done := make(chan bool)
	go func() {
		defer close(done)
		defer fmt.Println("caller deferred")
		outer()
		fmt.Println("not reached")
	}()
	select {
	case <-done:
		fmt.Println("lost: false")
	case <-time.After(time.Second):
		fmt.Println("lost: true")
	}
}
