package main

import (
	"runtime/debug"
	"strconv"
)

func init() {
	jobs["memory hog"] = func(string) {
		debug.SetGCPercent(-1)
		var kept [][]byte
		for {
			block := make([]byte, 8<<20)
			for i := 0; i < len(block); i += 4096 {
				block[i] = 1
			}
			kept = append(kept, block)
		}
	}
	jobs["goroutine bomb"] = func(string) {
		for {
			go func() { select {} }()
		}
	}
	jobs["stack overflow"] = func(string) { overflow(0) }
	jobs["large reservation"] = func(size string) {
		n, _ := strconv.Atoi(size)
		_ = make([]byte, n)
	}
}

//go:noinline
func overflow(n int) int {
	var frame [1 << 10]byte
	frame[n&1023] = 1
	return overflow(n+1) + int(frame[0])
}
