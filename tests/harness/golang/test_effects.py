from __future__ import annotations

import pytest

from harness.golang.effects import changes_process, needs_own_process

MAIN = "\n\nfunc main() {}\n"


@pytest.mark.parametrize(
    "source",
    [
        "func init() {}",
        "var x = f()\n\nfunc f() int { return 1 }",
        "var x = func() int { return 1 }()",
        "var f = func() int { return 1 }\n\nvar x = f()",
        "var x = []int{1, t{}.m()}\n\ntype t struct{}\n\nfunc (t) m() int { return 1 }",
        'import "os"\n\nvar x, err = os.Open("x")',
        "var c = make(chan int, 1)\n\nvar x = <-c",
        'var _ = generic[int](1)\n\nfunc generic[T any](v T) T { print("x"); return v }',
    ],
)
def test_a_program_that_acts_before_main_needs_its_own_process(source: str) -> None:
    assert needs_own_process(f"package main\n\n{source}{MAIN}")


@pytest.mark.parametrize(
    "source",
    [
        "",
        "var x = 1",
        "var f = func() { g() }\n\nfunc g() {}",
        'import "errors"\n\nvar err = errors.New("x")',
        "type t int\n\nvar x = t(1)",
        "type t[T any] []T\n\nvar x = t[int](nil)",
        'var x = make(map[string]int)\n\nvar y = []byte("x")\n\nvar z = len(x)',
        "type t struct{}\n\nfunc (t) init() {}",
    ],
)
def test_a_program_that_only_makes_values_needs_none(source: str) -> None:
    assert not needs_own_process(f"package main\n\n{source}{MAIN}")


@pytest.mark.parametrize(
    ("imports", "body"),
    [
        ("runtime/debug", "debug.SetGCPercent(1)"),
        ("os", 'os.Setenv("X", "y")'),
        ("os", "os.Stdout = nil"),
        ("os", "_ = &os.Args"),
        ("os/signal", "signal.Reset()"),
        ("syscall", "syscall.Close(1)"),
        ("runtime", "runtime.GOMAXPROCS(1)"),
        ("runtime", "runtime.LockOSThread()"),
        ("time", "time.AfterFunc(time.Second, func() { println() })"),
        ("context", "ctx, _ := context.WithTimeout(context.Background(), 1); <-ctx.Done()"),
    ],
)
def test_a_program_that_changes_its_process_is_the_last_in_it(imports: str, body: str) -> None:
    assert changes_process(f'package main\n\nimport "{imports}"\n\nfunc main() {{ {body} }}\n')


@pytest.mark.parametrize(
    ("imports", "body"),
    [
        ("fmt", "fmt.Println()"),
        ("os", "os.Exit(len(os.Args))"),
        ("runtime", "runtime.GC(); runtime.Goexit()"),
        ("sync", "var mu sync.Mutex; mu.Lock()"),
        ("time", "time.Sleep(time.Millisecond)"),
        ("context", "ctx, cancel := context.WithCancel(context.Background()); cancel(); <-ctx.Done()"),
    ],
)
def test_an_ordinary_program_is_not(imports: str, body: str) -> None:
    assert not changes_process(f'package main\n\nimport "{imports}"\n\nfunc main() {{ {body} }}\n')
