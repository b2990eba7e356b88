/*
title: Five conditional deferred calls, every subset of them, recovered by each that is in it
tags: [open-coded, conditional, recover, pending]
owes: >
  Exactly the deferred calls whose statement executed run, once each and in order, and the panic ends at the
  one that recovers.
source: [https://go.dev/ref/spec#Defer_statements, https://go.dev/ref/spec#Handling_panics]
stdout: |
  80 programs, 0 wrong
*/

package main

import (
	"fmt"
	"strings"
)

type recorder struct {
	at    int
	trail strings.Builder
}

func (r *recorder) step(n int) {
	fmt.Fprint(&r.trail, n)
	if n == r.at && recover() != nil {
		r.trail.WriteString("!")
	}
}

func run(set int, r *recorder) {
	if set&1 != 0 {
		defer r.step(0)
	}
	if set&2 != 0 {
		defer r.step(1)
	}
	if set&4 != 0 {
		defer r.step(2)
	}
	if set&8 != 0 {
		defer r.step(3)
	}
	if set&16 != 0 {
		defer r.step(4)
	}
	panic("boom")
}

func want(set, at int) string {
	var trail strings.Builder
	for n := 4; n >= 0; n-- {
		if set&(1<<n) == 0 {
			continue
		}
		fmt.Fprint(&trail, n)
		if n == at {
			trail.WriteString("!")
		}
	}
	return trail.String()
}

func main() {
	programs, wrong := 0, 0
	for set := 1; set < 32; set++ {
		for at := 0; at < 5; at++ {
			if set&(1<<at) == 0 {
				continue
			}
			programs++
			r := &recorder{at: at}
			run(set, r)
			if got := r.trail.String(); got != want(set, at) {
				wrong++
				fmt.Println("set", set, "at", at, "got", got, "want", want(set, at))
			}
		}
	}
	fmt.Println(programs, "programs,", wrong, "wrong")
}
