"""Programs as data on other architectures: natively, and emulated with either byte order."""

from __future__ import annotations

import json
import os
import platform
import shutil
from pathlib import Path

import pytest

from tests.endtoend.tool import Done, Json, Tool

pytestmark = [pytest.mark.toolchain]

FAULT = Path(__file__).parents[1] / "faults" / "next-defer-clears-two-bits.patch"


@pytest.fixture(autouse=True)
def emulators() -> None:
    """Emulators are fetched with apt. Where there is none: skip, except in CI."""
    if not shutil.which("apt-get") and platform.machine() == "x86_64":
        if os.environ.get("CI") == "true":
            pytest.fail("apt-get is not there, and CI must test other architectures")
        pytest.skip("NO OTHER ARCHITECTURES TESTED: apt-get is not there")


def fuzz(tool: Tool, toolchain: str, programs: int) -> tuple[Done, Json]:
    # None of the seed's programs meets the fault that gc has from 1.22 on. From program 3000 on they run on the other
    # sort of stacks.
    done = tool(
        *("fuzz", "--seed", "4", "--programs", str(programs), "-t", toolchain, "--sandbox", "process"),
        *("--json", "--out", "out"),
    )
    [side] = json.loads(done.stdout)["toolchains"]
    return done, side


@pytest.mark.parametrize("goarch", ["386", "arm", "s390x", "wasm"])
def test_all_do_as_they_must(tool: Tool, goarch: str) -> None:
    done, side = fuzz(tool, f"go1.22.10,goarch={goarch}", 3100)
    assert (done.status, side["programs"], side["differing"]) == (0, 3100, 0)


@pytest.mark.docker
@pytest.mark.usefixtures("engine")
def test_a_planted_fault_is_found_in_a_container_and_as_go(tool: Tool) -> None:
    """The smallest program is a Go program of its own, which is emulated too."""
    done = tool(
        *("fuzz", "--seed", "4", "--programs", "300", "-t", f"go1.22.10,goarch=s390x,patch={FAULT}"),
        *("--sandbox", "docker", "--json", "--out", "out"),
    )
    [side] = json.loads(done.stdout)["toolchains"]
    assert done.status == 1
    largest = max(side["buckets"], key=lambda bucket: bucket["count"])
    assert largest["rule"] == "deferred-call-lost"
    assert largest["smallest"][0]["as_go_differs"]
