/*
title: panic(nil) is a panic like any other
tags: [panicnil, recover]
owes: >
  Since Go 1.21 a panic with a nil value panics with a *runtime.PanicNilError, so a recover that does not
  return nil tells of every panic.
source: [https://go.dev/ref/spec#Handling_panics, "https://go.dev/doc/go1.21#language", "https://go.dev/issue/25448"]
stdout: |
  deferred
  recovered an error: true
differs:
  - on: "gc <1.21"
    because: Up to Go 1.20 recover returned the nil that panic got (https://go.dev/doc/go1.21#language).
    stdout: |
      deferred
      recovered an error: false
  - on: "gccgo"
    because: gccgo 12 has the language of Go 1.18, where recover returned the nil that panic got.
    stdout: |
      deferred
      recovered an error: false
*/

package main

import "fmt"

func run() {
	defer func() {
		_, ok := recover().(error)
		fmt.Println("recovered an error:", ok)
	}()
	defer fmt.Println("deferred")
	panic(nil)
}

func main() { run() }
