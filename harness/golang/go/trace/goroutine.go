package trace

import (
	"runtime"
	"unsafe"
)

// The runtime's own number of a goroutine is in its g, at an offset that depends on the release. runtime.Stack
// prints the number too, but takes time in proportion to the depth of the stack on releases since 1.21.
// So the offset is found once, at start: it is the one place where the g's of several goroutines hold what
// runtime.Stack says. Where it is not found, or the g cannot be read, runtime.Stack is asked every time.

const (
	searched = 320 // bytes of a g that are looked at; every release's g is larger
	step     = 4   // 32-bit machines align 64-bit fields to 4 bytes
)

var offset = findOffset()

//go:nocheckptr
func goroutineID() uint64 {
	if offset != 0 {
		return *(*uint64)(unsafe.Pointer(getg() + offset))
	}
	return printedID()
}

// printedID reads "goroutine 17 [running]:".
func printedID() uint64 {
	var buf [64]byte
	n := runtime.Stack(buf[:], false)
	var id uint64
	for _, c := range buf[len("goroutine "):n] {
		if c < '0' || c > '9' {
			break
		}
		id = id*10 + uint64(c-'0')
	}
	return id
}

// findOffset gives 0 if there is no such place, or more than one.
func findOffset() uintptr {
	if getg() == 0 {
		return 0
	}
	var possible [searched / step]bool
	for i := range possible {
		possible[i] = true
	}
	narrow(&possible)
	done := make(chan bool)
	for i := 0; i < 3; i++ {
		go func() {
			narrow(&possible)
			done <- true
		}()
		<-done
	}
	for i := 0; runtime.NumGoroutine() > 1 && i < 1000; i++ {
		runtime.Gosched()
	}
	var found uintptr
	for i, is := range possible {
		if is && found != 0 {
			return 0
		}
		if is {
			found = uintptr(i) * step
		}
	}
	return found
}

//go:nocheckptr
func narrow(possible *[searched / step]bool) {
	id := printedID()
	for i := range possible {
		at := getg() + uintptr(i)*step
		if *(*uint64)(unsafe.Pointer(at)) != id {
			possible[i] = false
		}
	}
}
