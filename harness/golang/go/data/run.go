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

// Find gives the job of a name, "path:first:words:how:patience:stamp:sum": run the sheet at path from program number
// first on, with room for so many words. The patience is in milliseconds, the sum is the sheet's CRC-32.
func Find(name string) drive.Job {
	fields := strings.Split(name, ":")
	if len(fields) != 7 {
		return drive.Job{}
	}
	var numbers [6]int
	for i, field := range fields[1:] {
		n, err := strconv.ParseUint(field, 10, 32)
		if err != nil || n > wordsAtMost && i < 4 {
			return drive.Job{}
		}
		numbers[i] = int(n)
	}
	return drive.Job{Main: func() {
		watch.patience = syscall.NsecToTimespec(int64(numbers[3]) * 1e6)
		if uint32(numbers[4]) != Stamp {
			drive.Fail("this is another driver than the one that the job is for")
		}
		runSheet(fields[0], uint32(numbers[5]), numbers[0], numbers[1], numbers[2])
	}}
}

func runSheet(path string, sum uint32, first, room, how int) {
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
		deepest = shallow
	}
	if why := s.run(first, how); why != "" {
		refuse(why)
	}
	if why := closeTrace(next); why != "" {
		refuse(why)
	}
}

func refuse(why fault) {
	drive.Fail("sheet: " + string(why))
}

// cursor goes through the programs of a sheet. One goroutine at a time has it.
type cursor struct {
	*sheet
	rest []uint32
	at   int
	how  int
	// since counts the programs since the watch was wound.
	since int
	why   fault
}

// run runs all programs from number first on.
func (s *sheet) run(first, how int) fault {
	c := &cursor{sheet: s, rest: s.programs, how: how}
	for c.at < first && c.why == "" {
		c.load()
	}
	c.since = 0
	for c.at < c.count && c.why == "" {
		atomic.StoreUint32(&moved, 0)
		before := runtime.NumGoroutine()
		go c.work()
		for polls := 1; atomic.LoadUint32(&moved) == 0; polls++ {
			runtime.Gosched()
			if polls%pollsOfAll == 0 && runtime.NumGoroutine() <= before {
				c.lost()
				break
			}
		}
	}
	return c.why
}

// lost is what is left to do for a goroutine that has ended without giving the cursor up: a deferred call of it is lost.
func (c *cursor) lost() {
	if atomic.LoadUint32(&running) != 0 {
		atomic.StoreUint32(&running, 0)
		emit(endLost)
	}
	dead = false
}

// load fills the holes of the next program's skeleton and gives that; nil if there is none.
//
//go:nosplit
func (c *cursor) load() *function {
	if c.at == c.count {
		return nil
	}
	rest := c.rest
	if len(rest) == 0 || rest[0] >= uint32(len(c.skeletons)) {
		c.why = "a program without a skeleton"
		return nil
	}
	root := &c.skeletons[rest[0]]
	if len(rest)-1 < len(root.holes) {
		c.why = "it ends in a program"
		return nil
	}
	for n, at := range root.holes {
		target := rest[1+n]
		if target >= uint32(len(c.functions)) {
			c.why = "it refers to a function that it has not"
			return nil
		}
		root.ops[at].target = &c.functions[target]
	}
	c.rest = rest[1+len(root.holes):]
	c.at++
	return root
}

// running is the number of the program that runs, 0 between two of them. moved says that a goroutine gives the cursor up.
// Whoever waits for that polls, so that one can end without a word.
// dead: a panic in another goroutine has ended the program, and those that wait for that one are on their way out. They
// do it by Goexit: each of their deferred calls gets no further than its first event, which calls Goexit in turn.
var (
	running uint32
	dead    bool
	moved   uint32
)

// work runs programs on one goroutine as long as that is as good as new: until a Goexit ends it, or its stack has grown.
// On tight stacks every program gets one of its own.
func (c *cursor) work() {
	if c.how&roomy != 0 {
		room()
	}
	var mine, ending uint32
	over := false
	defer func() {
		// Also this one may run twice, by a fault of what is tested.
		if over {
			return
		}
		over = true
		if mine != 0 && !dead {
			atomic.StoreUint32(&running, 0)
			emit(ending)
		}
		dead = false
		atomic.StoreUint32(&moved, 1)
	}()
	depth = shallow
	for {
		root := c.load()
		if root == nil {
			return
		}
		if c.since%betweenWinds == 0 {
			wind()
		}
		c.since++
		first = next
		if out = trace; len(out)-next > wordsOfOne {
			out = out[:next+wordsOfOne]
		}
		mine = uint32(c.at)
		atomic.StoreUint32(&running, mine)
		ending = endGoexit
		runCaught(root, &ending)
		atomic.StoreUint32(&running, 0)
		mine = 0
		emit(ending)
		if c.how&roomy == 0 || depth != shallow {
			return
		}
	}
}

// runCaught runs a function and notes how it ends; by a Goexit it does not return, even if a panic then came out of it.
func runCaught(f *function, ending *uint32) {
	defer func() {
		if v := recover(); v != nil {
			*ending = endPanicked | recovered(v)
		}
	}()
	f.call(f, started)
	*ending = endReturned
}

// start runs a function on a goroutine of its own and waits until that is over. It polls: waiting on a channel would
// use g.param. A goroutine may end and not say so, if a deferred call is lost: then there is one less. Or it does not
// end: it may be in the kernel, and the machine busy with others, so that polling alone is over too soon.
func start(f *function) {
	var done uint32
	mine := atomic.LoadUint32(&running)
	before := runtime.NumGoroutine()
	go begin(f, mine, &done)
	for polls := 0; atomic.LoadUint32(&done) == 0; polls++ {
		if atomic.LoadUint32(&running) != mine && !dead {
			select {}
		}
		if polls == pollsOfAll && !dead && runtime.NumGoroutine() <= before && next < len(out) {
			abandon(endLost)
		}
		if polls > pollsAtMost {
			nap()
		}
		if polls == pollsAtMost+napsAtMost {
			print("data: a goroutine is lost\n")
			syscall.Exit(4)
		}
		runtime.Gosched()
	}
	if atomic.LoadUint32(&running) != mine {
		runtime.Goexit()
	}
}

// begin is a goroutine. A panic that nothing recovers ends the whole program.
func begin(f *function, mine uint32, done *uint32) {
	ending := uint32(endGoexit)
	defer func() {
		if ending&^0xff == endPanicked && atomic.CompareAndSwapUint32(&running, mine, 0) {
			emit(ending)
			dead, out = true, out[:next]
		}
		atomic.StoreUint32(done, 1)
	}()
	runCaught(f, &ending)
}

// Run-time errors that programs bring about, by their texts: the first values.
var faults = [...]string{
	"",
	"runtime error: invalid memory address or nil pointer dereference",
	"runtime error: integer divide by zero",
	"runtime error: index out of range [5] with length 3",
}

// recovered is the number of what recover gave.
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

// step does an operation that need not stand in the frame of its function.
//
//go:noinline
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

// depth is how many frames of grow are more than the stack holds: twice as many each time, unless a program does not
// come to an end, or the stack moves anyway.
var (
	depth   int
	deepest = 1 << 12
)

const shallow = 8

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
