// Command supervise is the one program that a sandbox runs inside itself: it starts every other process, holds
// it to its limits, takes down what it leaves behind, and says how it ended.
//
//	supervise serve CONFIG     answer requests on standard input until it ends or the lease passes
//	supervise enclose CONFIG   the same in namespaces of its own where the kernel grants them
//	supervise stage            internal: become the process to run (see stage.go)
//	supervise slay UID         internal: kill all processes of this uid
//
// It stands between a client that it trusts and programs that it does not. Whatever a tested program does to
// itself is evidence and travels as an ending; what keeps the supervisor from doing its own work travels as a
// failure. When the client goes away (standard input ends) it kills all that it started and ends.
//
// Standard library only, Linux only, and no feature newer than Go 1.19.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// config is what the sandbox decides once, when it starts the supervisor.
type config struct {
	// Work holds what the compiler reads and makes; Scratch is where tested programs may write.
	Work    string `json:"work"`
	Scratch string `json:"scratch"`
	// Lease is the Unix time at which the supervisor ends by itself, whatever its client does.
	Lease int64 `json:"lease"`
	// Alone: every other process that we may signal is ours to kill (a private uid or pid namespace).
	Alone bool `json:"alone"`
	// Drop is the uid and gid for batches; 0 keeps the supervisor's own.
	Drop int `json:"drop"`
	// Disk is the size in bytes of the file system to mount on Scratch when enclosed.
	Disk int64 `json:"disk"`
	// Readable are the paths that batches may read and run; empty leaves the file system as it is.
	Readable []string `json:"readable"`
	// Rlimits asks for resource limits that stand in for control groups (memory, processes).
	Rlimits bool `json:"rlimits"`

	// Set by enclose for the supervisor inside.
	Enclosed bool `json:"enclosed"`
	Mounts   bool `json:"mounts"`
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "stage" {
		stage()
	}
	if len(os.Args) == 3 && os.Args[1] == "slay" {
		slay(os.Args[2])
	}
	if len(os.Args) != 3 {
		die("usage: supervise serve|enclose CONFIG")
	}
	var c config
	if err := json.Unmarshal([]byte(os.Args[2]), &c); err != nil {
		die("configuration: " + err.Error())
	}
	switch os.Args[1] {
	case "serve":
		serve(c)
	case "enclose":
		enclose(c)
	default:
		die("unknown mode " + os.Args[1])
	}
}

// die ends the supervisor with one line for whoever reads its standard error.
func die(message string) {
	fmt.Fprintln(os.Stderr, "supervise: "+message)
	os.Exit(3)
}
