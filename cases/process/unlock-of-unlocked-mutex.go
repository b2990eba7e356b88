/*
title: A fatal error of the library in a deferred call cannot be recovered
tags: [process, mutex, library]
owes: >
  Unlocking a mutex that is not locked is a fatal error: no deferred function runs, so none recovers.
source: "https://pkg.go.dev/sync#Mutex.Unlock"
stdout: |
  body
exit: 2
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
	fmt.Println("body")
}
