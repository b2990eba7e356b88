package main

import (
	"os"
	"syscall"
	"unsafe"
)

// Landlock takes access away from a process and all that it starts, with no privilege needed: files outside the
// given paths, TCP (version 4 of the interface), signals to processes outside (version 6). See landlock(7).

const (
	accessExecute   = 1 << 0
	accessWriteFile = 1 << 1
	accessReadFile  = 1 << 2
	accessReadDir   = 1 << 3
	accessTruncate  = 1 << 14
	accessFiles     = accessExecute | accessWriteFile | accessReadFile | accessTruncate

	accessAllV1 = 1<<13 - 1
	accessRefer = 1 << 13

	networkTCP = 1<<0 | 1<<1

	scopeAbstractSocket = 1 << 0
	scopeSignal         = 1 << 1

	rulePathBeneath = 1
)

// landlockVersion is 0 where the kernel has no Landlock.
func landlockVersion() int {
	version, _, errno := syscall.Syscall(sysLandlockCreate, 0, 0, 1)
	if errno != 0 {
		return 0
	}
	return int(version)
}

// confine leaves to this thread, and to what it becomes, the readable paths to read and run and the writable ones to do
// everything with. Paths that do not exist are passed over. no_new_privs must be set.
func confine(readable, writable []string) error {
	version := landlockVersion()
	if version == 0 {
		return nil
	}
	rules := struct{ files, network, scopes uint64 }{files: accessAllV1}
	size := unsafe.Sizeof(rules.files)
	if version >= 2 {
		rules.files |= accessRefer
	}
	if version >= 3 {
		rules.files |= accessTruncate
	}
	if version >= 4 {
		rules.network = networkTCP
		size += unsafe.Sizeof(rules.network)
	}
	if version >= 6 {
		rules.scopes = scopeAbstractSocket | scopeSignal
		size += unsafe.Sizeof(rules.scopes)
	}
	set, _, errno := syscall.Syscall(sysLandlockCreate, uintptr(unsafe.Pointer(&rules)), size, 0)
	if errno != 0 {
		return errno
	}
	defer syscall.Close(int(set))
	for _, path := range readable {
		if err := allow(set, path, rules.files&(accessExecute|accessReadFile|accessReadDir)); err != nil {
			return err
		}
	}
	for _, path := range writable {
		if err := allow(set, path, rules.files); err != nil {
			return err
		}
	}
	if _, _, errno := syscall.RawSyscall(sysLandlockRestrictSelf, set, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

func allow(set uintptr, path string, access uint64) error {
	const openPath = 0x200000 // O_PATH
	fd, err := syscall.Open(path, openPath|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer syscall.Close(fd)
	var about syscall.Stat_t
	if err := syscall.Fstat(fd, &about); err != nil {
		return &os.PathError{Op: "stat", Path: path, Err: err}
	}
	if about.Mode&syscall.S_IFMT != syscall.S_IFDIR {
		access &= accessFiles
	}
	// The kernel's struct is packed: eight bytes of access, four of descriptor.
	var rule [12]byte
	*(*uint64)(unsafe.Pointer(&rule[0])) = access
	*(*uint32)(unsafe.Pointer(&rule[8])) = uint32(fd)
	_, _, errno := syscall.Syscall6(sysLandlockAddRule, set, rulePathBeneath, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	if errno != 0 {
		return &os.PathError{Op: "allow", Path: path, Err: errno}
	}
	return nil
}
