from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.report.reproduce import deferdiff_run, rerun
from tests.harness.report import sample


@pytest.mark.parametrize(
    ("path", "directory", "shown"),
    [
        ("cases/a/b.go", None, "cases/a/b.go"),
        ("cases/a/b.go", "/home/me", "cases/a/b.go"),
        ("/home/me/cases/a/b.go", "/home/me", "cases/a/b.go"),
        ("/home/me/cases/a/b.go", "/home/you", "/home/me/cases/a/b.go"),
        ("/home/me/cases/a/b.go", "/home/m", "/home/me/cases/a/b.go"),
        ("/home/me/cases/a/b.go", None, "/home/me/cases/a/b.go"),
    ],
)
def test_a_case_below_the_directory_of_the_gate_is_named_from_there(
    path: str, directory: str | None, shown: str
) -> None:
    comparison = sample.regressed()
    comparison = replace(comparison, case=replace(comparison.case, path=Path(path)))
    result = sample.result(comparison, directory=Path(directory) if directory else None)
    assert deferdiff_run(result, comparison).startswith(f"deferdiff run {shown} -t go1.21.13 -t ")


@pytest.mark.parametrize(("timeout", "ending"), [(None, "-N -l'"), (60.0, " --timeout 60"), (0.5, " --timeout 0.5")])
def test_a_time_limit_is_repeated_if_it_is_not_the_default(timeout: float | None, ending: str) -> None:
    result = sample.result(sample.regressed(), timeout=timeout)
    assert deferdiff_run(result, sample.regressed()).endswith(ending)
    assert rerun(result).endswith(ending)
