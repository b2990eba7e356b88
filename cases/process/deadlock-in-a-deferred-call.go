/*
title: A deferred call that blocks for ever while a panic is running
tags: [process, deadlock, panic, mutex]
owes: >
  The panic waits for the deferred call, which waits for ever; the program ends by the deadlock, and the
  panic is never recovered.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  locking again
exit: 2
stderr: |
  fatal error: all goroutines are asleep - deadlock!
*/

package main

import (
	"fmt"
	"sync"
)

func main() {
	var lock sync.Mutex
	lock.Lock()
	defer lock.Unlock()
	defer lock.Lock()
	defer fmt.Println("locking again")
	panic("boom")
}
