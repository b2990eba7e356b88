from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from harness.commands import explain
from harness.errors import BadOutput, BadProgram, UsageError
from harness.programs import dump
from harness.report import explain_html, explain_json, explain_text
from oracle.explain import Explanation, Parting
from oracle.explain import explain as explain_run
from oracle.profile import POST_CL, PRE_CL, Profile
from oracle.program import Program
from oracle.rules import CONTROL_FLOW
from tests.harness.report.runs import PENDING


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "pending.yaml"
    file.write_text(dump(PENDING))
    return file


def call(*arguments: str | Path, status: int = 0) -> str:
    app = typer.Typer()
    app.command()(explain.explain)
    result = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == status
    return result.stdout


def run(profile: Profile = POST_CL, *, moves: bool = False) -> Explanation:
    return explain_run(PENDING, profile, moves=moves)


@pytest.mark.parametrize(
    ("options", "runs"),
    [
        ([], [run()]),
        (["--profile", "post"], [run()]),
        (["--profile", "post-cl-515856"], [run()]),
        (["--profile", "pre"], [run(PRE_CL)]),
        (["--profile", "pre-cl-515856"], [run(PRE_CL)]),
        (["--moves"], [run(moves=True)]),
        (["--both"], [run(PRE_CL), run()]),
        (["--both", "--moves", "--profile", "pre"], [run(PRE_CL, moves=True), run(moves=True)]),
    ],
    ids=lambda x: " ".join(x) if x and isinstance(x[0], str) else "",
)
def test_formats(file: Path, tmp_path: Path, options: list[str], runs: list[Explanation]) -> None:
    assert call(file, *options) == explain_text.render("pending.yaml", runs)
    assert call(file, *options, "--json") == explain_json.render("pending.yaml", runs)
    page = tmp_path / "page.html"
    said = call(file, *options, "--html", page)
    assert said.splitlines() == [explain_text.conclusion(one) for one in runs]
    assert page.read_text(encoding="utf-8") == explain_html.render("pending.yaml", runs)


def test_a_page_beside_json(file: Path, tmp_path: Path) -> None:
    assert json.loads(call(file, "--json", "--html", tmp_path / "page.html"))["title"] == "pending.yaml"
    assert (tmp_path / "page.html").exists()


def test_models_that_do_not_agree_are_a_difference(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def parted(program: Program, profile: Profile, *, moves: bool) -> Explanation:
        whole = explain_run(program, profile, moves=moves)
        return replace(whole, parting=None if profile is POST_CL else Parting(3, "nothing", CONTROL_FLOW))

    monkeypatch.setattr(explain, "explain_run", parted)
    assert "NOT what the language's rules give, from moment 4 on" in call(file, "--profile", "pre", status=1)
    assert call(file, "--both", status=1).count("the same events and the same end.\n") == 1
    call(file, status=0)


def test_a_profile_that_is_not_there(file: Path) -> None:
    with pytest.raises(UsageError) as caught:
        call(file, "--profile", "go1.22")
    assert str(caught.value) == (
        "--profile go1.22: no such profile; there are pre, post, pre-cl-515856, post-cl-515856"
    )


def test_a_program_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("functions:\n  main:\n    - call: f1\n")
    with pytest.raises(BadProgram) as caught:
        call(file)
    assert str(caught.value).startswith(f"{file}:2: ")


def test_a_run_that_is_too_long(tmp_path: Path) -> None:
    file = tmp_path / "long.yaml"
    file.write_text("functions:\n  main: {frame: linked, body: [{defer: nil, times: 30000, loop: true}]}\n")
    with pytest.raises(BadProgram) as caught:
        call(file)
    assert str(caught.value) == (
        f"{file}: its run is too long to step through (frames and deferred calls of all states: more than 200000)"
    )


def test_a_page_that_cannot_be_written(file: Path, tmp_path: Path) -> None:
    with pytest.raises(BadOutput) as caught:
        call(file, "--html", tmp_path / "none" / "page.html")
    assert str(caught.value) == f"{tmp_path}/none/page.html: cannot be written: No such file or directory"
