/*
title: A panic leaves a loop, and the calls deferred so far run
tags: [loop, linked, panic, recover, method-expression]
owes: Only the statements that executed have deferred anything when the panic leaves the loop.
source: [https://go.dev/ref/spec#Defer_statements, https://go.dev/ref/spec#Handling_panics]
stdout: |
  closing b
  closing a
  could not open c
*/

package main

import "fmt"

type file string

func open(name string) file {
	if name == "c" {
		panic("could not open " + name)
	}
	return file(name)
}

func (f file) close() { fmt.Println("closing", string(f)) }

func openAll(names ...string) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("%v", reason)
		}
	}()
	for _, name := range names {
		defer file.close(open(name))
	}
	return nil
}

func main() { fmt.Println(openAll("a", "b", "c", "d")) }
