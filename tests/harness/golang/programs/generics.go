package main

import (
	"fmt"
	"strings"
)

type box[T any] struct{ v T }

func (b *box[T]) Get() (T, bool) { return b.v, true }

func (b box[U]) Each(f func(U)) { f(b.v) }

type named[K comparable, V ~[]K] struct {
	key    K
	values V
}

func (n named[K, V]) All() V { return append(V(nil), n.values...) }

func apply[T, U any](v T, f func(T) U) U { return f(v) }

func say[K any](k K) { fmt.Println("generic", k) }

func hook[F ~func()](f F) {
	defer f()
	fmt.Println("hook")
}

func defers(name string) {
	defer say("inferred")
	defer say[int](1)
	b := &box[string]{name}
	defer b.Each(func(s string) { fmt.Println("each", s) })
	defer (*box[string]).Get(b)
	value := say[string]
	defer value("value")
	each := b.Each
	defer each(say[string])
}

func recovered[T any](v T) (got T) {
	defer func() { got = recover().(T) }()
	panic(v)
}

func main() {
	b := &box[string]{"held"}
	v, ok := b.Get()
	fmt.Println(v, ok, apply(3, func(n int) string { return strings.Repeat("x", n) }))
	fmt.Println(named[int, []int]{1, []int{2, 3}}.All())
	defers("box")
	hook(func() { fmt.Println("hooked") })
	fmt.Println(recovered(box[int]{7}), *recovered(&box[bool]{true}))
}
