/*
title: A fatal error in a deferred call that a panic runs
tags: [process, mutex, library, panic]
owes: >
  The fatal error ends the program there and then; the deferred function that would have recovered the panic
  is not run.
source: ["https://pkg.go.dev/sync#Mutex.Unlock", https://go.dev/ref/spec#Handling_panics]
stdout: |
  cleaning up
exit: 2
stderr: |
  panic: boom
  	fatal error: sync: unlock of unlocked mutex
differs:
  - on: "gc <1.26"
    because: The report of a fatal error lists the panics that were running since Go 1.26.
    stderr: |
      fatal error: sync: unlock of unlocked mutex
  - on: "gccgo"
    because: gccgo 12 has the reports of Go 1.18.
    stderr: |
      fatal error: sync: unlock of unlocked mutex
*/

package main

import (
	"fmt"
	"sync"
)

func main() {
	var lock sync.Mutex
	defer func() { fmt.Println("not reached", recover()) }()
	defer lock.Unlock()
	defer fmt.Println("cleaning up")
	panic("boom")
}
