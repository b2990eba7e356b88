/*
title: Methods of the standard library are deferred like one's own
tags: [lifo, library, mutex]
owes: >
  A deferred call into another package runs in its turn; a function that the package calls back runs
  within that call, with its own deferred calls.
source: https://go.dev/ref/spec#Defer_statements
stdout: |
  locked
  once
  once deferred
  done
  lock is free: true
*/

package main

import (
	"fmt"
	"sync"
)

type job struct {
	sync.Mutex
	sync.WaitGroup
	once sync.Once
}

func (j *job) run() {
	j.Lock()
	defer j.Unlock()
	j.Add(1)
	defer j.Done()
	defer fmt.Println("done")
	defer j.once.Do(func() {
		defer fmt.Println("once deferred")
		fmt.Println("once")
	})
	fmt.Println("locked")
}

func main() {
	j := new(job)
	j.run()
	j.Wait()
	fmt.Println("lock is free:", j.TryLock())
}
