package data

import "strconv"

// A sheet is read as a whole before anything of it runs, and one that a chunk cannot have is refused: what a damaged
// one did would be taken for the toolchain's doing. harness/data/unwire.py reads sheets in the same way.
//
// What is called for each word must not move the stack where all else does: a driver that dies is started, and reads,
// a hundred times a minute.

const (
	// wordsOfFunction are those of the shortest.
	wordsOfFunction = 6
	// lastDetail: events leave so much room for a value.
	lastDetail = 0xff
	lastEvent  = endMark - 2*shown
)

// decoder is a sheet half read. back, forth: its functions refer to earlier ones, to later ones. Both together might be
// a circle, so only one may be.
type decoder struct {
	pool        []function
	back, forth bool
}

// decode reads a sheet; "" if it is one.
func decode(words []uint32) (*sheet, fault) {
	if len(words) < 4 || words[0] != magic {
		return nil, "no sheet of this driver"
	}
	functions, total, programs := uint64(words[1]), uint64(words[1])+uint64(words[2]), uint64(words[3])
	rest := words[4:]
	if total*wordsOfFunction > uint64(len(rest)) {
		return nil, "it has fewer words than functions"
	}
	all := make([]function, total)
	d := decoder{pool: all[:functions]}
	for i := range all {
		var why fault
		if rest, why = d.function(&all[i], i, rest); why != "" {
			return nil, numbered("function ", i, why)
		}
	}
	for i := range all {
		if why := all[i].admitsAll(); why != "" {
			return nil, numbered("function ", i, why)
		}
	}
	if programs > uint64(len(rest)) {
		return nil, "it has fewer words than programs"
	}
	s := &sheet{functions: d.pool, skeletons: all[functions:], programs: rest, count: int(programs)}
	return s, s.check()
}

func numbered(what string, number int, why fault) fault {
	return fault(what + strconv.Itoa(number) + ": " + string(why))
}

// function reads function number i; those behind the pool are skeletons. It gives what is left of the words.
func (d *decoder) function(f *function, i int, words []uint32) ([]uint32, fault) {
	if len(words) < 3 || uint64(len(words)-3)/3 < uint64(words[1]) {
		return nil, "the sheet ends in it"
	}
	if words[0] >= uint32(len(shapes)) {
		return nil, "a shape that this driver has not"
	}
	f.shape, f.enter = &shapes[words[0]], words[2]
	f.call, f.closure, f.value = f.shape.call, f.shape.closure, f.shape.value
	f.method = f.shape.method(f)
	f.around = &around{runner: f.method}
	f.ops = make([]operation, words[1])
	if !isEvent(f.enter) {
		return nil, "an event that is none"
	}
	rest := words[3:]
	var calls []int
	sites, over := 0, false
	for n := range f.ops {
		o := &f.ops[n]
		if rest[0]&0xff > uint32(opCollect) {
			return nil, "an operation that this driver does not know"
		}
		o.code, o.form, o.times = uint8(rest[0]), uint8(rest[0]>>8), uint16(rest[0]>>16)
		o.operand, o.event = rest[1], rest[2]
		rest = rest[3:]
		if over && (o.code != opEnd || n != len(f.ops)-1) {
			return nil, "an operation that is never reached"
		}
		over = o.isLast()
		if !isEvent(o.event) {
			return nil, "an event that is none"
		}
		if o.code != opSite && (o.form&^formHole != 0 || o.times != 0 || o.form != 0 && !o.refers()) {
			return nil, "an operation with more to it than it can have"
		}
		hole := o.form&formHole != 0
		if hole && i < len(d.pool) {
			return nil, "a hole, which only a skeleton has"
		}
		o.loop = o.form&formLoop != 0
		o.form &^= formLoop | formHole
		if o.code == opSite {
			if sites == len(f.shape.sites) {
				return nil, "more defer statements than its shape has"
			}
			o.site = f.shape.sites[sites]
			sites++
			if !o.fits() || hole && o.form == formNil {
				return nil, "a form that its defer statement cannot have"
			}
			if o.loop && !f.shape.linked || o.times > 1 && !o.loop {
				return nil, "a loop that its shape has not"
			}
		}
		if why := d.operand(o, i, hole); why != "" {
			return nil, why
		}
		if o.code == opSetOuter || o.code == opReadOuter {
			f.outer = true
		}
		if hole && o.code == opSite {
			f.holes = append(f.holes, n)
		} else if hole {
			calls = append(calls, n)
		}
	}
	f.holes = append(f.holes, calls...)
	if len(f.ops) == 0 || f.ops[len(f.ops)-1].code != opEnd {
		return nil, "it has no end"
	}
	if sites < len(f.shape.sites) {
		return nil, "fewer defer statements than its shape has"
	}
	if f.outer && i >= len(d.pool) {
		return nil, "it uses a result that it does not see"
	}
	return rest, ""
}

