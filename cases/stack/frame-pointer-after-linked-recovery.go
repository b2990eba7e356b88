/*
title: The frame pointer is right again after a recovery by a frame of linked deferred calls
tags: [pending, linked, stack, recover]
owes: >
  A deferred call that runs after a recovery stands on the stack of the function that deferred it, and of that one's
  callers. The execution tracer walks the stack by frame pointers and must find them all.
source: [https://go.dev/ref/spec#Handling_panics, https://go.dev/issue/61766]
stdout: |
  recovered told
  the stack has the caller: true
*/

package main

import (
	"bytes"
	"fmt"
	"runtime/trace"
)

//go:noinline
func callerThatIsFound(done chan bool) { run(done) }

//go:noinline
func run(done chan bool) {
	calls := []func(){
		func() { go func() { done <- true }() },
		func() { fmt.Println("recovered", recover()) },
	}
	for _, call := range calls {
		defer call()
	}
	panic("told")
}

func main() {
	var events bytes.Buffer
	if err := trace.Start(&events); err != nil {
		fmt.Println(err)
		return
	}
	done := make(chan bool, 1)
	callerThatIsFound(done)
	<-done
	trace.Stop()
	fmt.Println("the stack has the caller:", bytes.Contains(events.Bytes(), []byte("callerThatIsFound")))
}
