package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// killPatience is how long processes may take to die after SIGKILL. More means a process stuck in the kernel, or
// one that makes processes faster than they can be killed; nothing can be said of the sandbox then.
const killPatience = 20 * time.Second

// exit is a process's end with what it used.
type exit struct {
	status syscall.WaitStatus
	cpu    time.Duration
}

// tree holds all processes that the supervisor started and all that these started: orphans become its children,
// because it is process 1 of its namespace or a subreaper.
type tree struct {
	config config
	self   string

	mu      sync.Mutex
	waiting map[int]chan exit
	closed  bool
	buried  time.Duration
	changed chan struct{}
}

func newTree(c config, self string) *tree {
	t := &tree{config: c, self: self, waiting: map[int]chan exit{}, changed: make(chan struct{}, 1)}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGCHLD)
	go func() {
		for range signals {
			t.reap()
		}
	}()
	return t
}

// reap buries every dead child and tells whether any child, dead or alive, is left. Only reap waits for processes; it
// holds the lock, so that no child can be buried between its start and the note that somebody waits for it.
func (t *tree) reap() (left bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		var status syscall.WaitStatus
		var used syscall.Rusage
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, &used)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid == 0 {
			return err == nil
		}
		cpu := time.Duration(used.Utime.Nano() + used.Stime.Nano())
		if waiter, ok := t.waiting[pid]; ok {
			delete(t.waiting, pid)
			waiter <- exit{status, cpu}
		} else {
			t.buried += cpu
		}
		select {
		case t.changed <- struct{}{}:
		default:
		}
	}
}

// spec says how a process is to be started: its files are its descriptors from 0 on; nil is /dev/null.
type spec struct {
	stage staged
	files []*os.File
}

// process is one started process, the root of a tree of its own session.
type process struct {
	pid     int
	exit    chan exit
	started time.Time
}

// start returns once the process is the program asked for, or says why it could not become it.
func (t *tree) start(s spec) (*process, error) {
	null, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	orders, ordersEnd, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer ordersEnd.Close()
	report, reportEnd, err := os.Pipe()
	if err != nil {
		orders.Close()
		return nil, err
	}
	defer report.Close()

	files := make([]*os.File, stageOrders, stageReport+1)
	for i := range files {
		files[i] = null
		if i < len(s.files) && s.files[i] != nil {
			files[i] = s.files[i]
		}
	}
	files = append(files, orders, reportEnd)
	descriptors := make([]uintptr, len(files))
	for i, f := range files {
		descriptors[i] = f.Fd()
	}
	s.stage.Files = len(s.files)
	p := &process{exit: make(chan exit, 1), started: time.Now()}
	t.mu.Lock()
	if t.closed {
		err = errors.New("the supervisor is ending")
	} else {
		p.pid, err = syscall.ForkExec(t.self, []string{t.self, "stage"},
			&syscall.ProcAttr{Dir: "/", Env: []string{"GOMAXPROCS=1"}, Files: descriptors, Sys: &syscall.SysProcAttr{Setsid: true}})
	}
	if err == nil {
		t.waiting[p.pid] = p.exit
	}
	t.mu.Unlock()
	orders.Close()
	reportEnd.Close()
	if err != nil {
		return nil, fmt.Errorf("cannot start a process: %w", err)
	}
	if err := json.NewEncoder(ordersEnd).Encode(s.stage); err != nil {
		t.killAll()
		return nil, fmt.Errorf("cannot start a process: %w", err)
	}
	ordersEnd.Close()
	if complaint, _ := io.ReadAll(io.LimitReader(report, 1<<12)); len(complaint) > 0 {
		t.killAll()
		return nil, errors.New(string(complaint))
	}
	return p, nil
}

// killAll kills every process of the tree and returns when none is left.
func (t *tree) killAll() error {
	deadline := time.Now().Add(killPatience)
	pause := time.Millisecond
	for {
		if err := t.sweep(); err != nil {
			return err
		}
		if !t.reap() {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("processes are left %v after they were killed", killPatience)
		}
		select {
		case <-t.changed:
		case <-time.After(pause):
			if pause < 100*time.Millisecond {
				pause *= 2
			}
		}
	}
}

// sweep sends SIGKILL to every process of the tree. Where all processes that we may signal are ours, one call
// does it, and the kernel lets no fork escape from it; else each is held by a descriptor before it is judged to
// be ours, so that no other process with a reused number is hit.
func (t *tree) sweep() error {
	switch {
	case t.config.Alone:
		if err := syscall.Kill(-1, syscall.SIGKILL); err != nil && err != syscall.ESRCH && err != syscall.EPERM {
			return fmt.Errorf("kill: %w", err)
		}
		return nil
	case t.config.Drop != 0:
		if err := t.slay(); err != nil {
			return err
		}
	}
	for _, pid := range descendants() {
		fd, _, errno := syscall.Syscall(sysPidfdOpen, uintptr(pid), 0, 0)
		if errno != 0 {
			continue
		}
		if isDescendant(pid) {
			syscall.Syscall6(sysPidfdSendSignal, fd, uintptr(syscall.SIGKILL), 0, 0, 0, 0)
		}
		syscall.Close(int(fd))
	}
	t.killChildren()
	return nil
}

// killChildren needs no descriptors: a child cannot be buried, and its number not reused, while we hold the lock.
func (t *tree) killChildren() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, pid := range children(os.Getpid()) {
		syscall.Kill(pid, syscall.SIGKILL)
	}
}

// slay kills everything of the private uid at once, through a process that has taken that uid.
func (t *tree) slay() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	pid, err := syscall.ForkExec(t.self, []string{t.self, "slay", strconv.Itoa(t.config.Drop)}, &syscall.ProcAttr{
		Dir: "/", Env: []string{"GOMAXPROCS=1"}, Sys: &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return fmt.Errorf("cannot start a process: %w", err)
	}
	var status syscall.WaitStatus
	for {
		_, err := syscall.Wait4(pid, &status, 0, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || status != 0 {
			return fmt.Errorf("cannot kill as the uid of tested programs (status %d)", status)
		}
		return nil
	}
}

// slay, in a process of its own, kills all processes of a uid but itself, and never returns.
func slay(uid string) {
	id, err := strconv.Atoi(uid)
	if err != nil || takeUID(id) != nil {
		os.Exit(1)
	}
	syscall.Kill(-1, syscall.SIGKILL)
	os.Exit(0)
}

// close kills all processes for good: none can be started afterwards.
func (t *tree) close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	if err := t.killAll(); err != nil {
		fmt.Fprintln(os.Stderr, "supervise: "+err.Error())
	}
}
