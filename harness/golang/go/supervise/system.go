package main

import "syscall"

// Numbers that package syscall lacks. The system calls have the same number on every architecture.
const (
	sysPidfdSendSignal      = 424
	sysPidfdOpen            = 434
	sysLandlockCreate       = 444
	sysLandlockAddRule      = 445
	sysLandlockRestrictSelf = 446

	rlimitNproc = 6

	prSetDumpable       = 4
	prSetChildSubreaper = 36
	prSetNoNewPrivs     = 38
	prCapAmbient        = 47

	prCapAmbientClearAll = 4
)

func prctl(option int, argument uintptr) error {
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, uintptr(option), argument, 0, 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}
