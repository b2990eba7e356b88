package data

import (
	"syscall"
	"unsafe"
)

// A program may make the runtime loop for ever, where nothing of Go runs any more that could end it. So the kernel does:
// a timer on the process's own time kills it unless it is set again before. A busy machine makes nobody look hung.

const (
	processTime    = 2 // CLOCK_PROCESS_CPUTIME_ID
	sizeOfSigevent = 64
)

// watch.patience is in processor time, for as many programs as are run between two settings.
var watch struct {
	patience syscall.Timespec
	id       int32
	set      bool
}

// wind gives the programs to come their time.
func wind() {
	if !watch.set {
		var event [sizeOfSigevent]byte
		at := unsafe.Sizeof(uintptr(0)) // behind the value, which is as large as a pointer
		*(*int32)(unsafe.Pointer(&event[at])) = int32(syscall.SIGKILL)
		if _, _, err := syscall.RawSyscall(syscall.SYS_TIMER_CREATE, processTime,
			uintptr(unsafe.Pointer(&event)), uintptr(unsafe.Pointer(&watch.id))); err != 0 {
			refuse(fault("timer: " + err.Error()))
		}
		watch.set = true
	}
	until := [2]syscall.Timespec{1: watch.patience}
	if _, _, err := syscall.RawSyscall6(syscall.SYS_TIMER_SETTIME, uintptr(watch.id), 0,
		uintptr(unsafe.Pointer(&until)), 0, 0, 0); err != 0 {
		refuse(fault("timer: " + err.Error()))
	}
}
