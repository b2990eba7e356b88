package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// start starts this binary again, on a job, in a session of its own.
func start(argument, job string) error {
	_, err := syscall.ForkExec("/proc/self/exe", []string{"attacks", argument, job},
		&syscall.ProcAttr{Files: []uintptr{0, 1, 2, 3, 4}, Sys: &syscall.SysProcAttr{Setsid: true}})
	return err
}

func init() {
	jobs["fork bomb"] = func(string) {
		for i := 0; i < 5000; i++ {
			if err := start("bomb", "bomb"); err != nil {
				fmt.Println("stopped at", i, err)
				return
			}
		}
		fmt.Println("never stopped")
	}
	jobs["bomb"] = func(string) {
		for {
			if start("bomb", "bomb") != nil {
				time.Sleep(time.Millisecond)
			}
		}
	}
	// A process whose parent and grandparent have gone, in a session of its own, named by the argument.
	jobs["background"] = func(name string) {
		report("start", start(name, "middle"))
		time.Sleep(200 * time.Millisecond)
	}
	jobs["middle"] = func(name string) { start(name, "background process") }
	jobs["background process"] = func(string) {
		for {
			time.Sleep(10 * time.Millisecond)
			fmt.Println("still here")
		}
	}
	jobs["kill the supervisor"] = func(string) {
		for _, pid := range []int{os.Getppid(), 1} {
			for sig := 1; sig <= 64; sig++ {
				err := syscall.Kill(pid, syscall.Signal(sig))
				if err != nil && sig == 9 {
					report("kill "+strconv.Itoa(pid), err)
				}
			}
		}
		syscall.Kill(-1, syscall.SIGKILL)
		time.Sleep(100 * time.Millisecond)
	}
	jobs["trace the supervisor"] = func(string) {
		for _, pid := range []int{os.Getppid(), 1} {
			report("attach", syscall.PtraceAttach(pid))
			_, err := os.Open("/proc/" + strconv.Itoa(pid) + "/mem")
			report("memory", err)
			_, err = os.ReadDir("/proc/" + strconv.Itoa(pid) + "/fd")
			report("descriptors", err)
		}
	}
}
