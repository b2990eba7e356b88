"""Cases as pytest items on a runtime with a planted fault, as somebody's CI runs them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.endtoend.conftest import fresh_cache
from tests.endtoend.tool import FAULTS, ROOT, environment

pytestmark = pytest.mark.toolchain

FAULTY = f"go1.22.10,patch={FAULTS}/recovery-forgets-open-defers.patch"
CAME, OWED = "descend returns (line 36)", "deferred call descend.func1 (line 23 of descend)"


def test_a_planted_fault_fails_its_items_and_no_other(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--junitxml={tmp_path}/junit.xml"),
            *("--deferdiff", "cases", "-k", "recursive or nine-are-too-many"),
            *("--deferdiff-pre", "go1.22.10", "--deferdiff-post", FAULTY, "--deferdiff-sandbox", "process"),
        ],
        cwd=ROOT,
        env=environment(fresh_cache(tmp_path / "cache")) | {"CI": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    assert "Traceback" not in done.stdout
    assert f"\nagain  deferdiff run cases/opencoded/recursive.go -t go1.22.10 -t {FAULTY}\n" in done.stdout
    found = {case.get("name"): case for case in ElementTree.parse(tmp_path / "junit.xml").getroot().iter("testcase")}
    failures = {name: case.find("failure") for name, case in found.items()}
    assert set(failures) == {"opencoded/recursive", "opencoded/nine-are-too-many"}
    assert failures["opencoded/nine-are-too-many"] is None
    failure = failures["opencoded/recursive"]
    assert failure is not None
    assert failure.get("message") == f"deferred-call-lost: {CAME}; owed: {OWED}"
    properties = {each.get("name"): each.get("value") for each in found["opencoded/recursive"].iter("property")}
    assert properties == {"verdict": "regressed", "rule": "deferred-call-lost"}
