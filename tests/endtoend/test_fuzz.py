"""Random programs on real toolchains, from outside: the table, the files, the exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.sandbox.docker import Engine
from tests.endtoend.tool import FAULTS, Done, Json, Tool

pytestmark = [pytest.mark.toolchain, pytest.mark.docker, pytest.mark.usefixtures("engine")]

SEED = "4"
"""None of its first programs meets a fault that go1.22.10 has."""
PROGRAMS = "16"
SHORT = ("--timeout", "5")
"""Many programs that make calls twice go round for ever, which takes their time limit twice."""
TWICE = f"go1.22.10,patch={FAULTS / 'next-defer-runs-twice.patch'}"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, session_tool: Tool, engine: Engine) -> tuple[Done, Path]:
    """A run on a toolchain that does what it should and one that makes deferred calls twice."""
    out = tmp_path_factory.mktemp("fuzz") / "out"
    arguments = ("--programs", PROGRAMS, "--seed", SEED, "--sandbox", "docker", "--out", out, "--json", *SHORT)
    return session_tool("fuzz", "--tier", "source", "-t", "go1.22.10", "-t", TWICE, *arguments), out


def sides(done: Done) -> list[Json]:
    found: list[Json] = json.loads(done.stdout)["toolchains"]
    return found


def test_a_faulty_toolchain_is_told_from_a_good_one(both: tuple[Done, Path]) -> None:
    done, _ = both
    good, faulty = sides(done)
    assert done.status == 1
    assert (good["programs"], good["conforming"], good["inconclusive"]) == (16, 16, 0)
    assert faulty["differing"] > 4
    assert faulty["inconclusive"] == 0
    assert "deferred-call-twice" in {each["rule"] for each in faulty["rules"]}
    assert sum(each["count"] for each in faulty["rules"]) == faulty["differing"]


def test_what_differs_is_there_to_be_run_again(both: tuple[Done, Path], session_tool: Tool) -> None:
    done, out = both
    faulty = sides(done)[1]
    assert len(list(out.glob("*.yaml"))) == len(list(out.glob("*.go"))) == faulty["differing"]
    smallest = next(each for each in faulty["rules"] if each["rule"] == "deferred-call-twice")["smallest"]
    file = Path(smallest["file"])
    assert file.read_text().startswith(f"# Random program {smallest['number']} of seed {SEED}.\n# go1.22.10,patch=")
    assert file.read_text().endswith(smallest["program"])
    for again in (file, file.with_suffix(".go")):
        run = session_tool("run", again, "-t", "go1.22.10", "-t", TWICE, "--sandbox", "docker", "--json", *SHORT)
        good, faulty = json.loads(run.stdout)["toolchains"]
        assert run.status == 1
        assert good["outcome"] == "conforms"
        assert faulty["outcome"] == "diverges"


def test_a_good_toolchain_agrees(tool: Tool) -> None:
    few = ("--tier", "source", "--programs", "5", "--seed", SEED)
    done = tool("fuzz", *few, "-t", "go1.22.10", "--sandbox", "docker")
    assert done.status == 0
    assert "5 programs, seed 4" in done.stdout
    assert not (tool.home / "fuzz").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("-t", "go0.1"), "go0.1"),
        (("--programs", "0"), "programs"),
        (("--seed", "x"), "seed"),
    ],
)
def test_bad_input(tool: Tool, arguments: tuple[str, ...], says: str) -> None:
    done = tool("fuzz", *arguments)
    assert done.status == 2
    assert says in done.stderr
    assert done.stdout == ""


def test_a_directory_that_is_a_file(tool: Tool) -> None:
    (tool.home / "taken").write_text("")
    done = tool("fuzz", "--out", "taken")
    assert done.status == 2
    assert "taken: is no directory" in done.stderr


def test_a_program_file_that_is_none(tool: Tool) -> None:
    (tool.home / "bad.yaml").write_text("functions:\n  main:\n    - goexit\n    - recover\n")
    done = tool("run", "bad.yaml")
    assert done.status == 2
    assert done.stderr == "deferdiff: bad.yaml:3: main, action 1: nothing behind this action is ever reached\n"
