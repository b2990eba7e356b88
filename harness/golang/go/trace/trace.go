// Package trace writes what an instrumented program does, one event a line, to file descriptor 3.
//
// An event is one write to a file opened with O_APPEND: whatever ends the process, no event that happened is lost,
// and events of several goroutines never mix. The words and fields of a line are those of oracle/events.py.
// The package must stay small and must not disturb what it watches: it has no defer, starts no goroutine once a
// case runs, never calls a method of the program, and uses neither fmt nor generics (gccgo 12 compiles it too).
package trace

import (
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"unsafe"
)

// File descriptors that the driver sets up before any case runs.
const (
	traceFile   = 3
	controlPipe = 4
)

// Activation is one entry into one instrumented function: the goroutine's number and its own.
type Activation struct {
	goroutine, number int
}

// All state below is guarded by mu, which is also held during the write: so lines stand in the file in the order
// of their numbers.
var (
	mu          sync.Mutex
	line        = make([]byte, 0, 4096)
	activations int
	records     int
	goroutines  int
	numbers     = map[uint64]int{}
	callers     = map[[2]uintptr]caller{}
	pointers    = map[pointer]int{}
)

type pointer struct {
	typ     string
	address unsafe.Pointer
}

// Reset starts a new trace: all numbers count from 1 again.
func Reset() {
	mu.Lock()
	activations, records, goroutines = 0, 0, 0
	numbers = map[uint64]int{}
	pointers = map[pointer]int{}
	mu.Unlock()
}

// Enter tells that function fn was entered. deferred and started are the records of the defer or go statement whose
// call this is, where a function literal knows it, else 0.
//
//go:noinline
func Enter(fn, deferred, started int) Activation {
	var pcs [2]uintptr
	runtime.Callers(2, pcs[:]) // of the instrumented function and its caller
	id := goroutineID()
	mu.Lock()
	by, ok := callers[pcs]
	if !ok {
		var more [16]uintptr // those of what is inlined into one function's frame are told apart
		by = classify(more[:runtime.Callers(2, more[:])])
		callers[pcs] = by
	}
	g := numbers[id]
	if by.via == 'u' {
		by.via = 'f'
		if g == 0 {
			by.via = 's'
		}
	}
	if g == 0 || by.via == 's' {
		goroutines++
		g = goroutines
		numbers[id] = g
	}
	activations++
	a := Activation{g, activations}
	begin('E', a)
	number(fn)
	line = append(line, ' ', by.via)
	number(by.line)
	number(deferred)
	number(started)
	end()
	return a
}

// Record reserves the number of a defer or go statement about to be executed.
func Record() int {
	mu.Lock()
	records++
	r := records
	mu.Unlock()
	return r
}

// Defer tells that a defer statement was executed: record is pending.
func (a Activation) Defer(record, at int, callee string) {
	a.statement('D', record, at, callee)
}

// DeferValue is Defer for a call of the function value f; table lists the program's functions (see callee).
func (a Activation) DeferValue(record, at int, f interface{}, table string) {
	a.statement('D', record, at, callee(f, table))
}

// Go tells that a go statement is about to be executed.
func (a Activation) Go(record, at int, callee string) {
	a.statement('G', record, at, callee)
}

// GoValue is Go for a call of the function value f.
func (a Activation) GoValue(record, at int, f interface{}, table string) {
	a.statement('G', record, at, callee(f, table))
}

// GoPanic is Go for the builtin panic; it gives v back.
func (a Activation) GoPanic(at int, v interface{}) interface{} {
	a.statement('G', Record(), at, "panic::"+strconv.Quote(Canonical(v)))
	return v
}

// DeferPanic is Defer for the builtin panic, called when its argument has been evaluated; it gives v back.
func (a Activation) DeferPanic(at int, v interface{}) interface{} {
	a.statement('D', Record(), at, "panic::"+strconv.Quote(Canonical(v)))
	return v
}

// GoExit is Go for os.Exit; it gives status back.
func (a Activation) GoExit(at, status int) int {
	a.statement('G', Record(), at, "exit::"+strconv.Quote(strconv.Itoa(status)))
	return status
}

// DeferExit is Defer for os.Exit, called when its argument has been evaluated; it gives status back.
func (a Activation) DeferExit(at, status int) int {
	a.statement('D', Record(), at, "exit::"+strconv.Quote(strconv.Itoa(status)))
	return status
}

// Panic tells that panic(v) is about to be called; it gives v back.
func (a Activation) Panic(at int, v interface{}) interface{} {
	a.value('P', at, v)
	return v
}

// Recover tells that recover() gave v; it gives v back.
func (a Activation) Recover(at int, v interface{}) interface{} {
	a.value('R', at, v)
	return v
}

// Goexit tells that runtime.Goexit is about to be called.
func (a Activation) Goexit(at int) {
	a.place('X', at)
}

// GoexitBy is Goexit where only an expression fits: it gives goexit back, to be called.
func (a Activation) GoexitBy(at int, goexit func()) func() {
	a.place('X', at)
	return goexit
}

// Return tells that a return statement has evaluated its results, or that the end of the body was reached.
func (a Activation) Return(at int) {
	a.place('T', at)
}

// Exit tells that os.Exit(status) is about to be called; it gives status back.
func (a Activation) Exit(at, status int) int {
	mu.Lock()
	begin('Q', a)
	number(at)
	number(status)
	end()
	return status
}

func (a Activation) place(word byte, at int) {
	mu.Lock()
	begin(word, a)
	number(at)
	end()
}

func (a Activation) value(word byte, at int, v interface{}) {
	text := Canonical(v)
	mu.Lock()
	begin(word, a)
	number(at)
	line = append(line, ' ')
	line = strconv.AppendQuote(line, text)
	end()
}

func (a Activation) statement(word byte, record, at int, callee string) {
	mu.Lock()
	begin(word, a)
	number(at)
	number(record)
	line = append(line, ' ')
	line = append(line, callee...)
	end()
}

func begin(word byte, a Activation) {
	line = append(line[:0], word)
	number(a.goroutine)
	number(a.number)
}

func number(n int) {
	line = append(line, ' ')
	line = strconv.AppendInt(line, int64(n), 10)
}

// end writes the line and unlocks mu. The raw system call keeps the scheduler out: a write to a file does not
// block, and a goroutine that only writes an event must not lose its processor to another. A trace with a hole is
// worth nothing, so a failed write ends the process and the control pipe says why.
func end() {
	line = append(line, '\n')
	n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, traceFile, uintptr(unsafe.Pointer(&line[0])), uintptr(len(line)))
	if int(n) != len(line) {
		text := []byte("fail an event could not be written: error " + strconv.Itoa(int(errno)) + "\n")
		syscall.Write(controlPipe, text)
		syscall.Exit(1)
	}
	mu.Unlock()
}
