/*
title: Builtins may be deferred, and keep their place in the order
tags: [lifo, builtin]
owes: >
  A deferred call may be one of the builtins that are allowed as statements; its arguments are evaluated at
  the defer statement, and it runs in its turn.
source: https://go.dev/ref/spec#Defer_statements
stdout: |
  2 entries, open true
  1 entries, open true
  1 entries, open false
stderr: |
  key 1
*/

package main

import "fmt"

func run() {
	ages := map[string]int{"ann": 1, "bob": 2}
	lines := make(chan string, 1)
	lines <- "x"
	show := func() {
		_, open := <-lines
		if open {
			lines <- "x"
		}
		fmt.Println(len(ages), "entries, open", open)
	}
	key := "ann"
	defer show()
	defer func() { <-lines }()
	defer close(lines)
	defer show()
	defer delete(ages, key)
	defer show()
	defer println("key", len(ages)-1)
	key = "bob"
	_ = key
}

func main() { run() }
