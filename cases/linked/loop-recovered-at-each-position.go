/*
title: Of deferred calls made by a loop each in turn recovers
tags: [linked, loop, recover, pending]
owes: >
  A defer statement in a loop defers one call each time round; all of them run once, last first, whichever
  of them recovers.
source: [https://go.dev/ref/spec#Defer_statements, https://go.dev/ref/spec#Handling_panics]
stdout: |
  [3! 2 1]
  [3 2! 1]
  [3 2 1!]
*/

package main

import "fmt"

type recorder struct {
	at    int
	trail []string
}

func (r *recorder) step(n int) {
	mark := ""
	if n == r.at && recover() != nil {
		mark = "!"
	}
	r.trail = append(r.trail, fmt.Sprint(n, mark))
}

func run(r *recorder) {
	for n := 1; n <= 3; n++ {
		defer r.step(n)
	}
	panic("boom")
}

func main() {
	for at := 3; at >= 1; at-- {
		r := &recorder{at: at}
		run(r)
		fmt.Println(r.trail)
	}
}
