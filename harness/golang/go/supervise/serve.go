package main

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// server answers one client's requests, one at a time.
type server struct {
	config config
	link   *link
	tree   *tree
}

// serve never returns.
func serve(c config) {
	self, err := os.Executable()
	if err != nil {
		die("own path: " + err.Error())
	}
	ignoreSignals()
	signal.Ignore(syscall.SIGPIPE)
	syscall.Umask(0o022)
	// No process of our uid may read or trace us; orphans come to us.
	for _, option := range []struct {
		number   int
		argument uintptr
	}{{prSetDumpable, 0}, {prSetChildSubreaper, 1}} {
		if err := prctl(option.number, option.argument); err != nil {
			die("prctl: " + err.Error())
		}
	}
	if c.Enclosed {
		if err := arrange(&c); err != nil {
			die(err.Error())
		}
	}
	if os.Getpid() == 1 {
		c.Alone = true
	}
	s := &server{config: c, tree: newTree(c, self), link: newLink(os.Stdin, os.Stdout)}
	go s.endWithClient()
	for r := range s.link.requests {
		if err := s.answer(r); err != nil {
			s.tree.killAll()
			s.link.send(answer{Event: "failed", Message: err.Error()})
		}
	}
}

// endWithClient kills everything and ends when the client has gone or the lease has passed.
func (s *server) endWithClient() {
	status := 0
	select {
	case <-s.link.gone:
	case <-time.After(time.Until(time.Unix(s.config.Lease, 0))):
		fmt.Fprintln(os.Stderr, "supervise: the lease has passed")
		status = 3
	}
	s.tree.close()
	os.Exit(status)
}

func (s *server) answer(r request) error {
	if len(r.Paths) != len(r.blobs) && r.Op == "put" {
		return fmt.Errorf("put: %d paths and %d files", len(r.Paths), len(r.blobs))
	}
	switch r.Op {
	case "hello":
		s.link.send(answer{Event: "ready", Holds: s.holds()})
		return nil
	case "put":
		return s.put(r)
	case "execute", "batch":
		if len(r.Argv) == 0 || !filepath.IsAbs(r.Argv[0]) {
			return fmt.Errorf("%s: the command's path must be absolute", r.Op)
		}
		if r.Op == "execute" {
			return s.execute(r)
		}
		return s.runBatch(r)
	}
	return fmt.Errorf("unknown request %q", r.Op)
}

// holds names what this supervisor can hold tested programs to, for the client to tell what it cannot.
func (s *server) holds() []string {
	var held []string
	for name, holds := range map[string]bool{
		"uid":     s.config.Drop != 0,
		"pids":    os.Getpid() == 1,
		"network": s.config.Enclosed,
		"disk":    s.config.Mounts,
		"files":   len(s.config.Readable) > 0 && landlockVersion() >= 1,
		"signals": os.Getpid() == 1 || s.config.Drop != 0 || len(s.config.Readable) > 0 && landlockVersion() >= 6,
	} {
		if holds {
			held = append(held, name)
		}
	}
	return held
}

// processLimit is RLIMIT_NPROC. The kernel counts threads by uid, so what runs already under a shared uid comes on top.
func (s *server) processLimit(wanted int64) uint64 {
	if s.config.Drop != 0 {
		return uint64(wanted)
	}
	return uint64(wanted) + ownThreads()
}

// ownThreads counts the threads that run under our uid now.
func ownThreads() uint64 {
	uid := uint32(os.Getuid())
	var count uint64
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		if _, err := strconv.Atoi(entry.Name()); err != nil {
			continue
		}
		path := filepath.Join("/proc", entry.Name())
		about, err := os.Stat(filepath.Join(path, "task"))
		if err != nil {
			continue
		}
		// The supervisor's own entry belongs to root since it is not dumpable.
		owner := about.Sys().(*syscall.Stat_t).Uid
		if owner == uid || entry.Name() == strconv.Itoa(ourselves()) {
			count += uint64(about.Sys().(*syscall.Stat_t).Nlink) - 2
		}
	}
	return count
}

// words is an ending for a person.
func (e ending) words() string {
	switch e.Kind {
	case "exited":
		return fmt.Sprintf("exit status %d", e.Status)
	case "signaled":
		return fmt.Sprintf("signal %d", e.Signal)
	case "timeout":
		return fmt.Sprintf("%s limit of %v s", e.Clock, e.Seconds)
	case "memory":
		return fmt.Sprintf("memory limit of %d bytes", e.Limit)
	default:
		return fmt.Sprintf("limit of %d bytes on %s", e.Limit, e.Stream)
	}
}
