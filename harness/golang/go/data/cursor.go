package data

import (
	"runtime"
	"sync/atomic"
	"syscall"
)

// How the programs of a sheet come to run, one after the other, and how each of them ends.

// cursor goes through the programs of a sheet. One goroutine at a time has it.
type cursor struct {
	*sheet
	rest []uint32
	at   int
	last int
	how  int
	// since counts the programs since the watch was wound.
	since int
	why   fault
}

// run runs the programs from number first on and before number last.
func (s *sheet) run(first, last, how int) fault {
	if last > s.count {
		return "it has fewer programs than the job"
	}
	c := &cursor{sheet: s, rest: s.programs, last: last, how: how}
	for c.at < first && c.why == "" {
		c.load()
	}
	c.since = 0
	turn = c
	for c.at < c.last && c.why == "" {
		atomic.StoreUint32(&moved, 0)
		before := runtime.NumGoroutine()
		go work()
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

// load fills the holes of the next program's skeleton and gives that; nil if the job has none more.
//
//go:nosplit
func (c *cursor) load() *function {
	if c.at == c.last {
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

// turn is the cursor of the sheet that runs. It is no argument of work, for which the compiler would put one frame more
// on each stack, and stacks that move do so frame by frame.
var turn *cursor

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
func work() {
	c := turn
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
	depth = least
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
		if c.how&roomy == 0 || depth != least {
			return
		}
	}
}

// runCaught runs a function and notes how it ends; by a Goexit it does not return, even if a panic then came out of it.
//
//go:nosplit
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
