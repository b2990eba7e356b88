"""Deferred calls of functions that are not the program's: which a literal can make instead, and what stays in it."""

from __future__ import annotations

import pytest

from harness.golang.instrument import instrument

PROGRAM = """\
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
)

const limit = 3

type own struct{ mu sync.Mutex }

func (o *own) Close() {}

func one() int { return 1 }

func two() (int, int) { return 1, 2 }

func named() (a, b int) { return }

func less[T any](a, b T) bool { return false }

func main() {
	var mu sync.Mutex
	var o own
	n, xs, m, ch, stop := 1, []any{1}, map[float64]int{}, make(chan int), func() {}
	_, _, _, _, _, _, _ = &mu, &o, n, xs, m, ch, stop
	defer %s
}
"""
AT = 29


def statement(call: str) -> str:
    """The defer statement, with the names that were put in made short."""
    changed = instrument(PROGRAM % call, "traced").source.splitlines()[AT]
    assert " defer " in changed or changed.startswith("\tdefer ")
    return changed


def literal(call: str) -> str:
    """What the literal does between its events."""
    changed = statement(call)
    assert changed.startswith("\t{ _dd1 := _ddp.Record()"), changed
    return changed.rpartition("_ = _dd; ")[2].partition("; _dd.Return(")[0]


@pytest.mark.parametrize(
    ("call", "made"),
    [
        ("close(ch)", "close(_dd2a)"),
        ("print()", "print()"),
        ("println(n, limit)", "println(_dd2a, limit)"),
        ("delete(m, 1)", "delete(_dd2a, 1)"),
        ("delete(m, limit+1)", "delete(_dd2a, limit+1)"),
        ('fmt.Println("a", n, 1.5, nil, true, -1, -n)', 'fmt.Println("a", _dd2a, 1.5, nil, true, -1, _dd3a)'),
        ("fmt.Println(xs...)", "fmt.Println(_dd2a...)"),
        ("fmt.Fprintln(os.Stdout, xs[0])", "fmt.Fprintln(os.Stdout, _dd2a)"),
        ("fmt.Println(one())", "fmt.Println(_dd2a)"),
        ("fmt.Println(len(xs))", "fmt.Println(_dd2a)"),
        ("fmt.Println(float64(n))", "fmt.Println(_dd2a)"),
        ("fmt.Println(fmt.Sprint(n))", "fmt.Println(_dd2a)"),
        ("fmt.Println(func() int { return 1 }())", "fmt.Println(_dd2a)"),
        ("fmt.Println(two, less)", "fmt.Println(two, less)"),
        ("(fmt.Println)(main)", "(fmt.Println)(_dd2a)"),
        ("time.Sleep(2 * time.Second)", "time.Sleep(2 * time.Second)"),
        ("time.Sleep(1 << 3)", "time.Sleep(1 << 3)"),
        ("time.Sleep(max(1, limit))", "time.Sleep(max(1, limit))"),
        ("fmt.Println(max(1, n))", "fmt.Println(_dd2a)"),
        ("runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))", "runtime.GOMAXPROCS(_dd2a)"),
        ("mu.Unlock()", "_dd2f()"),
        ("(o.mu.Unlock)()", "_dd2f()"),
    ],
)
def test_a_literal_makes_the_call(call: str, made: str) -> None:
    assert literal(call) == made


@pytest.mark.parametrize(
    "call",
    [
        "fmt.Println(two())",
        "fmt.Println(named())",
        "fmt.Println(os.Getwd())",
        "fmt.Println(o.mu.TryLock())",
        "time.Sleep(1 << n)",
        "time.Sleep(2 + 1<<n)",
        "fmt.Println(\n1)",
        "stop()",
        "o.Close()",
        "one()",
        "recover()",
    ],
)
def test_what_cannot_be_taken_apart_stays(call: str) -> None:
    assert statement(call).startswith(f"\tdefer {call}".partition("\n")[0])


def test_arguments_are_evaluated_by_the_defer_statement_in_their_order() -> None:
    before, _, _ = statement("fmt.Println(n, one(), recover())").partition("; defer ")
    assert before.split(" ; ")[1:] == ["_dd2a := n", "_dd3a := one()", "_dd4a := _dd.Recover(30, recover())"]


def test_its_functions_are_numbered_behind_the_programs_own() -> None:
    own = instrument(PROGRAM % "recover()", "traced").functions
    assert instrument(PROGRAM % "mu.Unlock()", "traced").functions[:-1] == own
    last = instrument(PROGRAM % "time.NewTimer(n).Stop()", "traced").functions[-1]
    assert (last.name, last.first_line, last.foreign) == ("(...).Stop", AT + 1, True)
