"""`deferdiff report`, from a run that was stored by hand."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from harness import cli
from harness.errors import BadOutput, BadRun, UsageError
from harness.report import stored
from harness.report.formats import FORMATS, RUN, WRITTEN
from tests.harness.report import sample


def ask(*words: str | Path) -> Result:
    return CliRunner().invoke(cli.application(["report"]), ["report", *map(str, words)])


@pytest.fixture
def run(tmp_path: Path) -> Path:
    directory = tmp_path / "report"
    directory.mkdir()
    (directory / stored.NAME).write_bytes(stored.render(sample.mixed()))
    return directory


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_without_a_format_it_writes_what_a_gate_writes_beside_the_run(run: Path) -> None:
    done = ask(run)
    assert done.exit_code == 0, done.output
    assert names(run) == {form.file for form in WRITTEN}
    assert done.stdout.splitlines() == [str(run / form.file) for form in WRITTEN if form is not RUN]


@pytest.mark.parametrize("form", [form for form in FORMATS if form is not RUN], ids=lambda form: form.name)
def test_any_format_on_standard_output(run: Path, form: object) -> None:
    [chosen] = [one for one in FORMATS if one is form]
    done = ask(run / stored.NAME, "--format", chosen.name, "--out", "-")
    assert done.exit_code == 0
    assert done.stdout_bytes == chosen.content(sample.mixed())
    assert names(run) == {stored.NAME}


def test_several_formats_into_a_directory(run: Path, tmp_path: Path) -> None:
    done = ask(
        run, "--format", "sarif", "--format", "gitlab-junit", "--format", "sarif", "--out", tmp_path / "a" / "b"
    )
    assert done.exit_code == 0
    assert names(tmp_path / "a" / "b") == {"report.sarif", "gitlab-junit.xml"}


def test_what_the_run_has_no_traces_of_is_said(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "EVIDENCE", 20_000)
    (run / stored.NAME).write_bytes(stored.render(sample.mixed()))
    done = ask(run, "--format", "markdown", "--out", "-")
    assert "the run has no traces and output of" in done.stderr
    assert done.stdout.startswith("## ❌ FAIL: 7 of 12 cases fail the gate")


@pytest.mark.parametrize(
    ("words", "error", "told"),
    [
        (["nowhere"], BadRun, "nowhere: cannot be read: No such file or directory; give the report directory"),
        (["RUN", "--format", "pdf"], UsageError, "--format pdf: no such format; there are json, junit"),
        (["RUN", "--format", "run"], UsageError, "--format run: no such format"),
        (["--schema", "svg"], UsageError, "--schema svg: no format that has a JSON schema here; json, run, gitlab"),
        (["RUN", "--out", "RUN/run.json.gz"], BadOutput, "reports cannot be written there"),
    ],
)
def test_bad_input_is_one_line(run: Path, words: list[str], error: type[Exception], told: str) -> None:
    done = ask(*(word.replace("RUN", str(run)) for word in words))
    assert isinstance(done.exception, error)
    assert told in str(done.exception)
    assert "\n" not in str(done.exception)
    assert names(run) == {stored.NAME}


@pytest.mark.parametrize("words", [[], ["RUN", "--out", "-"]])
def test_what_an_argument_cannot_say(run: Path, words: list[str]) -> None:
    done = ask(*(word.replace("RUN", str(run)) for word in words))
    assert done.exit_code == 2
    assert "name a RUN" in done.output or "--out - takes one --format" in done.output


@pytest.mark.parametrize("name", [form.name for form in FORMATS if form.schema])
def test_schemas_are_printed(name: str) -> None:
    printed = json.loads(ask("--schema", name).stdout)
    for schema in printed.values() if name == "run" else [printed]:
        jsonschema.Draft202012Validator.check_schema(schema)
