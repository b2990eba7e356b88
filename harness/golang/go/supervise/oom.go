package main

import (
	"os"
	"path"
	"strconv"
	"strings"
)

// meter reads how often the kernel has killed for memory in our control group, and the group's limit: from version
// 2 (memory.events) or version 1 (memory.oom_control) of the interface, whichever is mounted.
type meter struct{ kills, limit string }

// newMeter looks below root, which is "" but in tests.
func newMeter(root string) meter {
	groups, _ := os.ReadFile(root + "/proc/self/cgroup")
	for _, line := range strings.Split(string(groups), "\n") {
		parts := strings.SplitN(line, ":", 3)
		if len(parts) != 3 {
			continue
		}
		var m meter
		switch {
		case parts[0] == "0" && parts[1] == "":
			m = meter{"/sys/fs/cgroup/%/memory.events", "/sys/fs/cgroup/%/memory.max"}
		case parts[1] == "memory":
			m = meter{"/sys/fs/cgroup/memory/%/memory.oom_control", "/sys/fs/cgroup/memory/%/memory.limit_in_bytes"}
		default:
			continue
		}
		// In a container the group's own path may be hidden: what is mounted is the group itself.
		for _, group := range []string{parts[2], "/"} {
			found := meter{
				path.Clean(root + strings.Replace(m.kills, "%", group, 1)),
				path.Clean(root + strings.Replace(m.limit, "%", group, 1)),
			}
			if _, ok := found.read(); ok {
				return found
			}
		}
	}
	return meter{}
}

// read returns the count, and whether there is one.
func (m meter) read() (int64, bool) {
	text, err := os.ReadFile(m.kills)
	if m.kills == "" || err != nil {
		return 0, false
	}
	for _, line := range strings.Split(string(text), "\n") {
		if fields := strings.Fields(line); len(fields) == 2 && fields[0] == "oom_kill" {
			n, err := strconv.ParseInt(fields[1], 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

// bytes is the group's memory limit, 0 if it has none.
func (m meter) bytes() int64 {
	text, _ := os.ReadFile(m.limit)
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
