/*
title: Dereferencing a nil pointer, for reading and writing
tags: [runtime-error, signal, recover, pending]
owes: >
  The processor's fault becomes a run-time panic in the goroutine that made it, which runs its deferred
  calls and is recovered as any other; variables hold what they held.
source: ["https://go.dev/ref/spec#Address_operators", https://go.dev/ref/spec#Run_time_panics]
stdout: |
  read: runtime error: invalid memory address or nil pointer dereference
  progress 1
  write: runtime error: invalid memory address or nil pointer dereference
  progress 2
*/

package main

import "fmt"

type node struct {
	value int
	next  *node
}

func read(n *node) (progress int) {
	defer func() { fmt.Println("read:", recover()) }()
	progress = 1
	progress = n.next.value
	return progress
}

func write(n *node) (progress int) {
	defer func() { progress++ }()
	defer func() { fmt.Println("write:", recover()) }()
	progress = 1
	n.next.value = progress
	progress = 9
	return progress
}

func main() {
	fmt.Println("progress", read(&node{}))
	fmt.Println("progress", write(&node{}))
}
