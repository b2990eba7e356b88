"""Programs as data on real toolchains, from outside: what is found, reduced, written and said."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cluster import Machines
from tests.endtoend.tool import CASES, FAULTS, Done, Json, Tool

pytestmark = [pytest.mark.toolchain, pytest.mark.docker, pytest.mark.usefixtures("engine")]

SEED = "4"
"""None of its first programs meets the fault that gc has from 1.22 on (cases/nilfunc/)."""

PLANTED = {
    "next-defer-runs-twice": "deferred-call-twice",
    "next-defer-clears-two-bits": "deferred-call-lost",
    "recovery-forgets-open-defers": "deferred-call-lost",
}


def fuzz(tool: Tool, *arguments: str) -> Done:
    return tool("fuzz", "--seed", SEED, "--sandbox", "docker", "--json", *arguments)


def seconds_of(process: int) -> float:
    """The processor time that a process has had."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def sides(done: Done) -> list[Json]:
    assert done.stdout, done.stderr
    found: list[Json] = json.loads(done.stdout)["toolchains"]
    return found


def ran(campaign: Json) -> list[Json]:
    """What ran on each toolchain, but for the smallest programs, which stand in files of the campaign's own, and for
    what only this one's going on needs."""
    own = {"buckets", "counted"}
    return [{key: value for key, value in side.items() if key not in own} for side in campaign["toolchains"]]


@pytest.mark.parametrize("fault", PLANTED)
def test_planted_faults_are_found_and_reduced(tool: Tool, fault: str) -> None:
    patched = f"go1.22.10,patch={FAULTS / fault}.patch"
    done = fuzz(tool, "--programs", "1000", "-t", patched, "--out", "out")
    [side] = sides(done)
    assert (done.status, side["programs"]) == (1, 1000)
    largest = max(side["buckets"], key=lambda bucket: bucket["count"])
    assert largest["rule"] == PLANTED[fault]
    smallest = largest["smallest"][0]
    assert smallest["actions"] <= 8
    assert smallest["as_go_differs"]
    again = tool(
        "run", smallest["file"], "-t", "go1.22.10", "-t", patched, "--sandbox", "docker", "--json", "--timeout", "5"
    )
    good, faulty = sides(again)
    assert (good["outcome"], faulty["outcome"]) == ("conforms", "diverges")


def test_lost_calls_of_go_1_21(tool: Tool) -> None:
    """After a Goexit and a recovered panic it loses deferred calls; the Go file shows it by itself."""
    done = fuzz(tool, "--programs", "3000", "--pre", "go1.21.13", "--post", "go1.22.10", "--out", "out")
    old, new = sides(done)
    assert (done.status, new["differing"]) == (1, 0)
    lost = next(bucket for bucket in old["buckets"] if bucket["rule"] == "deferred-call-lost")
    assert lost["smallest"][0]["as_go_differs"]
    source = Path(tool.home / lost["smallest"][0]["file"]).with_suffix(".go")
    code = source.read_text().partition("*/")[2]
    assert len([line for line in code.splitlines() if line.strip()]) < 15


def test_programs_that_pay_for_others(tool: Tool) -> None:
    """In this chunk a program does not come to an end since one before it met the fault of cases/nilfunc/. Alone it
    does; and with that fault taken out, also behind the others."""
    (tool.home / "cases").symlink_to(CASES)
    chunk = ("--seed", "11", "--programs", "1000000000", "--shard", "7351/1000000")
    done = tool("fuzz", *chunk, "-t", "go1.22.10", "--sandbox", "docker", "--json", "--out", "out")
    [side] = sides(done)
    [endless] = [bucket for bucket in side["buckets"] if bucket["signature"] == "process-end: it hangs"]
    assert (endless["count"], endless["alone_alike"], endless["smallest"]) == (1, 1, [])
    assert (endless["known"], endless["mended"]) == ("unreported", 1)
    [behind] = endless["behind"]
    assert len(behind) > 1
    assert "defer: nil" in behind[-2]
    assert "defer: nil" not in behind[-1]


def test_what_is_found_is_the_seeds_alone(tool: Tool) -> None:
    def found(jobs: int) -> list[tuple[int, int, list[tuple[str, int]]]]:
        done = fuzz(tool, "--programs", "25000", "--jobs", str(jobs), "-t", "go1.21.13", "--out", f"jobs{jobs}")
        [side] = sides(done)
        buckets = [(bucket["signature"], bucket["count"]) for bucket in side["buckets"]]
        return [(side["programs"], side["events"], buckets)]

    assert found(1) == found(2)