// operand checks what an operation of function number i works on, and finds its function.
//
//go:nosplit
func (d *decoder) operand(o *operation, i int, hole bool) fault {
	switch {
	case hole || o.code == opSite && o.form == formNil:
	case o.refers():
		if o.operand >= uint32(len(d.pool)) {
			return "it refers to a function that is not there"
		}
		if i < len(d.pool) {
			d.back, d.forth = d.back || int(o.operand) <= i, d.forth || int(o.operand) >= i
			if d.back && d.forth {
				return "functions that refer to earlier ones as well as to later ones"
			}
		}
		o.target = &d.pool[o.operand]
		return ""
	case o.code == opPanic:
		if o.operand < uint32(len(faults)) || o.operand >= uint32(len(values)) {
			return "a value that this driver has not"
		}
		return ""
	case o.code == opReturnValue || o.code == opSet || o.code == opSetOuter:
		if o.operand > lastDetail {
			return "a result that no event can tell"
		}
		return ""
	}
	if o.operand != 0 {
		return "an operation with more to it than it can have"
	}
	return ""
}

func isEvent(word uint32) bool { return word&lastDetail == 0 && word < lastEvent }

// refers tells that an operation has a function.
//
//go:nosplit
func (o *operation) refers() bool {
	return o.code == opSite || o.code == opCall || o.code == opCallAndShow || o.code == opGo
}

// isLast tells that nothing behind an operation is reached.
//
//go:nosplit
func (o *operation) isLast() bool {
	switch o.code {
	case opEnd, opReturnValue, opPanic, opGoexit, opNil, opDivide, opIndex:
		return true
	}
	return false
}

// fits tells that a site can defer its form.
//
//go:nosplit
func (o *operation) fits() bool {
	switch o.form {
	case formClosure:
		return o.site == siteVariable || o.site == siteLiteral
	case formValue, formNil:
		return o.site == siteVariable
	case formMethod, formPromoted:
		return o.site == siteReceiver
	}
	return o.form == formArgument && o.site == siteArgument
}

// admitsAll checks the functions that this one has from the sheet.
func (f *function) admitsAll() fault {
	for n := range f.ops {
		if o := &f.ops[n]; o.target != nil {
			if why := f.admits(o, o.target); why != "" {
				return why
			}
		}
	}
	return ""
}

// admits checks that a function can stand at an operation: a literal has no place for defer statements, and only
// literals see the result of the function around them.
//
//go:nosplit
func (f *function) admits(o *operation, target *function) fault {
	if o.code == opSite && o.site == siteLiteral {
		if target.shape.sites != "" {
			return "a function literal that has defer statements"
		}
		return ""
	}
	if target.outer && !(o.code == opSite && o.form == formClosure && f.shape.linked) {
		return "it refers to a function that does not see the result that it uses"
	}
	return ""
}

// check goes through all programs.
func (s *sheet) check() fault {
	rest := s.programs
	for i := 0; i < s.count; i++ {
		if len(rest) == 0 || rest[0] >= uint32(len(s.skeletons)) {
			return numbered("program ", i, "it has no skeleton")
		}
		root := &s.skeletons[rest[0]]
		if rest = rest[1:]; len(rest) < len(root.holes) {
			return numbered("program ", i, "the sheet ends in it")
		}
		for n, at := range root.holes {
			if rest[n] >= uint32(len(s.functions)) {
				return numbered("program ", i, "it refers to a function that is not there")
			}
			if why := root.admits(&root.ops[at], &s.functions[rest[n]]); why != "" {
				return numbered("program ", i, why)
			}
		}
		rest = rest[len(root.holes):]
	}
	if len(rest) != 0 {
		return "it goes on behind its last program"
	}
	return ""
}
