package trace

import "runtime"

// caller says who called an instrumented function: one of the letters c f p g r s, and for c the line.
type caller struct {
	via  byte
	line int
}

// classify names the caller whose frame is the first of pcs. Frames that the compiler made (wrappers, the closure
// that holds a deferred call's arguments) and runtime.deferreturn are left out by runtime.Callers itself.
// The second pc is needed only by releases that spread one inlined frame over two.
func classify(pcs []uintptr) caller {
	n := 0
	for n < len(pcs) && pcs[n] != 0 {
		n++
	}
	if n == 0 {
		return caller{via: 's'}
	}
	frame, _ := runtime.CallersFrames(pcs[:n]).Next()
	name := frame.Function
	switch {
	case name == "runtime.gopanic":
		return caller{via: 'p'}
	case name == "runtime.Goexit":
		return caller{via: 'g'}
	case name == "" && isCase(frame.File), isCase(frame.File):
		if initialiser(name) {
			return caller{via: 's'}
		}
		return caller{via: 'c', line: frame.Line}
	case name == "", name == "runtime.goexit", name == "runtime.main", name == "runtime.kickoff",
		hasPrefix(name, "runtime.doInit"), hasPrefix(name, "main."), hasPrefix(name, "deferdiff.test/drive."):
		return caller{via: 's'}
	case hasPrefix(name, "runtime."):
		return caller{via: 'r'}
	}
	return caller{via: 'f'}
}

// isCase tells a case's file by its place in the module of a batch: traced/c<digits>/case.go.
func isCase(file string) bool {
	const base = "/case.go"
	end := len(file) - len(base)
	if end < 0 || file[end:] != base {
		return false
	}
	start := end
	for start > 0 && file[start-1] >= '0' && file[start-1] <= '9' {
		start--
	}
	const dir = "traced/c"
	return start < end && start >= len(dir) && file[start-len(dir):start] == dir
}

// initialiser tells the function that the compiler makes of a package's variable initialisers: calls from there
// have no instrumented caller.
func initialiser(name string) bool {
	return hasSuffix(name, ".init") || hasSuffix(name, "..import")
}

func hasPrefix(s, prefix string) bool {
	return len(s) >= len(prefix) && s[:len(prefix)] == prefix
}

func hasSuffix(s, suffix string) bool {
	return len(s) >= len(suffix) && s[len(s)-len(suffix):] == suffix
}
