package data

import (
	"hash/crc32"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"deferdiff.test/drive"
)

// What a program's last word says: endMark, how it ended, and the value that a panic ended it with.
const (
	endMark      = 0xff000000
	endReturned  = endMark | 1<<8
	endPanicked  = endMark | 2<<8
	endGoexit    = endMark | 3<<8
	endEndless   = endMark | 4<<8
	endLost      = endMark | 5<<8
	traceFile    = 3
	wordsAtMost  = 1 << 22
	wordsOfOne   = 1 << 12
	wordsKept    = 1 << 9
	pollsOfAll   = 1 << 8  // until whoever can run has run
	pollsAtMost  = 1 << 14 // without a pause
	napsAtMost   = 100
	betweenWinds = 64 // programs that run until the watch is wound again
	unknownValue = 255
)

// word is the value of a panic.
type word uint32

var values [unknownValue]interface{}

func init() {
	for i := range values {
		values[i] = word(i)
	}
}

// The trace: written by whoever runs, and one goroutine at a time does. out ends where a program may write no more,
// which began at first.
var (
	trace []uint32
	out   []uint32
	next  int
	first int
)

func emit(event uint32) {
	if next == len(out) {
		overflow()
	}
	out[next] = event
	next++
}

// overflow ends a program that writes too much: it does not come to an end. Its goroutines stay as they are, and only
// its first words are kept.
//
//go:noinline
func overflow() {
	if dead {
		runtime.Goexit()
	}
	if cut := first + wordsKept; cut < len(trace) {
		next, out = cut, trace[:cut+1]
		abandon(endEndless)
	}
	print("data: a program does not come to an end\n")
	syscall.Exit(4)
}

// abandon ends a program whose goroutines stay where they are.
func abandon(ending uint32) {
	atomic.StoreUint32(&running, 0)
	emit(ending)
	wind()
	atomic.StoreUint32(&moved, 1)
	select {}
}

// How programs are run, as bits.
const (
	// roomy: stacks are large enough for most programs, which then run without a copy of the stack.
	roomy = 1
	// moving: the compiler makes the stack move at every call, so that it need not grow for that; and each of those
	// moves takes as long as the stack is large.
	moving = 2
)

// Stamp is this driver's own number. A job names the driver that it is for: what another one does would be taken for
// the doing of that one's toolchain.
var Stamp uint32

// Find gives the job of a name, "path:first:last:words:how:patience:stamp:sum": run the programs of the sheet at path
// from number first on and before number last, with room for so many words. The patience is in milliseconds, the sum is
// the sheet's CRC-32.
func Find(name string) drive.Job {
	fields := strings.Split(name, ":")
	if len(fields) != 8 {
		return drive.Job{}
	}
	var numbers [7]int
	for i, field := range fields[1:] {
		n, err := strconv.ParseUint(field, 10, 32)
		if err != nil || n > wordsAtMost && i < 5 {
			return drive.Job{}
		}
		numbers[i] = int(n)
	}
	return drive.Job{Main: func() {
		watch.patience = syscall.NsecToTimespec(int64(numbers[4]) * 1e6)
		if uint32(numbers[5]) != Stamp {
			drive.Fail("this is another driver than the one that the job is for")
		}
		runSheet(fields[0], uint32(numbers[6]), numbers[0], numbers[1], numbers[2], numbers[3])
	}}
}

func runSheet(path string, sum uint32, first, last, room, how int) {
	file, why := read(path)
	if why != "" {
		refuse(why)
	}
	if crc32.ChecksumIEEE(file) != sum {
		refuse("it is damaged: its checksum is another")
	}
	s, why := decode(words(file))
	if why != "" {
		refuse(why)
	}
	if trace, why = openTrace(room); why != "" {
		refuse(why)
	}
	next = 0
	if how&moving != 0 {
		least, deepest = 0, 0
	}
	if why := s.run(first, last, how); why != "" {
		refuse(why)
	}
	if why := closeTrace(next); why != "" {
		refuse(why)
	}
}

func refuse(why fault) {
	drive.Fail("sheet: " + string(why))
}

// Run-time errors that programs bring about, by their texts: the first values.
var faults = [...]string{
	"",
	"runtime error: invalid memory address or nil pointer dereference",
	"runtime error: integer divide by zero",
	"runtime error: index out of range [5] with length 3",
}

// recovered is the number of what recover gave.
//
//go:nosplit
func recovered(v interface{}) uint32 {
	switch v := v.(type) {
	case nil:
		return 0
	case word:
		return uint32(v)
	case runtime.Error:
		text := v.Error()
		for i := range faults {
			if faults[i] == text {
				return uint32(i)
			}
		}
	}
	return unknownValue
}

// What the compiler must not know.
var (
	nowhere *int
	zero    int
	five    = 5
	list    [3]int
)

// step does an operation that need not stand in the frame of its function. Where stacks move at every call, those of
// the program's own functions do: for an operation that is most of the time that it takes.
//
//go:noinline
//go:nosplit
func step(o *operation, result, outer *int) {
	switch o.code {
	case opEmit:
		emit(o.event)
	case opSet:
		*result = int(o.operand)
	case opRead:
		emit(o.event + uint32(*result))
	case opSetOuter:
		*outer = int(o.operand)
	case opReadOuter:
		emit(o.event + uint32(*outer))
	case opGo:
		emit(o.event)
		start(o.target)
	case opGrow:
		if depth < deepest {
			depth *= 2
		}
		grow(depth)
	case opCollect:
		runtime.GC()
	}
}

// depth is how many frames of grow are more than the stack holds: least at first and twice as many each time, unless a
// program does not come to an end, or the stack moves anyway: then one frame is enough.
var (
	depth   int
	least   = 8
	deepest = 1 << 12
)

//go:noinline
func grow(frames int) byte {
	var block [2 << 10]byte
	block[five] = byte(frames)
	if frames > 0 {
		return grow(frames-1) + block[zero]
	}
	return block[zero]
}

// literal is what a site of closures and method values defers; nil for a nil function value.
//
//go:nosplit
func literal(o *operation, result *int) func() {
	switch o.form {
	case formNil:
		return nil
	case formValue:
		return o.target.value(o.target)
	}
	return o.target.closure(o.target, result)
}

// receiver is what a site of interface methods calls.
func receiver(o *operation) runner {
	if o.form == formPromoted {
		return o.target.around
	}
	return o.target.method
}

// use keeps a large variable in the frame.
//
//go:noinline
func use(block *[16 << 10]byte) { block[five] = 1 }

// mark lets a function with a type parameter use it.
//
//go:noinline
func mark(interface{}) {}
