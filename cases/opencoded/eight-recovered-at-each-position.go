/*
title: Of eight deferred calls, as many as are open-coded, each in turn recovers
tags: [open-coded, recover, pending, method-value]
owes: >
  All eight run exactly once and in order, whichever of them recovers.
source: [https://go.dev/ref/spec#Handling_panics, "https://go.dev/cl/515856"]
stdout: |
  [8! 7 6 5 4 3 2 1]
  [8 7! 6 5 4 3 2 1]
  [8 7 6! 5 4 3 2 1]
  [8 7 6 5! 4 3 2 1]
  [8 7 6 5 4! 3 2 1]
  [8 7 6 5 4 3! 2 1]
  [8 7 6 5 4 3 2! 1]
  [8 7 6 5 4 3 2 1!]
*/

package main

import "fmt"

type recorder struct {
	at    int
	trail []string
}

func (r *recorder) step(n int) {
	if n == r.at && recover() != nil {
		r.trail = append(r.trail, fmt.Sprint(n, "!"))
		return
	}
	r.trail = append(r.trail, fmt.Sprint(n))
}

func eight(r *recorder) {
	defer r.step(1)
	defer r.step(2)
	defer r.step(3)
	defer r.step(4)
	defer r.step(5)
	defer r.step(6)
	defer r.step(7)
	defer r.step(8)
	panic("boom")
}

func main() {
	for at := 8; at >= 1; at-- {
		r := &recorder{at: at}
		eight(r)
		fmt.Println(r.trail)
	}
}
