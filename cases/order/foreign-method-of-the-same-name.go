/*
title: A deferred method of another package that has the name of one of the program's own
tags: [method, library, mutex, interface]
owes: >
  Which method is deferred follows from the operand's type, not from its name: the first call unlocks the
  field, the second closes the program's own type through an interface of another package.
source: https://go.dev/ref/spec#Defer_statements
stdout: |
  counted 1
  closing
  closed
  counted 2
*/

package main

import (
	"fmt"
	"io"
	"sync"
)

type counter struct {
	lock sync.Mutex
	n    int
}

func (c *counter) Unlock() { c.lock.Unlock() }

func (c *counter) Close() error {
	fmt.Println("closed")
	return nil
}

func (c *counter) count() int {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.n++
	return c.n
}

func use(c io.Closer) {
	defer c.Close()
	fmt.Println("closing")
}

func main() {
	c := new(counter)
	fmt.Println("counted", c.count())
	use(c)
	c.lock.Lock()
	c.n++
	defer c.Unlock()
	fmt.Println("counted", c.n)
}
