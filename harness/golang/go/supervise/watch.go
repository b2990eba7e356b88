package main

import (
	"math"
	"syscall"
	"time"
)

// sampleEvery is how often a running tree is measured against limits that the kernel does not hold a whole tree to
// (memory, processor time, size of output files). A tree cannot take more than about 200 MB in that time.
const sampleEvery = 20 * time.Millisecond

// watch holds one running tree to its limits of memory and processor time, counted from base.
type watch struct {
	tree   *tree
	limits limits
	oom    meter
	kills  int64
	base   time.Duration
	fresh  bool
}

func (t *tree) watch(l limits) *watch {
	w := &watch{tree: t, limits: l, oom: newMeter(""), fresh: true}
	w.forget()
	return w
}

// restart begins a new account of processor time, at the next sample.
func (w *watch) restart() { w.fresh = true }

// exceeded measures the tree and returns the ending that its use calls for, if any.
func (w *watch) exceeded() *ending {
	u := w.tree.usage()
	if w.fresh {
		w.base, w.fresh = u.cpu, false
	}
	switch {
	case u.memory > w.limits.Memory:
		return &ending{Kind: "memory", Limit: w.limits.Memory}
	case u.cpu-w.base > w.limits.cpu():
		return &ending{Kind: "timeout", Clock: "cpu", Seconds: w.limits.CPU}
	}
	return nil
}

// judge says how a process ended that the supervisor did not stop. allowed is the processor time that the kernel was
// told to hold it to.
func (w *watch) judge(e exit, allowed time.Duration) ending {
	kills, _ := w.oom.read()
	starved := kills > w.kills
	w.kills = kills
	switch {
	case starved && !(e.status.Exited() && e.status.ExitStatus() == 0):
		return ending{Kind: "memory", Limit: w.memoryLimit()}
	case e.status.Exited():
		return ending{Kind: "exited", Status: e.status.ExitStatus()}
	case e.status.Signal() == syscall.SIGXCPU, e.status.Signal() == syscall.SIGKILL && e.cpu >= allowed:
		return ending{Kind: "timeout", Clock: "cpu", Seconds: allowed.Seconds()}
	}
	return ending{Kind: "signaled", Signal: int(e.status.Signal())}
}

// forget leaves out of account what the kernel has killed so far, in the course of an ending that is known already.
func (w *watch) forget() { w.kills, _ = w.oom.read() }

// memoryLimit is the limit that the kernel killed for: the control group's, or the tree's where that is not known.
func (w *watch) memoryLimit() int64 {
	if limit := w.oom.bytes(); limit > 0 {
		return limit
	}
	return w.limits.Memory
}

// cpuLimit is RLIMIT_CPU for a process that may run n jobs, in whole seconds: the kernel's own guard behind the samples.
func (l limits) cpuLimit(n int) uint64 { return uint64(math.Ceil(l.CPU))*uint64(n) + 1 }

// fileLimit is RLIMIT_FSIZE. It lies above the limits of the single files, so that crossing these shows in their size.
func (l limits) fileLimit() uint64 {
	max := l.Disk
	for _, size := range []int64{l.Output, l.Trace} {
		if size > max {
			max = size
		}
	}
	return uint64(max) + 1<<20
}
