package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

func init() {
	jobs["ok"] = func(string) {
		fmt.Println("fine")
		fmt.Fprintln(os.Stderr, "also fine")
		syscall.Write(3, []byte("E 1 1 0 c 1 0 0\n"))
	}
	jobs["exit"] = func(status string) {
		n, _ := strconv.Atoi(status)
		os.Exit(n)
	}
	jobs["signal"] = func(signal string) {
		n, _ := strconv.Atoi(signal)
		syscall.Kill(os.Getpid(), syscall.Signal(n))
		time.Sleep(time.Minute)
	}
	jobs["panic"] = func(string) { panic("boom") }
	jobs["deadlock"] = func(string) { select {} }
	jobs["linger"] = func(string) {
		say("end", number)
		select {}
	}
	jobs["environment"] = func(string) {
		for _, entry := range os.Environ() {
			fmt.Println(entry)
		}
	}
	jobs["open files"] = func(string) {
		for fd := 0; fd < 64; fd++ {
			if name, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd)); err == nil && name[0] != 'a' {
				fmt.Println(fd)
			}
		}
	}
}
