package main

import "fmt"

var order []string

var first = note("variable")

func note(s string) int {
	order = append(order, s)
	return len(order)
}

func init() {
	defer func() { fmt.Println("init recovered", recover()) }()
	fmt.Println("init", order)
	panic("in init")
}

func init() { note("second init") }

func main() {
	fmt.Println(order, first)
}
