package main

import (
	"os"
	"os/exec"
	"reflect"
	"testing"
)

func TestChildrenAreFoundInBothWays(t *testing.T) {
	child := exec.Command("sleep", "60")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Wait()
	defer child.Process.Kill()
	want := []int{child.Process.Pid}
	if found := children(os.Getpid()); !reflect.DeepEqual(found, want) {
		t.Errorf("the kernel's lists: %v; want %v", found, want)
	}
	if found := searchChildren(os.Getpid()); !reflect.DeepEqual(found, want) {
		t.Errorf("search: %v; want %v", found, want)
	}
	if !isDescendant(child.Process.Pid) || isDescendant(os.Getppid()) {
		t.Error("who descends from us is not told")
	}
	if s, ok := readStat(child.Process.Pid); !ok || s.parent != os.Getpid() {
		t.Errorf("stat: %+v, %v", s, ok)
	}
	before := anonymous(os.Getpid())
	block := make([]byte, 16<<20)
	for i := range block {
		block[i] = 1
	}
	if more := anonymous(os.Getpid()) - before; more < 8<<20 {
		t.Errorf("%d bytes more for a block of %d", more, len(block))
	}
}
