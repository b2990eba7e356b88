/*
title: A promoted method recovers when it is deferred
tags: [recover, embedded, wrapper]
owes: >
  A method promoted from an embedded field is called as if it were the outer type's own, so the call of
  recover in it is direct, for embedded values, pointers and interfaces at any depth.
source: [https://go.dev/ref/spec#Handling_panics, "https://go.dev/ref/spec#Struct_types"]
stdout: |
  embedded value: 1
  embedded pointer: 2
  embedded interface: 3
  two levels: 4
  as method value: 5
*/

package main

import "fmt"

type handler interface{ handle() }

type base struct{ label string }

func (b base) handle() { fmt.Println(b.label, recover()) }

type pointerBase struct{ label string }

func (b *pointerBase) handle() { fmt.Println(b.label, recover()) }

type withValue struct {
	padding [3]int
	base
}

type withPointer struct {
	padding [3]int
	*pointerBase
}

type withInterface struct {
	padding [3]int
	handler
}

type deep struct {
	padding [3]int
	withPointer
}

func run(h handler, value int) {
	defer h.handle()
	panic(value)
}

func runMethodValue(h *deep, value int) {
	handle := h.handle
	defer handle()
	panic(value)
}

func main() {
	run(withValue{base: base{"embedded value:"}}, 1)
	run(withPointer{pointerBase: &pointerBase{"embedded pointer:"}}, 2)
	run(&withInterface{handler: base{"embedded interface:"}}, 3)
	run(&deep{withPointer: withPointer{pointerBase: &pointerBase{"two levels:"}}}, 4)
	runMethodValue(&deep{withPointer: withPointer{pointerBase: &pointerBase{"as method value:"}}}, 5)
}
