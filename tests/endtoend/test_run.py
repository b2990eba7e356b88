"""`deferdiff run FILE`: any program, one row for each toolchain."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.endtoend.tool import CASES, FAULTS, Done, Json, Tool

pytestmark = pytest.mark.toolchain

PROCESS = ("--sandbox", "process")
FAULT = FAULTS / "recovery-forgets-open-defers.patch"


def run(tool: Tool, source: str, *options: str | Path) -> tuple[Done, dict[str, Json]]:
    """Run a program; what --json says of each toolchain."""
    (tool.home / "program.go").write_text(source)
    done = tool("run", "program.go", *PROCESS, "--json", *options)
    said = json.loads(done.stdout)
    assert said["status"] == done.status
    return done, {row["toolchain"]: row for row in said["toolchains"]}


def main(body: str, *imports: str) -> str:
    imported = "".join(f'import "{path}"\n' for path in imports)
    return f"package main\n\n{imported}\nfunc main() {{\n{body}\n}}\n"


RECOVERS = """package main

import "fmt"

func f() (n int) {
	defer func() { n++ }()
	defer func() { recover() }()
	panic("boom")
}

func main() { fmt.Println(f()) }
"""


def test_toolchains_that_agree(tool: Tool) -> None:
    done, rows = run(tool, RECOVERS)
    assert done.status == 0
    assert list(rows) == ["pre", "post"]
    for row in rows.values():
        assert (row["outcome"], row["stdout"], row["stderr"], row["ending"]) == (
            "conforms",
            "1\n",
            "",
            "exit status 0",
        )


def test_the_table_has_a_row_for_each_toolchain(tool: Tool) -> None:
    (tool.home / "program.go").write_text(RECOVERS)
    done = tool("run", "program.go", *PROCESS, "-t", "go1.22.10", "-t", "go1.22.10,gcflags=-N -l", "-t", "pre")
    assert done.status == 0, done.stderr
    for toolchain in ("go1.22.10", "go1.22.10,gcflags=-N -l", "pre: go1.21.13"):
        assert re.search(rf"│ {re.escape(toolchain)} +│ 1 +│ 0 +│ conforms", done.stdout), done.stdout


def test_a_planted_fault_breaks_a_rule(tool: Tool) -> None:
    done, rows = run(tool, RECOVERS, "--patch", FAULT)
    assert done.status == 1
    good, bad = rows.values()
    assert (good["outcome"], good["stdout"]) == ("conforms", "1\n")
    assert (bad["outcome"], bad["stdout"]) == ("diverges", "0\n")
    assert bad["detail"].startswith("deferred-call-lost")


@pytest.mark.parametrize(
    ("call", "owed"),
    [
        ('fmt.Println("deferred")', "fmt.Println"),
        ("close(make(chan int))", "close"),
        ("new(sync.Mutex).Unlock()", "(...).Unlock"),
    ],
)
def test_a_deferred_call_of_the_library_that_is_lost(tool: Tool, call: str, owed: str) -> None:
    """What a program of the user's defers is as often code of the library as its own."""
    body = f"\tdefer func() {{ fmt.Print(sync.NewCond(nil) != nil) }}()\n\tdefer {call}\n"
    source = main("\tf()", "fmt", "sync") + f"\nfunc f() {{\n{body}\tdefer func() {{ recover() }}()\n\tpanic(1)\n}}\n"
    done, rows = run(tool, source, "-t", f"post,patch={FAULT}")
    [row] = rows.values()
    assert done.status == 1
    assert row["divergence"]["rule"] == "deferred-call-lost"
    assert row["divergence"]["owed"].startswith(f"deferred call {owed} (line ")


def test_the_events_are_shown(tool: Tool) -> None:
    (tool.home / "program.go").write_text(RECOVERS)
    done = tool("run", "program.go", *PROCESS, "-t", "go1.22.10", "--trace")
    assert done.status == 0
    numbered = [found for line in done.stdout.splitlines() if (found := re.match(r" +(\d+)  (.*)", line))]
    assert [int(found[1]) for found in numbered] == list(range(1, 13))
    for number, words in {
        3: ("f defers f.func1", "line 6"),
        5: ('f panics with "boom"', "line 8"),
        6: ("deferred call f.func2 begins", "line 7"),
        7: ('f.func2 recovers "boom"',),
        9: ("deferred call f.func1 begins", "line 6"),
        12: ("process", "status 0"),
    }.items():
        assert all(word in numbered[number - 1][2] for word in words), done.stdout


