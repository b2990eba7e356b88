package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
)

func init() {
	jobs["flood"] = func(descriptor string) {
		fd, _ := strconv.Atoi(descriptor)
		block := make([]byte, 1<<16)
		for i := range block {
			block[i] = 'x'
		}
		for {
			syscall.Write(fd, block)
		}
	}
	jobs["burst"] = func(size string) {
		n, _ := strconv.Atoi(size)
		os.Stdout.Write(make([]byte, n))
	}
	jobs["fill the disk"] = func(string) {
		block := make([]byte, 1<<20)
		written := 0
		for i := 0; ; i++ {
			file, err := os.Create(fmt.Sprintf("fill%d", i))
			if err == nil {
				var n int
				n, err = file.Write(block)
				written += n
				file.Close()
			}
			if err != nil {
				for j := 0; j < 16; j++ { // room for what it says itself
					os.Remove(fmt.Sprintf("fill%d", j))
				}
				fmt.Println(written>>20, err)
				return
			}
		}
	}
	jobs["unremovable"] = func(string) {
		os.MkdirAll("a/b/c", 0o700)
		os.WriteFile("a/b/c/file", nil, 0o400)
		os.Chmod("a/b/c", 0)
		os.Chmod("a/b", 0)
		os.Chmod("a", 0)
		os.Chmod("..", 0)
		os.Chmod(".", 0)
		os.Exit(0)
	}
	// What the supervisor would read for us, it must not read for a job.
	jobs["link the trace"] = func(target string) {
		os.Remove(path("trace"))
		report("symlink", os.Symlink(target, path("trace")))
	}
	jobs["pipe the trace"] = func(string) {
		os.Remove(path("trace"))
		report("fifo", syscall.Mkfifo(path("trace"), 0o600))
	}
	jobs["close the control pipe"] = func(string) { syscall.Close(4) }
	jobs["forge the control pipe"] = func(string) { say("end", "77") }
}
