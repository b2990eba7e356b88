/*
title: Methods, method values and interface calls of a generic type
tags: [generics, method, method-value, interface, recover, wrapper]
on: "gc >=1.18"
owes: >
  A method of an instantiated type recovers when it is deferred, whatever wrapper passes it its type
  arguments.
source: [https://go.dev/ref/spec#Handling_panics, "https://go.dev/ref/spec#Instantiations"]
stdout: |
  method [boom]
  method value [boom boom]
  interface [boom boom boom]
*/

package main

import "fmt"

type log[T any] struct{ entries []T }

func (l *log[T]) catch(how string) {
	if entry, ok := recover().(T); ok {
		l.entries = append(l.entries, entry)
	}
	fmt.Println(how, l.entries)
}

type catcher interface{ catch(string) }

func byMethod[T any](l *log[T], value T) {
	defer l.catch("method")
	panic(value)
}

func byMethodValue[T any](l *log[T], value T) {
	catch := l.catch
	defer catch("method value")
	panic(value)
}

func byInterface[T any](c catcher, value T) {
	defer c.catch("interface")
	panic(value)
}

func main() {
	l := new(log[string])
	byMethod(l, "boom")
	byMethodValue(l, "boom")
	byInterface(l, "boom")
}
