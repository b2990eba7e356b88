package main

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// What /proc tells of processes. Its numbers are those of the pid namespace that it was mounted in, which need not be
// ours: "self" is our own number there.

// ticks is USER_HZ, the unit of times in /proc, which is 100 on every Linux port of Go.
const ticks = 100

var pageSize = int64(os.Getpagesize())

// slurp reads a file of /proc, nil if it has gone. It spares the runtime's attempts to poll what cannot be polled, which
// cost more than the reading.
func slurp(path string) []byte {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer syscall.Close(fd)
	var text []byte
	buffer := make([]byte, 1<<10)
	for {
		n, err := syscall.Read(fd, buffer)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || n <= 0 {
			return text
		}
		text = append(text, buffer[:n]...)
	}
}

// stat is what we take from /proc/PID/stat: the parent, and the processor time of the process and of the
// children that it has waited for.
type stat struct {
	parent int
	cpu    time.Duration
}

func readStat(pid int) (stat, bool) {
	line := slurp("/proc/" + strconv.Itoa(pid) + "/stat")
	// The second field, the name, is in parentheses and may hold anything.
	end := bytes.LastIndexByte(line, ')')
	if end < 0 {
		return stat{}, false
	}
	fields := strings.Fields(string(line[end+1:]))
	if len(fields) < 15 {
		return stat{}, false
	}
	parent, _ := strconv.Atoi(fields[1])
	var sum int64
	for _, field := range fields[11:15] {
		n, _ := strconv.ParseInt(field, 10, 64)
		sum += n
	}
	return stat{parent, time.Duration(sum) * (time.Second / ticks)}, true
}

// anonymous is the memory of a process that no file backs, in bytes. A page shared after a fork counts for each.
func anonymous(pid int) int64 {
	fields := strings.Fields(string(slurp("/proc/" + strconv.Itoa(pid) + "/statm")))
	if len(fields) < 3 {
		return 0
	}
	resident, _ := strconv.ParseInt(fields[1], 10, 64)
	shared, _ := strconv.ParseInt(fields[2], 10, 64)
	return (resident - shared) * pageSize
}

// ourselves is our own number in /proc.
func ourselves() int {
	name, err := os.Readlink("/proc/self")
	pid, number := strconv.Atoi(name)
	if err != nil || number != nil {
		return os.Getpid()
	}
	return pid
}

// children of a process, from the kernel's own lists, one for each thread, or by search where it keeps none.
func children(pid int) []int {
	self := strconv.Itoa(ourselves())
	if syscall.Access("/proc/"+self+"/task/"+self+"/children", 0) != nil {
		return searchChildren(pid)
	}
	var found []int
	threads := "/proc/" + strconv.Itoa(pid) + "/task"
	directory, err := os.Open(threads)
	if err != nil {
		return nil
	}
	names, _ := directory.Readdirnames(-1)
	directory.Close()
	for _, thread := range names {
		for _, field := range strings.Fields(string(slurp(threads + "/" + thread + "/children"))) {
			if child, err := strconv.Atoi(field); err == nil {
				found = append(found, child)
			}
		}
	}
	return found
}

// searchChildren asks every process for its parent.
func searchChildren(pid int) []int {
	var found []int
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		number, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if s, ok := readStat(number); ok && s.parent == pid {
			found = append(found, number)
		}
	}
	return found
}

// descendants of the supervisor. Processes come and go meanwhile: it is a sample.
func descendants() []int {
	found := children(ourselves())
	for i := 0; i < len(found); i++ {
		found = append(found, children(found[i])...)
	}
	return found
}

// crowd tells that there are more processes than the one that the supervisor has started.
func (t *tree) crowd() bool {
	first := children(ourselves())
	return len(first) > 1 || len(first) == 1 && len(children(first[0])) > 0
}

// isDescendant follows a process's parents up to us.
func isDescendant(pid int) bool {
	self := ourselves()
	for hops := 0; hops < 1<<16 && pid > 1; hops++ {
		if pid == self {
			return true
		}
		s, ok := readStat(pid)
		if !ok {
			return false
		}
		pid = s.parent
	}
	return pid == self
}

// usage is what the tree takes at one moment.
type usage struct {
	memory int64
	cpu    time.Duration
}

func (t *tree) usage() usage {
	var u usage
	for _, pid := range descendants() {
		u.memory += anonymous(pid)
		if s, ok := readStat(pid); ok {
			u.cpu += s.cpu
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	u.cpu += t.buried
	return u
}
