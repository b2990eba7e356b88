//go:build wasip1

package drive

import (
	"os"
	"syscall"
)

// Job is one case.
type Job struct {
	Main func()
	Last bool
}

// Run runs the one job of the command line: the host starts a module anew for each, and opens its files.
func Run(find func(string) Job) {
	job := find(os.Args[1])
	if job.Main == nil {
		Fail("no job " + os.Args[1])
	}
	job.Main()
}

// Fail ends the module for a fault that is not a case's. The host knows it by its status.
func Fail(why string) {
	os.Stderr.WriteString(why + "\n")
	syscall.Exit(125)
}
