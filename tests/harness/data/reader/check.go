package data

import (
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// Check reads the sheet at path and goes through its programs: what the driver has understood, or why it refuses the
// sheet. It also gives how many bytes reading it has allocated.
func Check(path string) (said string, allocated uint64) {
	file, why := read(path)
	if why != "" {
		return "refused: " + string(why), 0
	}
	defer syscall.Munmap(file)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s, why := decode(words(file))
	runtime.ReadMemStats(&after)
	allocated = after.TotalAlloc - before.TotalAlloc
	if why != "" {
		return "refused: " + string(why), allocated
	}
	return s.dump(), allocated
}

func (s *sheet) dump() string {
	numbers := map[*function]int{}
	for i := range s.functions {
		numbers[&s.functions[i]] = i
	}
	var text strings.Builder
	put := func(what string, values ...int) {
		text.WriteString(what)
		for _, value := range values {
			text.WriteString(" " + strconv.Itoa(value))
		}
		text.WriteString("\n")
	}
	each := func(what string, functions []function) {
		for i := range functions {
			f := &functions[i]
			number := -1
			for n := range shapes {
				if f.shape == &shapes[n] {
					number = n
				}
			}
			put(what, number, int(f.enter))
			for n := range f.ops {
				o := &f.ops[n]
				loop, target := 0, -1
				if o.loop {
					loop = 1
				}
				if o.target != nil {
					target = numbers[o.target]
				}
				put("o", int(o.code), int(o.form), loop, int(o.times), int(o.operand), int(o.event), int(o.site), target)
			}
			put("h", f.holes...)
		}
	}
	each("f", s.functions)
	each("s", s.skeletons)
	c := &cursor{sheet: s, rest: s.programs, last: s.count}
	for {
		begun := c.rest
		root := c.load()
		if root == nil {
			break
		}
		values := []int{int(begun[0])}
		for _, at := range root.holes {
			values = append(values, numbers[root.ops[at].target])
		}
		put("p", values...)
	}
	if c.why != "" || len(c.rest) != 0 {
		put("cannot be run: " + string(c.why))
	}
	return text.String()
}
