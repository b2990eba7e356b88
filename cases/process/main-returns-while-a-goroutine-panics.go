/*
title: A goroutine that panics while main returns ends the process
tags: [goroutine, uncaught]
owes: >
  Where main returns while another goroutine runs its deferred calls for a panic, the language lets the process end
  either way. The runtime lets these calls end first, so that a panic is not lost: Go does since 1.8.
source: https://go.dev/issue/3934
exit: 2
stdout: |
  the deferred call begins
  main returns
  the deferred call ends
stderr: |
  panic: told
*/

package main

import (
	"fmt"
	"runtime"
)

func main() {
	runtime.GOMAXPROCS(1)
	begun := make(chan bool, 1)
	go func() {
		defer func() {
			fmt.Println("the deferred call begins")
			begun <- true
			for i := 0; i < 300; i++ {
				runtime.Gosched()
			}
			fmt.Println("the deferred call ends")
		}()
		panic("told")
	}()
	<-begun
	fmt.Println("main returns")
}
