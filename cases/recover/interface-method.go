/*
title: A deferred call through an interface recovers, for value and pointer receivers
tags: [recover, interface, wrapper]
owes: >
  The deferred function is the method of the dynamic value; how the interface's table reaches it does not
  make its call of recover less direct.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  value in interface: a
  pointer in interface: b
  pointer to value method: c
  word-sized value: d
*/

package main

import "fmt"

type guard interface{ handle() }

type byValue struct{ label, unused string }

func (g byValue) handle() { fmt.Println(g.label, recover()) }

type byPointer struct{ label string }

func (g *byPointer) handle() { fmt.Println(g.label, recover()) }

type function func() string

func (f function) handle() { fmt.Println(f(), recover()) }

func run(g guard, value string) {
	defer g.handle()
	panic(value)
}

func main() {
	run(byValue{"value in interface:", ""}, "a")
	run(&byPointer{"pointer in interface:"}, "b")
	run(&byValue{"pointer to value method:", ""}, "c")
	run(function(func() string { return "word-sized value:" }), "d")
}
