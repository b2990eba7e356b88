/*
title: Every form of callee keeps its place in the order
tags: [lifo, method, method-value, interface]
owes: >
  A function, a closure, a method, a method value, a method expression, an interface's method, a function
  in a struct's field and a literal are all deferred alike.
source: https://go.dev/ref/spec#Defer_statements
stdout: |
  literal
  field
  interface t
  expression t
  value t
  pointer method t
  closure
  function
*/

package main

import "fmt"

type thing struct{ name string }

func (t thing) value()           { fmt.Println("value", t.name) }
func (t thing) expression()      { fmt.Println("expression", t.name) }
func (t *thing) pointer()        { fmt.Println("pointer method", t.name) }
func (t *thing) Do(label string) { fmt.Println(label, t.name) }

type doer interface{ Do(label string) }

type hooks struct{ before func(string) }

func function() { fmt.Println("function") }

func run() {
	t := thing{"t"}
	closure := func() { fmt.Println("closure") }
	method := t.value
	var d doer = &t
	h := hooks{before: func(word string) { fmt.Println(word) }}

	defer function()
	defer closure()
	defer t.pointer()
	defer method()
	defer thing.expression(t)
	defer d.Do("interface")
	defer h.before("field")
	defer func() { fmt.Println("literal") }()
}

func main() { run() }
