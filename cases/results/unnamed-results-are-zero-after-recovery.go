/*
title: Results that no return statement has set are zero after a recovery
tags: [results, unnamed, recover]
owes: >
  Result parameters begin as zero values; a function that panics before a return statement sets them
  returns those zero values once a deferred function has recovered.
source: [https://go.dev/ref/spec#Handling_panics, https://go.dev/ref/spec#Return_statements]
stdout: |
  0 "" [] <nil> {0 false}
*/

package main

import "fmt"

type pair struct {
	n  int
	ok bool
}

func fail() (int, string, []byte, error, pair) {
	defer func() { recover() }()
	if true {
		panic("before any return")
	}
	return 1, "one", []byte{1}, fmt.Errorf("one"), pair{1, true}
}

func main() {
	n, s, b, err, p := fail()
	fmt.Printf("%d %q %v %v %v\n", n, s, b, err, p)
}
