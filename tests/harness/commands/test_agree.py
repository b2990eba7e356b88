"""`deferdiff agree`: the certificate, in words and as JSON, and its exit statuses."""

from __future__ import annotations

import json
import os
import signal
import threading
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from harness.cli import application
from oracle import agreement
from oracle.agreement import Batch, Disagreement
from oracle.generate import Tree
from oracle.profile import POST_CL
from tests.oracle.programs import program

SMALL = ("agree", "--size", "3", "--random", "1200", "--jobs", "2")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(application(arguments), arguments)


def certificate(*arguments: str) -> dict[str, Any]:
    done = call(*arguments, "--json")
    assert done.exit_code == 0, done.output
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_they_agree() -> None:
    done = call(*SMALL)
    assert done.exit_code == 0
    assert "all programs of up to 3 actions: 397 programs" in done.stdout
    assert "random programs, seed 1: 1,200 programs" in done.stdout
    assert "sha256 " in done.stdout
    assert "not in the first part:" in done.stdout
    assert done.stdout.endswith("they agree\n")


def test_the_certificate_is_the_same_however_many_work_at_it() -> None:
    one, two = certificate(*SMALL[:-1], "1"), certificate(*SMALL)
    for part in (*one["parts"], *two["parts"]):
        assert part.pop("seconds") >= 0
        assert part["disagreement"] is None
    assert one == two
    assert [part["programs"] for part in one["parts"]] == [397, 1200]
    assert one["models"] == ["spec", "pre-cl-515856", "post-cl-515856"]


def test_another_seed_is_another_certificate() -> None:
    one, two = certificate(*SMALL), certificate(*SMALL, "--seed", "2")
    assert one["parts"][0]["sha256"] == two["parts"][0]["sha256"]
    assert one["parts"][1]["sha256"] != two["parts"][1]["sha256"]


def never_agrees(trees: list[Tree]) -> Batch:
    return Batch(len(trees), 9, b"x", Disagreement(program(main=["goexit"]), POST_CL, moving=True))


def test_a_disagreement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agreement, "compare_trees", never_agrees)
    done = call(*SMALL)
    assert done.exit_code == 1
    assert "THEY DO NOT AGREE: post-cl-515856, the stack copied between any two steps" in done.stdout
    assert done.stdout.rstrip().endswith("- goexit")
    told = json.loads(call(*SMALL, "--json").stdout)
    assert told["parts"][0]["disagreement"] == {
        "profile": "post-cl-515856",
        "moving": True,
        "program": "functions:\n  main:\n    - goexit\n",
    }


def test_an_interrupt() -> None:
    threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    done = call("agree", "--size", "7", "--random", "0", "--jobs", "1")
    assert done.exit_code != 0
    assert "agree" not in done.stdout


@pytest.mark.parametrize("arguments", [("--size", "-1"), ("--random", "-1"), ("--jobs", "0"), ("--size", "x")])
def test_bad_numbers(arguments: tuple[str, str]) -> None:
    assert call("agree", *arguments).exit_code == 2
