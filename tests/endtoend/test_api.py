"""`import harness` in a test suite of somebody else, with real toolchains."""

from __future__ import annotations

from pathlib import Path

import pytest

import harness
from tests.endtoend.conftest import fresh_cache
from tests.endtoend.tool import CASES, FAULTS

pytestmark = pytest.mark.toolchain

FAULTY = f"go1.22.10,patch={FAULTS}/recovery-forgets-open-defers.patch"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's toolchains, and no runs known."""
    monkeypatch.setenv("DEFERDIFF_CACHE", str(fresh_cache(tmp_path / "cache")))


PENDING = """\
functions:
  main:
    - call: f1
  f1:
    - defer: f2
    - defer: f3
    - panic: boom
  f2: []
  f3:
    - recover: shown
"""


def test_programs_of_ones_own_on_a_faulty_runtime(tmp_path: Path) -> None:
    (tmp_path / "pending.yaml").write_text(PENDING)
    files = [tmp_path / "pending.yaml", CASES / "opencoded/recursive.go", CASES / "opencoded/nine-are-too-many.go"]
    *faulty, unharmed = harness.compare_programs(files, pre="go1.22.10", post=FAULTY, sandbox="process")
    assert unharmed.verdict is harness.Verdict.SAME
    for name, comparison in zip(("pending", "recursive"), faulty, strict=True):
        assert harness.describe(comparison).startswith(f"{name}: regressed: deferred-call-lost: ")


def test_a_gate_with_what_a_header_foresees() -> None:
    name = "goexit/second-panic-recovered"
    result = harness.gate_cases(CASES, pre="go1.21.13", post="go1.22.10", only=[name], sandbox="process")
    assert result.status is harness.Status.AGREE, harness.describe(result.decided[0].comparison)
    assert [each.decision for each in result.decided] == [harness.Decision.EXPLAINED]