def test_programs_that_differ_lawfully(tool: Tool) -> None:
    done, rows = run(tool, main("\tfmt.Println(runtime.Version())", "fmt", "runtime"))
    assert done.status == 1
    assert {row["outcome"] for row in rows.values()} == {"conforms"}
    assert [row["stdout"] for row in rows.values()] == ["go1.21.13\n", "go1.22.10\n"]


def test_a_program_that_hangs(tool: Tool) -> None:
    done, rows = run(tool, main("\tfor {\n\t}"), "-t", "go1.22.10", "--timeout", "0.5")
    assert done.status == 1
    assert rows["go1.22.10"]["outcome"] == "timed out"
    assert rows["go1.22.10"]["ending"].startswith("stopped after 0.5 s")
    assert done.seconds < 60


@pytest.mark.parametrize("status", [1, 2, 3, 125, 255])
def test_a_program_that_exits_with_a_status(tool: Tool, status: int) -> None:
    body = f'\tdefer fmt.Println("never")\n\tfmt.Println("on its way")\n\tos.Exit({status})'
    done, rows = run(tool, main(body, "fmt", "os"), "-t", "go1.22.10")
    assert done.status == 0
    row = rows["go1.22.10"]
    assert (row["outcome"], row["stdout"], row["ending"]) == ("conforms", "on its way\n", f"exit status {status}")


def test_a_program_that_reads_its_input_finds_none(tool: Tool) -> None:
    body = "\tdata, err := io.ReadAll(os.Stdin)\n\tfmt.Println(len(data), err)"
    done, rows = run(tool, main(body, "fmt", "io", "os"), "-t", "go1.22.10")
    assert (done.status, rows["go1.22.10"]["stdout"]) == (0, "0 <nil>\n")


def test_a_program_with_goroutines(tool: Tool) -> None:
    body = """	var group sync.WaitGroup
	results := make([]int, 8)
	for i := range results {
		group.Add(1)
		i := i
		go func() {
			defer group.Done()
			defer func() { results[i] = recover().(int) }()
			panic(i * i)
		}()
	}
	group.Wait()
	fmt.Println(results)"""
    done, rows = run(tool, main(body, "fmt", "sync"))
    assert done.status == 0, rows
    assert {row["stdout"] for row in rows.values()} == {"[0 1 4 9 16 25 36 49]\n"}


def test_a_program_that_panics(tool: Tool) -> None:
    done, rows = run(tool, main('\tdefer fmt.Println("deferred")\n\tpanic("boom")', "fmt"))
    assert done.status == 0
    for row in rows.values():
        assert (row["outcome"], row["ending"], row["stdout"]) == ("conforms", "exit status 2", "deferred\n")
        assert row["stderr"].startswith("panic: boom\n\ngoroutine 1 [running]:\nmain.main()")


def test_a_program_that_only_some_toolchains_compile(tool: Tool) -> None:
    done, rows = run(tool, main("\tfor i := range 3 {\n\t\tprintln(i)\n\t}"))
    assert done.status == 1
    assert [row["outcome"] for row in rows.values()] == ["build failed", "conforms"]
    old = next(iter(rows.values()))
    assert (old["stdout"], old["ending"]) == (None, None)
    assert "program.go:" in old["detail"]


def test_a_case_is_judged_by_its_header(tool: Tool) -> None:
    good = CASES / "order" / "last-in-first-out.go"
    assert tool("run", good, *PROCESS, "-t", "go1.22.10").status == 0
    (tool.home / "bad.go").write_text(re.sub(r"(stdout: \|\n)", r"\1  more\n", good.read_text()))
    done = tool("run", "bad.go", *PROCESS, "-t", "go1.22.10")
    assert done.status == 1
    assert "expected-output" in done.stdout


def test_machinery_that_fails(tool: Tool) -> None:
    tool.break_sandboxes()
    done, rows = run(tool, RECOVERS)
    assert done.status == 3
    assert {row["outcome"] for row in rows.values()} == {"inconclusive"}


def test_nothing_is_written_where_it_is_run(tool: Tool) -> None:
    run(tool, RECOVERS, "-t", "go1.22.10")
    assert {path.name for path in tool.home.iterdir()} == {"cache", "program.go"}


@pytest.mark.docker
@pytest.mark.usefixtures("engine")
def test_in_a_container(tool: Tool) -> None:
    (tool.home / "program.go").write_text(RECOVERS)
    done = tool("run", "program.go", "--sandbox", "docker")
    assert done.status == 0
    assert "warning" not in done.stdout
