/*
title: The report of panic(nil)
tags: [process, panicnil]
owes: Since Go 1.21 panic(nil) panics with a *runtime.PanicNilError, whose text is reported.
source: ["https://pkg.go.dev/runtime#PanicNilError", "https://go.dev/doc/go1.21#language"]
stdout: |
  deferred
exit: 2
stderr: |
  panic: panic called with nil argument
differs:
  - on: "gc >=1.27"
    because: The text of PanicNilError begins like that of other run-time errors since Go 1.27.
    stderr: |
      panic: runtime error: panic called with nil argument
  - on: "gc <1.21"
    because: Up to Go 1.20 panic(nil) panicked with nil itself (https://go.dev/doc/go1.21#language).
    stderr: |
      panic: nil
  - on: "gccgo"
    because: gccgo 12 has the language of Go 1.18, where panic(nil) panicked with nil itself.
    stderr: |
      panic: nil
*/

package main

import "fmt"

func main() {
	defer fmt.Println("deferred")
	panic(nil)
}
