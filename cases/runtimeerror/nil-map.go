/*
title: Assigning to an entry of a nil map
tags: [runtime-error, recover]
owes: >
  Storing to a nil map causes a run-time panic whose value is a runtime.Error; the assignment's statement
  does not complete.
source: ["https://go.dev/ref/spec#Map_types", https://go.dev/ref/spec#Run_time_panics]
stdout: |
  runtime error true: assignment to entry in nil map
*/

package main

import (
	"fmt"
	"runtime"
)

func run() {
	defer func() {
		err, ok := recover().(runtime.Error)
		fmt.Printf("runtime error %v: %v\n", ok, err)
	}()
	var ages map[string]int
	ages["ann"]++
	fmt.Println("not reached")
}

func main() { run() }
