package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestMeter reads the kernel's counters as they are laid out in each version of control groups, on a host and in a
// container.
func TestMeter(t *testing.T) {
	const v1Limit, v2Limit = "memory.limit_in_bytes", "memory.max"
	for name, c := range map[string]struct {
		groups string
		files  map[string]string
		kills  int64
		known  bool
		limit  int64
	}{
		"version 1, host": {
			"5:cpu:/a\n4:memory:/user/x\n",
			map[string]string{
				"memory/user/x/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n",
				"memory/user/x/" + v1Limit:         "4096\n",
				"memory/memory.oom_control":        "oom_kill 9\n",
			},
			3, true, 4096,
		},
		"version 1, container": {
			"4:memory:/docker/0123\n",
			map[string]string{"memory/memory.oom_control": "oom_kill 2\n", "memory/" + v1Limit: "8192\n"},
			2, true, 8192,
		},
		"version 2, host": {
			"0::/user.slice/x\n",
			map[string]string{
				"user.slice/x/memory.events": "low 0\nhigh 0\nmax 7\noom 1\noom_kill 1\noom_group_kill 0\n",
				"user.slice/x/" + v2Limit:    "max\n",
			},
			1, true, 0,
		},
		"version 2, container": {
			"0::/\n",
			map[string]string{"memory.events": "oom_kill 5\n", v2Limit: "12288\n"},
			5, true, 12288,
		},
		"both, memory in version 1": {
			"4:memory:/a\n0::/init\n",
			map[string]string{
				"memory/a/memory.oom_control": "oom_kill 6\n",
				"memory/a/" + v1Limit:         "1\n",
				"unified/init/cgroup.procs":   "",
			},
			6, true, 1,
		},
		"none":               {"", nil, 0, false, 0},
		"no counter, kernel": {"4:memory:/\n", map[string]string{"memory/memory.oom_control": "under_oom 0\n"}, 0, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			write(t, root+"/proc/self/cgroup", c.groups)
			for path, text := range c.files {
				write(t, root+"/sys/fs/cgroup/"+path, text)
			}
			m := newMeter(root)
			if kills, known := m.read(); kills != c.kills || known != c.known {
				t.Errorf("kills %d, %v; want %d, %v", kills, known, c.kills, c.known)
			}
			if limit := m.bytes(); limit != c.limit {
				t.Errorf("limit %d; want %d", limit, c.limit)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
