package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"sort"
	"syscall"
	"unsafe"
)

// A stage is a process on its way to being another program: what Go's own way of starting processes cannot set (limits,
// signals, file access) it sets on itself and then becomes that program. Its orders come on one descriptor; on the
// other it complains, and silence at its closing means that the program has begun.
const (
	stageOrders = 5
	stageReport = 6
)

// staged are a stage's orders. Limits of 0 are not set. Files is the number of descriptors to leave open.
type staged struct {
	Argv     []string          `json:"argv"`
	Env      map[string]string `json:"env"`
	Cwd      string            `json:"cwd"`
	CPU      uint64            `json:"cpu"`
	FileSize uint64            `json:"file_size"`
	Data     uint64            `json:"data"`
	Procs    uint64            `json:"procs"`
	OOMScore int               `json:"oom_score"`
	Readable []string          `json:"readable"`
	Writable []string          `json:"writable"`
	Files    int               `json:"files"`
	UID      int               `json:"uid"`
}

// openFiles is the limit on open files of every process: no compiler or program needs more.
const openFiles = 1024

// stage never returns.
func stage() {
	// no_new_privs, capabilities and Landlock belong to a thread, and the thread that calls execve is the one that stays.
	runtime.LockOSThread()
	report := os.NewFile(stageReport, "report")
	syscall.CloseOnExec(stageReport)
	err := becomeProgram()
	fmt.Fprint(report, err)
	os.Exit(126)
}

func becomeProgram() error {
	var s staged
	orders := os.NewFile(stageOrders, "orders")
	if err := json.NewDecoder(orders).Decode(&s); err != nil {
		return fmt.Errorf("orders: %w", err)
	}
	orders.Close()
	for fd := s.Files; fd < stageOrders; fd++ {
		if fd > 2 {
			syscall.Close(fd)
		}
	}
	if err := syscall.Chdir(s.Cwd); err != nil {
		return fmt.Errorf("cannot enter %s: %w", s.Cwd, err)
	}
	// The memory killer shall take this process, never the supervisor. Not every kernel lets us say so.
	if f, err := os.OpenFile("/proc/self/oom_score_adj", os.O_WRONLY, 0); err == nil {
		fmt.Fprint(f, s.OOMScore)
		f.Close()
	}
	if s.UID != 0 {
		if err := takeUID(s.UID); err != nil {
			return fmt.Errorf("cannot take the uid of tested programs: %w", err)
		}
	}
	// Not before: the runtime tells its threads of a new uid by a signal.
	defaultSignals()
	if err := prctl(prSetNoNewPrivs, 1); err != nil {
		return fmt.Errorf("no_new_privs: %w", err)
	}
	if err := dropCapabilities(); err != nil {
		return fmt.Errorf("capabilities: %w", err)
	}
	if len(s.Readable) > 0 {
		if err := confine(s.Readable, s.Writable); err != nil {
			return fmt.Errorf("landlock: %w", err)
		}
	}
	env := make([]string, 0, len(s.Env))
	for name, value := range s.Env {
		env = append(env, name+"="+value)
	}
	sort.Strings(env)
	// Last, because they bind this process too.
	for _, limit := range []struct {
		resource int
		value    uint64
	}{
		{syscall.RLIMIT_CORE, 0},
		{syscall.RLIMIT_NOFILE, openFiles},
		{syscall.RLIMIT_CPU, s.CPU},
		{syscall.RLIMIT_FSIZE, s.FileSize},
		{syscall.RLIMIT_DATA, s.Data},
		{rlimitNproc, s.Procs},
	} {
		if limit.value == 0 && limit.resource != syscall.RLIMIT_CORE {
			continue
		}
		if err := setLimit(limit.resource, limit.value); err != nil {
			return fmt.Errorf("limit %d: %w", limit.resource, err)
		}
	}
	return fmt.Errorf("cannot run %s: %w", s.Argv[0], syscall.Exec(s.Argv[0], s.Argv, env))
}

// takeUID gives up this process's uid, gid and groups for one private number.
func takeUID(id int) error {
	if err := syscall.Setgroups(nil); err != nil {
		return err
	}
	if err := syscall.Setresgid(id, id, id); err != nil {
		return err
	}
	return syscall.Setresuid(id, id, id)
}

// setLimit sets both halves of a limit, or as much of it as the hard limit leaves.
func setLimit(resource int, value uint64) error {
	var old syscall.Rlimit
	if err := syscall.Getrlimit(resource, &old); err != nil {
		return err
	}
	if value > uint64(old.Max) {
		value = uint64(old.Max)
	}
	return syscall.Setrlimit(resource, &syscall.Rlimit{Cur: value, Max: value})
}

// defaultSignals undoes for the program what the supervisor ignores (see ignoreSignals) and what this runtime handles.
func defaultSignals() {
	var action [4]uint64
	for sig := 1; sig <= 64; sig++ {
		syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0)
	}
}

// ignoreSignals makes the supervisor deaf to every signal that it has no use for, those of its faults included: as
// process 1 of a pid namespace it then cannot be killed from within, not even by its own uid.
func ignoreSignals() {
	action := [4]uint64{1} // SIG_IGN
	for sig := 1; sig <= 64; sig++ {
		switch syscall.Signal(sig) {
		case syscall.SIGCHLD, syscall.SIGURG, syscall.SIGKILL, syscall.SIGSTOP:
		default:
			syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0)
		}
	}
}

// dropCapabilities empties what a program that is not root would inherit.
func dropCapabilities() error {
	if err := prctl(prCapAmbient, prCapAmbientClearAll); err != nil && err != syscall.EINVAL {
		return err
	}
	return nil
}
