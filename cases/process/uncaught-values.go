/*
title: The report of a panic whose value has several lines, above one with a float
tags: [process, chain, value]
owes: The program ends; how the values are written is the implementation's choice.
source: https://go.dev/ref/spec#Handling_panics
exit: 2
stderr: |
  panic: one
  	two
  	panic: 2.5
differs:
  - on: "gc <1.23"
    because: >
      Later lines of a value are indented since Go 1.23 (https://go.dev/doc/go1.23#runtime), floats are
      written as short as they can be since Go 1.26.
    stderr: |
      panic: one
      two
      	panic: +2.500000e+000
  - on: "gc >=1.23 <1.26"
    because: Floats in panic values are written as short as they can be since Go 1.26.
    stderr: |
      panic: one
      	two
      	panic: +2.500000e+000
  - on: "gccgo"
    because: gccgo 12 has the reports of Go 1.18.
    stderr: |
      panic: one
      two
      	panic: +2.500000e+000
*/

package main

func main() {
	defer panic(2.5)
	panic("one\ntwo")
}
