package main

import (
	"fmt"
	"sync"
	"time"
)

type worker struct{ done chan string }

func (w worker) run(name string) { w.done <- name }

func main() {
	w := worker{make(chan string)}
	go func() { w.done <- "literal" }()
	fmt.Println(<-w.done)
	go func(s string) {
		defer func() { w.done <- s }()
	}("with an argument")
	fmt.Println(<-w.done)
	go w.run("method")
	fmt.Println(<-w.done)
	run := w.run
	go run("value")
	fmt.Println(<-w.done)
	go func() func() { return func() { w.done <- "made" } }()()
	fmt.Println(<-w.done)
	var wg sync.WaitGroup
	wg.Add(2)
	for i := 0; i < 2; i++ {
		go wg.Done()
	}
	wg.Wait()
	go fmt.Print()
	time.AfterFunc(time.Millisecond, func() { w.done <- "timer" })
	fmt.Println(<-w.done)
	var once sync.Once
	once.Do(func() { fmt.Println("once") })
	select {
	case s := <-w.done:
		fmt.Println(s)
	default:
		defer func() { fmt.Println("deferred in select") }()
	}
}
