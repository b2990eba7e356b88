/*
title: GODEBUG=panicnil=1 gives back the panic(nil) of Go 1.20, and counts it
tags: [panicnil, recover, value]
owes: >
  With the setting, which may be made while the program runs, recover returns the nil that panic got, and the metric of
  that setting counts each such panic.
source: [https://go.dev/doc/go1.21#language, https://go.dev/doc/godebug]
on: "gc >=1.21"
godebug: panicnil=1
stdout: |
  recovered nil
  recovered nil
  counted 2
*/

package main

import (
	"fmt"
	_ "math/rand" // has the package that counts
	"os"
	"runtime/metrics"
)

func run() {
	defer func() {
		if got := recover(); got == nil {
			fmt.Println("recovered nil")
		} else {
			fmt.Println("recovered", got)
		}
	}()
	panic(nil)
}

func main() {
	os.Setenv("GODEBUG", "panicnil=1")
	run()
	run()
	sample := []metrics.Sample{{Name: "/godebug/non-default-behavior/panicnil:events"}}
	metrics.Read(sample)
	fmt.Println("counted", sample[0].Value.Uint64())
}
