/*
title: A nil interface value is nil to panic, a nil pointer in an interface is not
tags: [panicnil, recover, value]
owes: >
  panic's parameter is an interface: a nil error becomes a nil interface and so a PanicNilError since Go
  1.21, a nil pointer makes an interface that is not nil and is returned as it is.
source: [https://go.dev/ref/spec#Handling_panics, "https://go.dev/doc/go1.21#language"]
stdout: |
  nil error gives nil: false
  nil pointer gives nil pointer: true
differs:
  - on: "gc <1.21"
    because: Up to Go 1.20 recover returned the nil that panic got (https://go.dev/doc/go1.21#language).
    stdout: |
      nil error gives nil: true
      nil pointer gives nil pointer: true
  - on: "gccgo"
    because: gccgo 12 has the language of Go 1.18, where recover returned the nil that panic got.
    stdout: |
      nil error gives nil: true
      nil pointer gives nil pointer: true
*/

package main

import "fmt"

func catch(value any) (reason any) {
	defer func() { reason = recover() }()
	panic(value)
}

func main() {
	var err error
	fmt.Println("nil error gives nil:", catch(err) == nil)
	var number *int
	got, ok := catch(number).(*int)
	fmt.Println("nil pointer gives nil pointer:", ok && got == nil)
}
