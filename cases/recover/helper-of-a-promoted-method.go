/*
title: A helper does not recover for a promoted method that is deferred through a function value
tags: [recover, nested, wrapper, embedded, inlining]
owes: >
  The deferred function is the promoted method; the helper that it calls is one level too deep, whatever
  the compiler inlines into the method's wrapper.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  helper: <nil>
  caller: boom
xfail:
  - on: "gc >=1.20 <1.26"
    reason: >
      The promoted method is inlined into its compiler-made wrapper, which then looks like the deferred
      function's frame, and the helper like the method's.
    issue: https://go.dev/issue/73920
*/

package main

import "fmt"

var got any

func helper() { got = recover() }

type inner int

func (*inner) handle() { helper() }

type outer struct{ *inner }

var handle = (*outer).handle

func run(o *outer) {
	defer func() { fmt.Println("helper:", got) }()
	defer handle(o)
	panic("boom")
}

func main() {
	defer func() { fmt.Println("caller:", recover()) }()
	run(&outer{new(inner)})
}
