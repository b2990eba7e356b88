/*
title: Goexit in a callback runs the library's deferred calls too
tags: [goexit, library, mutex]
owes: >
  All deferred calls of the goroutine run, also those of packages: sync.Once is marked as done and its lock
  is free afterwards.
source: [https://pkg.go.dev/runtime#Goexit, "https://pkg.go.dev/sync#Once.Do"]
stdout: |
  callback deferred
  unlocked: true
  the second call does nothing
*/

package main

import (
	"fmt"
	"runtime"
	"sync"
)

func main() {
	var once sync.Once
	var lock sync.Mutex
	var group sync.WaitGroup
	group.Add(1)
	go func() {
		defer group.Done()
		lock.Lock()
		defer lock.Unlock()
		once.Do(func() {
			defer fmt.Println("callback deferred")
			runtime.Goexit()
		})
		fmt.Println("not reached")
	}()
	group.Wait()
	fmt.Println("unlocked:", lock.TryLock())
	once.Do(func() { fmt.Println("not reached") })
	fmt.Println("the second call does nothing")
}
