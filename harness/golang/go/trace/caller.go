package trace

import "runtime"

// caller says who called an instrumented function: one of the letters c f p g r s, and for c the line. Or u, if no
// frame is found above it: gccgo's backtraces end where its split stacks do.
type caller struct {
	via  byte
	line int
}

// classify tells the caller from the pcs of the instrumented function and of those above it. Where one is inlined into the
// other these are one frame of the machine (gccgo: twice the same pc), which only runtime.CallersFrames takes apart.
// Frames that the compiler made (wrappers, the closure that holds a deferred call's arguments) and runtime.deferreturn
// are left out by runtime.Callers itself.
func classify(pcs []uintptr) caller {
	frames := runtime.CallersFrames(pcs)
	if _, more := frames.Next(); !more {
		return caller{via: 'u'}
	}
	frame, more := frames.Next()
	// The call of runtime.deferreturn has no position of its own. It has that of the code before it, which may be
	// another package's, inlined into the function that returns: what counts is whose frame it is.
	for more && frame.Func == nil && frame.Function != "" && !isCase(frame.File) {
		frame, more = frames.Next()
	}
	name := frame.Function
	switch {
	case name == "runtime.gopanic":
		return caller{via: 'p'}
	case name == "runtime.Goexit":
		return caller{via: 'g'}
	case isCase(frame.File):
		if initialiser(name) {
			return caller{via: 's'}
		}
		return caller{via: 'c', line: frame.Line}
	case name == "":
		return caller{via: 'u'}
	case name == "runtime.goexit", name == "runtime.main", name == "runtime.kickoff",
		hasPrefix(name, "runtime.doInit"), hasPrefix(name, "main."), hasPrefix(name, "deferdiff.test/drive."):
		return caller{via: 's'}
	case hasPrefix(name, "runtime."):
		return caller{via: 'r'}
	}
	return caller{via: 'f'}
}

// isCase tells a case's file by its place in the module of a batch: traced/c<digits>/<name>.go.
func isCase(file string) bool {
	end := len(file) - 1
	for end >= 0 && file[end] != '/' {
		end--
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
