"""Whether what a label names is abandoned: only a passed lease or a process that is certainly dead."""

from __future__ import annotations

import os
import subprocess
import time

import pytest

from harness.sandbox.ownership import LEASE, OWNER, RUN, abandoned, labels


def owner() -> tuple[str, str, str]:
    place, pid, start = labels("run", 100)[OWNER].split(":")
    return place, pid, start


def test_labels_say_who_and_until_when() -> None:
    found = labels("run-1", 100)
    assert found[RUN] == "run-1"
    assert abs(int(found[LEASE]) - time.time() - 100) < 2
    assert owner()[1] == str(os.getpid())
    assert not abandoned(found)


def test_a_passed_lease_is_abandoned_whoever_owns_it() -> None:
    assert abandoned(labels("run", -1))
    assert abandoned({LEASE: "1", OWNER: "elsewhere:1:1"})


def test_a_dead_process_of_this_machine_is() -> None:
    place, _, start = owner()
    ended = subprocess.Popen(["true"])
    ended.wait()
    assert abandoned({OWNER: f"{place}:{ended.pid}:{start}"})


def test_a_process_number_that_another_process_has_now_is() -> None:
    place, pid, start = owner()
    assert abandoned({OWNER: f"{place}:{pid}:{int(start) - 1}"})


@pytest.mark.parametrize("text", ["", "x", "::", "elsewhere:1:1", "{place}::1", "{place}:1:", "{place}:one:1"])
def test_what_cannot_be_judged_is_not(text: str) -> None:
    assert not abandoned({OWNER: text.format(place=owner()[0])})
    assert not abandoned({LEASE: "soon"})
