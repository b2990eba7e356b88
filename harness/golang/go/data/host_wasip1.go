//go:build wasip1

package data

import (
	"syscall"
	"unsafe"
)

// There are no mappings, no timers and no signals here. The host reads the trace out of the module's memory, whatever
// ended the module, and ends it if it is not heard of for too long.

//go:wasmimport deferdiff trace
func hostTrace(at unsafe.Pointer, words int32)

//go:wasmimport deferdiff wind
func hostWind(milliseconds int32)

var watch struct{ patience syscall.Timespec }

// wind gives the programs to come their time.
func wind() { hostWind(int32(watch.patience.Nano() / 1e6)) }

// nap is nothing: there are no threads, so nobody is elsewhere.
func nap() {}

// openTrace makes a trace of so many words known to the host. Memory as large as that never moves.
func openTrace(room int) ([]uint32, fault) {
	trace := make([]uint32, room)
	hostTrace(unsafe.Pointer(&trace[0]), int32(room))
	return trace, ""
}

// closeTrace ends the trace after so many words.
func closeTrace(used int) fault {
	hostTrace(unsafe.Pointer(&trace[0]), int32(used))
	return ""
}

// read reads a file.
func read(path string) ([]byte, fault) {
	fd, err := syscall.Open(path, syscall.O_RDONLY, 0)
	if err != nil {
		return nil, fault("open " + path + ": " + err.Error())
	}
	defer syscall.Close(fd)
	var about syscall.Stat_t
	if err := syscall.Fstat(fd, &about); err != nil {
		return nil, fault("stat " + path + ": " + err.Error())
	}
	if about.Size < 16 || about.Size%4 != 0 || about.Size > bytesAtMost {
		return nil, "no whole number of words"
	}
	// As words, so that they are aligned.
	file := make([]uint32, about.Size/4)
	bytes := (*[bytesAtMost]byte)(unsafe.Pointer(&file[0]))[:about.Size:about.Size]
	for rest := bytes; len(rest) > 0; {
		n, err := syscall.Read(fd, rest)
		if err != nil || n == 0 {
			return nil, fault(path + ": it ends too early")
		}
		rest = rest[n:]
	}
	return bytes, ""
}
