package data

import "syscall"

// read reads a file, into memory that nobody else can change or take away.
func read(path string) ([]byte, fault) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
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
	bytes, err := syscall.Mmap(-1, 0, int(about.Size), syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		return nil, fault("room for " + path + ": " + err.Error())
	}
	for rest := bytes; len(rest) > 0; {
		n, err := syscall.Read(fd, rest)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return nil, fault(path + ": it ends too early")
		}
		rest = rest[n:]
	}
	return bytes, ""
}

// openTrace maps the trace, for so many words. Its place on the disk is there beforehand: a full disk would kill the
// program that finds it full.
func openTrace(room int) ([]uint32, fault) {
	if err := reserve(int64(4 * room)); err != nil {
		return nil, fault("room for the trace: " + err.Error())
	}
	bytes, err := syscall.Mmap(traceFile, 0, 4*room, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		return nil, fault("map the trace: " + err.Error())
	}
	return words(bytes), ""
}

// closeTrace ends the trace after so many words.
func closeTrace(used int) fault {
	if err := syscall.Ftruncate(traceFile, int64(4*used)); err != nil {
		return fault("cut the trace: " + err.Error())
	}
	return ""
}

// reserve makes the trace so long, with zeros.
func reserve(size int64) error {
	err := syscall.Fallocate(traceFile, 0, 0, size)
	if err != syscall.EOPNOTSUPP && err != syscall.ENOSYS {
		return err
	}
	zeros := make([]byte, 1<<16)
	for size > 0 {
		if size < int64(len(zeros)) {
			zeros = zeros[:size]
		}
		n, err := syscall.Write(traceFile, zeros)
		if err != nil {
			return err
		}
		size -= int64(n)
	}
	return nil
}

// nap lets others have the processor for a millisecond.
func nap() {
	millisecond := syscall.NsecToTimespec(1e6)
	syscall.Nanosleep(&millisecond, nil)
}
