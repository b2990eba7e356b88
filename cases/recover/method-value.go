/*
title: A deferred method value recovers
tags: [recover, method-value, wrapper]
owes: >
  The function that a method value stands for is the method, so its direct call of recover counts, whatever
  wrapper the compiler makes around it.
source: [https://go.dev/ref/spec#Handling_panics, "https://go.dev/ref/spec#Method_values"]
stdout: |
  by value: one
  by pointer: two
  from field: three
*/

package main

import "fmt"

type guard struct{ label string }

func (g guard) value()    { fmt.Println(g.label, recover()) }
func (g *guard) pointer() { fmt.Println(g.label, recover()) }

type holder struct{ handle func() }

func one() {
	handle := guard{"by value:"}.value
	defer handle()
	panic("one")
}

func two() {
	handle := (&guard{"by pointer:"}).pointer
	defer handle()
	panic("two")
}

func three() {
	h := holder{handle: guard{"from field:"}.value}
	defer h.handle()
	panic("three")
}

func main() {
	one()
	two()
	three()
}
