/*
title: The execution trace is written out before an uncaught panic ends the process
tags: [uncaught]
owes: >
  The panic is fatal. What the execution tracer has recorded until then is given to its writer first, so that a trace
  tells how the program came to its end.
source: https://go.dev/doc/go1.23#runtime/trace
on: gc >=1.23
exit: 2
stdout: |
  the trace is written
stderr: |
  panic: fatal
*/

package main

import (
	"fmt"
	"runtime/trace"
	"sync/atomic"
)

// watch tells when it is first written to after the panic began.
type watch struct {
	panicking atomic.Bool
	said      atomic.Bool
}

func (w *watch) Write(data []byte) (int, error) {
	if w.panicking.Load() && w.said.CompareAndSwap(false, true) {
		fmt.Println("the trace is written")
	}
	return len(data), nil
}

func main() {
	w := new(watch)
	if err := trace.Start(w); err != nil {
		fmt.Println(err)
		return
	}
	defer w.panicking.Store(true)
	panic("fatal")
}
