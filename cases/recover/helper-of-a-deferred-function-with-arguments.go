/*
title: A helper does not recover for a deferred function that takes arguments
tags: [recover, nested, wrapper, inlining]
owes: >
  recover is called by the helper, and the helper by the deferred function, so recover is not called
  directly by a deferred function and returns nil, whether the compiler inlines the call or not.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  helper: <nil>
  caller: boom
xfail:
  - on: "gc >=1.22 <1.26"
    reason: >
      The compiler wraps a deferred call that has arguments in a literal; the deferred function is inlined
      into it and the helper is taken for it.
    issue: https://go.dev/issue/73916
*/

package main

import "fmt"

var got any

func helper() { got = recover() }

func handle(int) { helper() }

func run() {
	defer func() { fmt.Println("helper:", got) }()
	defer handle(1)
	panic("boom")
}

func main() {
	defer func() { fmt.Println("caller:", recover()) }()
	run()
}
