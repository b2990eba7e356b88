/*
title: Nine deferred calls, one more than can be open-coded, recovered at each end
tags: [linked, recover, pending]
owes: >
  How a function's deferred calls are compiled is not visible: all nine run exactly once and in order.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  [9! 8 7 6 5 4 3 2 1]
  [9 8 7 6 5! 4 3 2 1]
  [9 8 7 6 5 4 3 2 1!]
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

func nine(r *recorder) {
	defer r.step(1)
	defer r.step(2)
	defer r.step(3)
	defer r.step(4)
	defer r.step(5)
	defer r.step(6)
	defer r.step(7)
	defer r.step(8)
	defer r.step(9)
	panic("boom")
}

func main() {
	for at := 9; at >= 1; at -= 4 {
		r := &recorder{at: at}
		nine(r)
		fmt.Println(r.trail)
	}
}
