/*
title: A run-time panic becomes an error that callers can take apart
tags: [runtime-error, results, library, recover]
owes: >
  The recovered value is an error; wrapped in another it keeps its type, and each caller's deferred function
  may add to it.
source: [https://go.dev/ref/spec#Run_time_panics, https://go.dev/ref/spec#Handling_panics]
stdout: |
  load: parse: runtime error: index out of range [0] with length 0
  is a runtime error: true
*/

package main

import (
	"errors"
	"fmt"
	"runtime"
)

func annotate(err *error, what string) {
	if *err != nil {
		*err = fmt.Errorf("%s: %w", what, *err)
	}
}

func parse(text string) (letter byte, err error) {
	defer annotate(&err, "parse")
	defer func() {
		if reason, ok := recover().(error); ok {
			err = reason
		}
	}()
	return text[0], nil
}

func load(text string) (err error) {
	defer annotate(&err, "load")
	_, err = parse(text)
	return err
}

func main() {
	err := load("")
	fmt.Println(err)
	var reason runtime.Error
	fmt.Println("is a runtime error:", errors.As(err, &reason))
}
