package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
)

// namespaces are those that the process sandbox asks for: processes, network, interprocess communication, mounts.
const namespaces = syscall.CLONE_NEWPID | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC | syscall.CLONE_NEWNS

const capSysAdmin = 21

// enclose runs the supervisor in namespaces of its own, as their process 1, and passes on its exit status; where the
// kernel grants none, it becomes the supervisor itself. Root asks directly, others through a user namespace.
func enclose(c config) {
	self, err := os.Executable()
	if err != nil {
		die("own path: " + err.Error())
	}
	// A parent-death signal is tied to the thread that started the child.
	runtime.LockOSThread()
	inside := c
	inside.Enclosed = true
	text, err := json.Marshal(inside)
	if err != nil {
		die("configuration: " + err.Error())
	}
	attributes := &syscall.SysProcAttr{Cloneflags: namespaces, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() != 0 {
		attributes.Cloneflags |= syscall.CLONE_NEWUSER
		attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}}
		attributes.AmbientCaps = []uintptr{capSysAdmin}
	}
	child, err := os.StartProcess(self, []string{self, "serve", string(text)}, &os.ProcAttr{
		Dir: "/", Env: os.Environ(), Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}, Sys: attributes,
	})
	if err != nil {
		serve(c)
	}
	// The client must see the end of our output when the supervisor has gone.
	os.Stdin.Close()
	os.Stdout.Close()
	state, err := child.Wait()
	if err != nil {
		die("wait: " + err.Error())
	}
	os.Exit(state.ExitCode() & 0xff)
}

// arrange mounts, in the supervisor's own mount namespace, a /proc of its own pids where the kernel allows it and a
// file system of limited size to write in.
func arrange(c *config) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("mounts: %w", err)
	}
	const plain = syscall.MS_NOSUID | syscall.MS_NODEV
	_ = syscall.Mount("proc", "/proc", "proc", plain|syscall.MS_NOEXEC, "")
	size := "mode=0711,size=" + strconv.FormatInt(c.Disk, 10) + ",nr_inodes=65536"
	c.Mounts = syscall.Mount("tmpfs", c.Scratch, "tmpfs", plain, size) == nil
	return nil
}
