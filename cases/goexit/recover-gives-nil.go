/*
title: recover returns nil in deferred functions that Goexit runs, and stops nothing
tags: [goexit, recover]
owes: Goexit is not a panic, so any recover call in those deferred functions returns nil.
source: https://pkg.go.dev/runtime#Goexit
stdout: |
  inner <nil>
  outer <nil>
  goroutine ended
*/

package main

import (
	"fmt"
	"runtime"
)

func f() {
	defer func() { fmt.Println("inner", recover()) }()
	runtime.Goexit()
}

func main() {
	done := make(chan bool)
	go func() {
		defer close(done)
		defer func() { fmt.Println("outer", recover()) }()
		f()
		fmt.Println("not reached")
	}()
	<-done
	fmt.Println("goroutine ended")
}