def test_shards_join_to_the_whole(tool: Tool) -> None:
    def campaign(out: str, *more: str) -> Json:
        done = fuzz(tool, "--programs", "21000", "-t", "go1.22.10", "--out", out, *more)
        loaded: Json = json.loads(done.stdout)
        return loaded

    whole = campaign("whole")
    parts = [campaign(f"part{n}", "--shard", f"{n}/2") for n in (1, 2)]
    assert [part["toolchains"][0]["programs"] for part in parts] == [19000, 2000]
    files = [f"part{n}/campaign.json" for n in (1, 2)]
    joined = tool("certificate", *files, "--json")
    assert joined.status == whole["status"]
    assert ran(json.loads(joined.stdout)) == ran(whole)
    twice = tool("certificate", files[0], files[0])
    assert (twice.status, twice.stdout) == (2, "")
    assert "is in another of the files, too" in twice.stderr


def test_a_cluster_makes_the_programs(tool: Tool, tmp_path: Path) -> None:
    """A worker is killed half way: the campaign is the same as without one, chunk for chunk."""
    arguments = ("--programs", "900000", "-t", "go1.22.10")
    with ExitStack() as stack:
        machines = Machines(stack, tmp_path)
        one, _ = machines.workers(2)
        with tool.start("fuzz", "--seed", SEED, *arguments, "--scheduler", machines.address, "--out", "on") as run:
            run.until(lambda: seconds_of(one.pid) > 2)
            one.kill()
            assert run.wait().status in (0, 1)
    fuzz(tool, *arguments, "--out", "off")
    clustered, own = (json.loads((tool.home / out / "campaign.json").read_text()) for out in ("on", "off"))
    assert ran(clustered) == ran(own)
    assert clustered["complete"]


def test_a_time_with_its_unit(tool: Tool) -> None:
    done = fuzz(tool, "--time", "2s", "-t", "go1.22.10", "--out", "out")
    assert done.status in (0, 1), done.stderr
    assert json.loads(done.stdout)["complete"]


def test_all_programs_of_a_size(tool: Tool) -> None:
    """The certificate says what was compared, and what is not covered."""
    arguments = ("fuzz", "--sandbox", "docker", "--exhaustive", "5", "--pre", "go1.21.13", "--post", "go1.22.10")
    done = tool(*arguments, "--out", "all")
    assert done.status == 1
    assert "all programs of up to 5 actions" in done.stdout
    assert "not covered: forms of deferred calls" in done.stdout
    shown = tool("certificate", "all/campaign.json", "--json")
    old, new = sides(shown)
    assert [side["programs"] for side in (old, new)] == [39059, 39059]
    assert old["programs_sha256"] == new["programs_sha256"]
    assert old["traces_sha256"] != new["traces_sha256"]
    assert (old["differing"] > 0, new["differing"]) == (True, 0)
    assert {bucket["rule"] for bucket in old["buckets"]} == {"deferred-call-lost"}


@pytest.mark.parametrize("release", ["go1.22.10,gcflags=-N -l", "go1.27.3"])
def test_other_compilers_agree(tool: Tool, release: str) -> None:
    done = fuzz(tool, "--programs", "2000", "-t", release)
    [side] = sides(done)
    assert (done.status, side["differing"], side["programs"]) == (0, 0, 2000)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--programs", "0"), "programs"),
        (("--time", "0"), "must be a time of 0.1 s at least"),
        (("--time", "1d"), "must be a time of 0.1 s at least"),
        (("--tier", "source", "--time", "3"), "--time, --exhaustive, --shard, --resume and"),
        (("--exhaustive", "3", "--seed", "3"), "--exhaustive K names all programs"),
        (("--shard", "3/2"), "--shard 3/2: must be I/N"),
        (("--resume", "--out", "nowhere"), "nowhere/campaign.json: cannot be read"),
        (("-t", "go0.1"), "go0.1"),
        (("--tier", "source", "--scheduler", "tcp://127.0.0.1:1"), "--resume and --scheduler go with --tier data"),
    ],
)
def test_bad_input(tool: Tool, arguments: tuple[str, ...], says: str) -> None:
    done = tool("fuzz", *arguments)
    assert done.status == 2
    assert says in done.stderr
    assert done.stdout == ""
