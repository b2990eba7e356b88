/*
title: A panic runs through a frame of one kind into a frame of the other and back
tags: [linked, open-coded, mixed, frames, recover, pending]
owes: >
  Frames with open-coded calls and frames with linked ones may alternate in any way; the order is by frame,
  then last first within each.
source: [https://go.dev/ref/spec#Defer_statements, https://go.dev/ref/spec#Handling_panics]
stdout: |
  open 4.2
  open 4.1
  linked 3.2
  linked 3.1
  open 2.3 recovered boom
  open 2.2
  open 2.1
  linked 1.2 sees <nil>
  linked 1.1
*/

package main

import "fmt"

func open4() {
	defer fmt.Println("open 4.1")
	defer fmt.Println("open 4.2")
	panic("boom")
}

func linked3() {
	for n := 1; n <= 2; n++ {
		defer fmt.Printf("linked 3.%d\n", n)
	}
	open4()
}

func open2() {
	defer fmt.Println("open 2.1")
	defer fmt.Println("open 2.2")
	defer func() { fmt.Println("open 2.3 recovered", recover()) }()
	linked3()
}

func linked1() {
	for n := 1; n <= 2; n++ {
		n := n
		defer func() {
			if n == 2 {
				fmt.Println("linked 1.2 sees", recover())
				return
			}
			fmt.Println("linked 1.1")
		}()
	}
	open2()
}

func main() { linked1() }
