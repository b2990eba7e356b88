package traced; import _ddp "deferdiff.test/trace"

import (
	"fmt"
	"strings"
); const _ddt = "10 (*box[...]).Get\n12 box[...].Each\n19 named[...].All\n21 apply[...]\n23 say[...]\n25 hook[...]\n30 defers\n34 defers.func1\n42 recovered[...]\n43 recovered[...].func1\n47 main\n50 main.func1\n53 main.func2\n"

type box[T any] struct{ v T }

func (b *box[T]) Get() (T, bool) { _dd := _ddp.Enter(0, 0, 0); _ = _dd; { var _ddr0 T; var _ddr1 bool; _ddr0, _ddr1 = b.v, true; _dd.Return(10); return _ddr0, _ddr1 } }

func (b box[U]) Each(f func(U)) { _dd := _ddp.Enter(1, 0, 0); _ = _dd; f(b.v) ; _dd.Return(12) }

type named[K comparable, V ~[]K] struct {
	key    K
	values V
}

func (n named[K, V]) All() V { _dd := _ddp.Enter(2, 0, 0); _ = _dd; { var _ddr0 V = append(V(nil), n.values...); _dd.Return(19); return _ddr0 } }

func apply[T, U any](v T, f func(T) U) U { _dd := _ddp.Enter(3, 0, 0); _ = _dd; { var _ddr0 U = f(v); _dd.Return(21); return _ddr0 } }

func say[K any](k K) { _dd := _ddp.Enter(4, 0, 0); _ = _dd; fmt.Println("generic", k) ; _dd.Return(23) }

func hook[F ~func()](f F) { _dd := _ddp.Enter(5, 0, 0); _ = _dd;
	defer f(); _dd.DeferValue(_ddp.Record(), 26, f, _ddt)
	fmt.Println("hook")
_dd.Return(28) }

func defers(name string) { _dd := _ddp.Enter(6, 0, 0); _ = _dd;
	defer say("inferred"); _dd.Defer(_ddp.Record(), 31, "function:4")
	defer say[int](1); _dd.Defer(_ddp.Record(), 32, "function:4")
	b := &box[string]{name}
	defer b.Each(func(s string) { _dd := _ddp.Enter(7, 0, 0); _ = _dd; fmt.Println("each", s) ; _dd.Return(34) }); _dd.Defer(_ddp.Record(), 34, "function:1")
	defer (*box[string]).Get(b); _dd.Defer(_ddp.Record(), 35, "function:0")
	value := say[string]
	defer value("value"); _dd.DeferValue(_ddp.Record(), 37, value, _ddt)
	each := b.Each
	defer each(say[string]); _dd.DeferValue(_ddp.Record(), 39, each, _ddt)
_dd.Return(40) }

func recovered[T any](v T) (got T) { _dd := _ddp.Enter(8, 0, 0); _ = _dd;
	{ _dd1 := _ddp.Record(); defer func() { _dd := _ddp.Enter(9, _dd1, 0); _ = _dd; got = _dd.Recover(43, recover()).(T) ; _dd.Return(43) }(); _dd.Defer(_dd1, 43, "literal:9") }
	panic(_dd.Panic(44, v))
}

func Main() { _dd := _ddp.Enter(10, 0, 0); _ = _dd;
	b := &box[string]{"held"}
	v, ok := b.Get()
	fmt.Println(v, ok, apply(3, func(n int) string { _dd := _ddp.Enter(11, 0, 0); _ = _dd; { var _ddr0 string = strings.Repeat("x", n); _dd.Return(50); return _ddr0 } }))
	fmt.Println(named[int, []int]{1, []int{2, 3}}.All())
	defers("box")
	hook(func() { _dd := _ddp.Enter(12, 0, 0); _ = _dd; fmt.Println("hooked") ; _dd.Return(53) })
	fmt.Println(recovered(box[int]{7}), *recovered(&box[bool]{true}))
_dd.Return(55) }
