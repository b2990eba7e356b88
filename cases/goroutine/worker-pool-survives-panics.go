/*
title: Workers recover from jobs that panic and take the next one
tags: [goroutine, recover, channel, method, loop]
owes: >
  A recovered panic ends the call that panicked, not the goroutine; the locks and counters that deferred
  calls look after are as they should be.
source: https://go.dev/ref/spec#Handling_panics
stdout: |
  20 done, 10 failed, lock free true
*/

package main

import (
	"fmt"
	"sync"
)

type pool struct {
	sync.Mutex
	done, failed int
}

func (p *pool) work(n int) {
	p.Lock()
	defer p.Unlock()
	defer func() {
		p.done++
		if recover() != nil {
			p.failed++
		}
	}()
	if n%2 == 0 {
		panic(n)
	}
}

func main() {
	p := new(pool)
	var group sync.WaitGroup
	var jobs [4]chan int
	for i := range jobs {
		own := make(chan int)
		jobs[i] = own
		group.Add(1)
		go func() {
			defer group.Done()
			for n := range own {
				p.work(n)
			}
		}()
	}
	for n := 0; n < 20; n++ {
		jobs[n%3] <- n
	}
	for _, own := range jobs {
		close(own)
	}
	group.Wait()
	fmt.Printf("%d done, %d failed, lock free %v\n", p.done, p.failed, p.TryLock())
}
