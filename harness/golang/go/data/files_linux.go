package data

import "syscall"

// read maps a file.
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
	bytes, err := syscall.Mmap(fd, 0, int(about.Size), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fault("map " + path + ": " + err.Error())
	}
	return bytes, ""
}

// openTrace maps the trace, for so many words.
func openTrace(room int) ([]uint32, fault) {
	if err := syscall.Ftruncate(traceFile, int64(4*room)); err != nil {
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
