"""What was run once is not run again: which runs a second gate takes from the store, and which it must not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.endtoend.tool import Done, Tool, write_case

pytestmark = pytest.mark.toolchain

PROCESS = ("--sandbox", "process")


def stored(tool: Tool) -> dict[Path, int]:
    """The files of the store and when each was written (nanoseconds)."""
    return {path: path.stat().st_mtime_ns for path in (tool.cache / "runs").rglob("*.json")}


def agrees(done: Done) -> None:
    assert done.status == 0, done.stdout + done.stderr
    assert done.report["verdicts"]["same"] == 2


def test_a_second_gate_runs_nothing(tool: Tool, cases: Path) -> None:
    agrees(first := tool("gate", *PROCESS))
    assert first.report["cached"] == 0
    assert "from the store" not in first.stdout
    before = stored(tool)
    assert len(before) == 4
    tool.break_sandboxes()
    agrees(second := tool("gate", *PROCESS))
    assert second.report["cached"] == 4
    assert "4 runs from the store" in second.stdout
    assert stored(tool) == before
    assert second.cases == first.cases


def test_without_the_store_the_same_gate_needs_a_sandbox(tool: Tool, cases: Path) -> None:
    agrees(tool("gate", *PROCESS))
    tool.break_sandboxes()
    done = tool("gate", *PROCESS, "--fresh")
    assert done.status == 3
    assert {case["verdict"] for case in done.report["cases"]} == {"inconclusive"}


@pytest.mark.docker
@pytest.mark.usefixtures("engine")
def test_a_second_gate_opens_no_container(tool: Tool, cases: Path) -> None:
    agrees(tool("gate", "--sandbox", "docker"))
    tool.break_sandboxes()
    agrees(second := tool("gate", "--sandbox", "docker"))
    assert second.report["cached"] == 4
    (cases / "small/one.go").write_text((cases / "small/one.go").read_text() + "\n// changed\n")
    changed = tool("gate", "--sandbox", "docker")
    assert changed.status == 3
    assert changed.report["verdicts"] | {"same": 1, "inconclusive": 1} == changed.report["verdicts"]


def test_a_changed_case_alone_is_run(tool: Tool, cases: Path) -> None:
    agrees(tool("gate", *PROCESS))
    before = stored(tool)
    write_case(cases, "small/one", '\tdefer fmt.Println("other")', "other\n")
    agrees(second := tool("gate", *PROCESS))
    assert second.report["cached"] == 2
    after = stored(tool)
    assert {path: after[path] for path in before} == before
    assert len(after) == 6


def test_limits_and_toolchains_are_part_of_the_key(tool: Tool, cases: Path) -> None:
    agrees(tool("gate", *PROCESS))
    agrees(other := tool("gate", *PROCESS, "--timeout", "9"))
    assert other.report["cached"] == 0
    agrees(third := tool("gate", *PROCESS, "--pre", "go1.22.10,gcflags=-l"))
    assert third.report["cached"] == 2


def test_fresh_runs_all_and_keeps_what_it_finds(tool: Tool, cases: Path) -> None:
    agrees(tool("gate", *PROCESS))
    before = stored(tool)
    agrees(fresh := tool("gate", *PROCESS, "--fresh"))
    assert fresh.report["cached"] == 0
    after = stored(tool)
    assert after.keys() == before.keys()
    assert all(after[path] > before[path] for path in before)
    agrees(third := tool("gate", *PROCESS))
    assert third.report["cached"] == 4


def test_machinery_failures_are_not_kept(tool: Tool, cases: Path) -> None:
    tool.break_sandboxes()
    failed = tool("gate", *PROCESS)
    assert failed.status == 3
    assert {case["verdict"] for case in failed.report["cases"]} == {"inconclusive"}
    assert stored(tool) == {}
    tool.mend_sandboxes()
    agrees(second := tool("gate", *PROCESS))
    assert second.report["cached"] == 0


def test_what_a_limit_ended_is_not_kept(tool: Tool, cases: Path) -> None:
    write_case(cases, "small/endless", "\tfor {\n\t}")
    for _ in range(2):
        done = tool("gate", *PROCESS, "--timeout", "0.5")
        assert done.status == 1
        ends = Counter(case["pre"]["outcome"] for case in done.report["cases"])
        assert ends == {"conforms": 2, "timed out": 1}
    assert done.report["cached"] == 4
    assert len(stored(tool)) == 4


def test_a_damaged_entry_is_run_again(tool: Tool, cases: Path) -> None:
    agrees(tool("gate", *PROCESS))
    for path in stored(tool):
        path.write_bytes(path.read_bytes()[:-20])
    agrees(second := tool("gate", *PROCESS))
    assert second.report["cached"] == 0
