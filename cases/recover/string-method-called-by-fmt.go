/*
title: recover in a method that fmt calls during a panic gives nil; fmt's own recover still works
tags: [recover, library, nested]
owes: >
  The method is called by fmt, which the deferred function called, so its recover is far too deep; a panic
  of the method itself is recovered by fmt and does not touch the outer one.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  recovered in String: <nil>
  %!v(PANIC=String method: no text)
  deferred: boom
*/

package main

import "fmt"

type quiet struct{}

func (quiet) String() string { return fmt.Sprint("recovered in String: ", recover()) }

type loud struct{}

func (loud) String() string { panic("no text") }

func run() {
	defer func() {
		fmt.Println(quiet{})
		fmt.Printf("%v\n", loud{})
		fmt.Println("deferred:", recover())
	}()
	panic("boom")
}

func main() { run() }
