/*
title: Ten thousand deferred calls run under a panic, each once
tags: [loop, linked, many, recover]
owes: The number of deferred calls is not limited, and none is lost or run twice.
source: https://go.dev/ref/spec#Defer_statements
stdout: |
  10000 calls, in order true, recovered enough
*/

package main

import "fmt"

type tally struct {
	calls, next int
	ordered     bool
	reason      any
}

func (t *tally) count(n int) {
	t.calls++
	t.ordered = t.ordered && n == t.next
	t.next--
}

func run(t *tally) {
	defer func() { t.reason = recover() }()
	for n := 1; n <= 10000; n++ {
		defer t.count(n)
	}
	panic("enough")
}

func main() {
	t := &tally{next: 10000, ordered: true}
	run(t)
	fmt.Printf("%d calls, in order %v, recovered %v\n", t.calls, t.ordered, t.reason)
}
