/*
title: Each goroutine recovers its own panic
tags: [goroutine, recover, parallel]
owes: >
  A panic belongs to the goroutine that panics; recover in another goroutine gives nil, however many panic
  at the same time.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  100 recovered their own
  main sees <nil>
*/

package main

import (
	"fmt"
	"sync"
)

func worker(n int, own *[100]bool, group *sync.WaitGroup) {
	defer group.Done()
	defer func() { own[n] = recover() == n }()
	panic(n)
}

func main() {
	var own [100]bool
	var group sync.WaitGroup
	for n := range own {
		group.Add(1)
		go worker(n, &own, &group)
	}
	group.Wait()
	count := 0
	for _, ok := range own {
		if ok {
			count++
		}
	}
	fmt.Println(count, "recovered their own")
	fmt.Println("main sees", recover())
}
