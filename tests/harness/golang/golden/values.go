package traced; import _ddp "deferdiff.test/trace"

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

type code int

func (c code) String() string { _dd := _ddp.Enter(0, 0, 0); _ = _dd; panic(_dd.Panic(12, "a method of the program was called")) }

type status struct {
	name string
	code code
	next *status
	any  any
}

func (s status) Error() string { _dd := _ddp.Enter(1, 0, 0); _ = _dd; panic(_dd.Panic(21, "a method of the program was called")) }

// fake says that it is a run-time error, but its method is the program's.
type fake struct{ n int }

func (fake) RuntimeError() { _dd := _ddp.Enter(2, 0, 0); _ = _dd;_dd.Return(26) }

func (fake) Error() string { _dd := _ddp.Enter(3, 0, 0); _ = _dd; panic(_dd.Panic(28, "a method of the program was called")) }

type list []list

func attempt(f func()) { _dd := _ddp.Enter(4, 0, 0); _ = _dd;
	{ _dd1 := _ddp.Record(); defer func() { _dd := _ddp.Enter(5, _dd1, 0); _ = _dd; _ = _dd.Recover(33, recover()) ; _dd.Return(33) }(); _dd.Defer(_dd1, 33, "literal:5") }
	f()
_dd.Return(35) }

func give(v any) { _dd := _ddp.Enter(6, 0, 0); _ = _dd; attempt(func() { _dd := _ddp.Enter(7, 0, 0); _ = _dd; panic(_dd.Panic(37, v)) ; _dd.Return(37) }) ; _dd.Return(37) }

func Main() { _dd := _ddp.Enter(8, 0, 0); _ = _dd;
	one, two := &status{name: "one"}, &status{name: "two"}
	one.next, two.next = two, one
	deep := list{list{list{list{list{}}}}}
	var nilMap map[string]int
	var nilStatus *status
	channel := make(chan int)
	for _, v := range []any{
		"text", "quote\"\n\xff", 3, -4, int8(5), uint(6), 'a', byte(7), uintptr(8), true, 1.5, 2.0, -0.0, float32(0.1),
		1e100, 1 + 2i, code(9), status{"x", 1, nil, "in"}, one, two, one, *one, &code9, fake{1}, nilMap, nilStatus,
		[]string{"a", "b"}, []int(nil), [2]bool{true}, deep, channel, channel, struct{ a, b int }{1, 2},
		[]any{nil, 1, "s", code(2)}, map[string]int{"k": 1}, strings.Repeat("long", 300), make([]int, 40),
		os.ErrNotExist, fmt.Errorf("wrapped: %w", os.ErrNotExist), errors.New("plain"), func() { _dd := _ddp.Enter(9, 0, 0); _ = _dd;_dd.Return(51) },
		error(nil), struct{}{},
	} {
		give(v)
	}
	attempt(func() { _dd := _ddp.Enter(10, 0, 0); _ = _dd; panic(_dd.Panic(56, nil)) ; _dd.Return(56) })
	attempt(func() { _dd := _ddp.Enter(11, 0, 0); _ = _dd; nilMap["k"] = 1 ; _dd.Return(57) })
	attempt(func() { _dd := _ddp.Enter(12, 0, 0); _ = _dd; fmt.Println([]int{}[len(nilMap)]) ; _dd.Return(58) })
	attempt(func() { _dd := _ddp.Enter(13, 0, 0); _ = _dd; fmt.Println(1 / len(nilMap)) ; _dd.Return(59) })
	attempt(func() { _dd := _ddp.Enter(14, 0, 0); _ = _dd; fmt.Println(nilStatus.name) ; _dd.Return(60) })
	attempt(func() { _dd := _ddp.Enter(15, 0, 0); _ = _dd; fmt.Println(any(code(1)).(fmt.Formatter)) ; _dd.Return(61) })
	attempt(func() { _dd := _ddp.Enter(16, 0, 0); _ = _dd; fmt.Println(any(code(1)).(status)) ; _dd.Return(62) })
	fmt.Println("no method was called")
_dd.Return(64) }

var code9 = code(9)
