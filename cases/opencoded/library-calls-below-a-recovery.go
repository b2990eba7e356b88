/*
title: Deferred calls of builtins and of the library run below the one that recovers
tags: [open-coded, recover]
owes: >
  What is deferred need not be a function of the program: close, delete, a method of a mutex and fmt.Println run, too,
  with the arguments that they were deferred with.
source: https://go.dev/ref/spec#Defer_statements
stdout: |
  recovered a
  deferred with 1
  unlocked, closed, 0 left
*/

package main

import (
	"fmt"
	"sync"
)

func main() {
	var lock sync.Mutex
	done := make(chan bool)
	left := map[string]int{"a": 1}
	work(&lock, done, left)
	lock.Lock()
	_, open := <-done
	if !open {
		fmt.Println("unlocked, closed,", len(left), "left")
	}
}

func work(lock *sync.Mutex, done chan bool, left map[string]int) {
	n := 1
	lock.Lock()
	defer lock.Unlock()
	defer close(done)
	defer delete(left, "a")
	defer fmt.Println("deferred with", n)
	defer func() { fmt.Println("recovered", recover()) }()
	n = 2
	panic("a")
}
