// Command attacks is a batch binary whose jobs do what a sandbox must survive: one file for each sort of attack.
package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// jobs are the attacks by name; each returns normally if it was not stopped. The argument is what follows "=".
var jobs = map[string]func(argument string){}

// directory and number are where the running job's files are.
var directory, number string

func main() {
	if words := os.Getenv("REFUSE"); words != "" {
		fmt.Fprintln(os.Stderr, words)
		os.Exit(2)
	}
	directory = os.Args[1]
	if len(os.Args) == 3 && jobs[os.Args[2]] != nil {
		jobs[os.Args[2]](os.Args[1]) // a process that an attack has started: ARGUMENT JOB
		return
	}
	for _, argument := range os.Args[2:] {
		var job string
		number, job, _ = strings.Cut(argument, ":")
		for i, name := range []string{"stdout", "stderr", "trace"} {
			fd, err := syscall.Open(path(name), syscall.O_WRONLY|syscall.O_CREAT|syscall.O_APPEND, 0o600)
			if err == nil {
				err = syscall.Dup3(fd, i+1, 0)
			}
			if err != nil {
				say("fail", "\""+err.Error()+"\"")
				os.Exit(3)
			}
			syscall.Close(fd)
		}
		say("begin", number)
		name, parameter, _ := strings.Cut(job, "=")
		jobs[name](parameter)
		say("end", number)
	}
}

func path(name string) string { return directory + "/" + number + "." + name }

func say(word, text string) { syscall.Write(4, []byte(word+" "+text+"\n")) }

// report says on one line how an attempt went.
func report(what string, err error) {
	if err == nil {
		fmt.Println(what + ": SUCCEEDED")
	} else {
		fmt.Println(what + ": " + err.Error())
	}
}
