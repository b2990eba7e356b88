//go:build !wasip1

// Package drive runs the cases of a batch one after the other, in one process and on its main goroutine.
//
// The process gets, beside its arguments `<dir> <n>:<job>...`, a control pipe as descriptor 4, and a descriptor 3 that
// is taken (by anything), so that the runtime opens nothing there. For each job it makes dir/n.stdout, dir/n.stderr and
// dir/n.trace its descriptors 1, 2 and 3 and says "begin n", "end n" on the pipe. A job that leaves something behind has
// no "end n": the process ends with it, as its own would, and is to be started again for the rest.
//
// It has no defer and starts no goroutine, and nothing here keeps the runtime from seeing a deadlock: how a case ends
// the process is how it would end its own.
package drive

import (
	"os"
	"runtime"
	"strconv"
	"syscall"

	"deferdiff.test/trace"
)

// Job is one case in one mode. Last: the process ends after it, as the case may change the process itself.
type Job struct {
	Main func()
	Last bool
}

const controlPipe = 4

// opened is the job whose files are open already: see package early.
var opened string

// arguments is the driver's own command line. Cases are called without arguments.
var arguments = os.Args

// Run runs the jobs of the command line; find gives the job of a name.
func Run(find func(string) Job) {
	for i := 2; i < len(arguments); i++ {
		number, name := split(arguments[i])
		job := find(name)
		if job.Main == nil {
			Fail("no job " + name)
		}
		if opened != number {
			Open(arguments[1], number)
		}
		job.Main()
		if job.Last || leftOver() {
			return // to the runtime, which may have to wait for a goroutine that panics
		}
		say("end", number)
	}
}

// Open makes the files of a job descriptors 1 to 3 and begins it.
func Open(dir, number string) {
	for i, name := range [...]string{"stdout", "stderr", "trace"} {
		fd, err := syscall.Open(dir+"/"+number+"."+name,
			syscall.O_RDWR|syscall.O_CREAT|syscall.O_TRUNC|syscall.O_APPEND|syscall.O_CLOEXEC, 0o600)
		if err != nil {
			Fail("open " + name + ": " + err.Error())
		}
		flags := 0
		if i == 2 {
			flags = syscall.O_CLOEXEC
		}
		if err := syscall.Dup3(fd, i+1, flags); err != nil {
			Fail("dup " + name + ": " + err.Error())
		}
		syscall.Close(fd)
	}
	syscall.CloseOnExec(controlPipe)
	trace.Reset()
	opened = number
	os.Args = []string{arguments[0]}
	say("begin", number)
}

// First opens the first job of the command line.
func First() {
	if len(arguments) > 2 {
		number, _ := split(arguments[2])
		Open(arguments[1], number)
	}
}

func split(arg string) (number, name string) {
	for i := 0; i < len(arg); i++ {
		if arg[i] == ':' {
			return arg[:i], arg[i+1:]
		}
	}
	Fail("argument is not <n>:<job>: " + arg)
	return "", ""
}

// leftOver tells that goroutines of a case are still there, after giving those that only have to end time to do so.
func leftOver() bool {
	for i := 0; i < 100; i++ {
		if runtime.NumGoroutine() == 1 {
			return false
		}
		runtime.Gosched()
	}
	return true
}

func say(word, number string) {
	text := word + " " + number + "\n"
	if n, err := syscall.Write(controlPipe, []byte(text)); n != len(text) {
		if err != nil {
			text = err.Error()
		}
		os.Stderr.WriteString("driver: control pipe: " + text + "\n")
		syscall.Exit(3)
	}
}

// Fail ends the process for a fault that is not a case's.
func Fail(why string) {
	say("fail", strconv.Quote(why))
	syscall.Exit(3)
}
