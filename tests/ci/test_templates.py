"""The templates are what the CI systems take, and their scripts do what they say: they run here on a small Go tree,
with git as it is, and with stand-ins for the gate and for whoever is told."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from harness.cli import application
from tests.endtoend.tool import ROOT

TEMPLATES = ROOT / "ci" / "templates"
PIPELINES = {
    "github-actions.yml": "vendor.github-workflows",
    "gitlab-ci.yml": "vendor.gitlab-ci",
    "buildkite.yml": "vendor.buildkite",
}
SCRIPTS = ("gate-change", "gerrit-trigger")

GATE = """#!/usr/bin/env bash
printf '%s\\n' "$@" > asked
while [ $# -gt 0 ]; do case $1 in --patch) patch=$2 ;; --out) out=$2 ;; esac; shift; done
cp "$patch" gated
[ "$STATUS" = 2 ] && exit 2
mkdir -p "$out"
echo '{"verdict": {"word": "FAIL", "status": 1, "text": "1 of 2 cases fails the gate"}}' > "$out/report.json"
echo '## report' > "$out/report.md"
exit "$STATUS"
"""
"""What stands for ci/gate: keeps what it was asked and the patch, and ends with $STATUS."""


@dataclass(frozen=True)
class Checkout:
    """A clone of a Go tree, at a change, as a CI system makes it; deferdiff is to be had by `url`."""

    directory: Path
    url: Path
    tools: Path

    def run(
        self, script: str, status: int = 0, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a script as runners do, in bash that ends at the first failure."""
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=self.directory,
            env={"PATH": f"{self.tools}:{os.environ['PATH']}", "HOME": str(self.tools), "STATUS": str(status)}
            | dict(env or {}),
            capture_output=True,
            text=True,
            check=False,
        )

    def stand_in(self, name: str, status: int = 0) -> Path:
        """A command that keeps what it is given: its arguments, one a line, and its standard input."""
        said = self.tools / f"{name}.said"
        tool = self.tools / name
        tool.write_text(f"#!/bin/sh\n{{ printf '%s\\n' \"$@\"; cat; }} > '{said}'\nexit {status}\n")
        tool.chmod(0o755)
        return said

    @property
    def asked(self) -> list[str]:
        return (self.directory / "asked").read_text().splitlines()

    @property
    def gated(self) -> str:
        return (self.directory / "gated").read_text()


def git(directory: Path, *arguments: str) -> str:
    author = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=master")
    done = subprocess.run(["git", *author, *arguments], cwd=directory, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(directory: Path, **files: str) -> None:
    for name, text in files.items():
        file = directory / "src" / "runtime" / name.replace("_go", ".go")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    git(directory, "add", "-A")
    git(directory, "commit", "-qm", "commit")


@pytest.fixture
def deferdiff(tmp_path: Path) -> Path:
    """A repository of deferdiff with the templates as they are and a gate that only keeps what it is asked."""
    home = tmp_path / "deferdiff.git"
    shutil.copytree(TEMPLATES, home / "ci" / "templates")
    (home / "ci" / "gate").write_text(GATE)
    (home / "ci" / "gate").chmod(0o755)
    git(home, "init", "-q")
    git(home, "add", "-A")
    git(home, "commit", "-qm", "templates")
    return home


@pytest.fixture
def checkout(tmp_path: Path, deferdiff: Path) -> Checkout:
    """The change is one commit on what master was a commit ago; only the change is to be gated."""
    origin = tmp_path / "go.git"
    origin.mkdir()
    git(origin, "init", "-q")
    commit(origin, panic_go="before\n", panic_test_go="before\n")
    git(origin, "checkout", "-qb", "change")
    commit(origin, panic_go="after\n", panic_test_go="after\n")
    git(origin, "update-ref", "refs/changes/01/1/2", "change")
    git(origin, "checkout", "-q", "master")
    commit(origin, other_go="of somebody else\n")
    git(tmp_path, "clone", "-q", str(origin), "clone")
    git(tmp_path / "clone", "checkout", "-q", "change")
    (tmp_path / "tools").mkdir()
    return Checkout(tmp_path / "clone", deferdiff, tmp_path / "tools")


def template(name: str) -> Any:
    return yaml.safe_load((TEMPLATES / name).read_text())


def is_gated(checkout: Checkout) -> None:
    """The gate had the change, without tests and what others did; it was told the base, and where to report."""
    assert checkout.asked == ["--patch", "deferdiff.patch", "--base", "go1.27.3", "--out", "report"]
    assert re.findall(r"^\+\+\+ (.*)$", checkout.gated, re.MULTILINE) == ["b/src/runtime/panic.go"]
    assert "+after" in checkout.gated


# --- What they are ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "schema"), PIPELINES.items())
def test_a_pipeline_is_what_its_system_takes(name: str, schema: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(TEMPLATES / name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_templates_are_all_tested() -> None:
    assert {file.name for file in TEMPLATES.iterdir()} == {*PIPELINES, *SCRIPTS}


@pytest.mark.parametrize("name", [*PIPELINES, *SCRIPTS])
def test_options_of_the_gate_exist(name: str) -> None:
    gate = typer.main.get_command(application(["gate"])).commands["gate"]  # type: ignore[attr-defined]  # it is a group
    known = {option for parameter in gate.params for option in parameter.opts}
    calls = re.findall(r"^[^#\n]*/gate(?:-change)?\b(.*)", (TEMPLATES / name).read_text(), re.MULTILINE)
    used = {option for call in calls for option in re.findall(r"(?<= )--[a-z-]+", call)}
    assert used
    assert used <= known


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_shell(name: str) -> None:
    assert os.access(TEMPLATES / name, os.X_OK)
    subprocess.run(["bash", "-n", TEMPLATES / name], check=True)


# --- What they do -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [0, 1, 3])
def test_github(checkout: Checkout, status: int) -> None:
    steps = template("github-actions.yml")["jobs"]["gate"]["steps"]
    _, own, gate, summary, reports = steps
    git(checkout.directory, "clone", "-q", str(checkout.url), own["with"]["path"])
    assert set(gate["env"]) == {"BEFORE", "BASE"}
    done = checkout.run(gate["run"], status, {"BEFORE": "origin/master", "BASE": "go1.27.3"})
    assert done.returncode == status
    is_gated(checkout)
    assert summary["if"] == reports["if"] == "always()"
    target = checkout.tools / "summary"
    assert checkout.run(summary["run"], env={"GITHUB_STEP_SUMMARY": str(target)}).returncode == 0
    assert target.read_text() == "## report\n"
    assert (checkout.directory / reports["with"]["path"] / "report.json").exists()


def test_github_has_no_summary_where_there_is_no_report(checkout: Checkout) -> None:
    summary = template("github-actions.yml")["jobs"]["gate"]["steps"][3]["run"]
    assert checkout.run(summary, env={"GITHUB_STEP_SUMMARY": str(checkout.tools / "summary")}).returncode == 0
    assert not (checkout.tools / "summary").exists()


@pytest.mark.parametrize("status", [0, 1, 3])
def test_gitlab(checkout: Checkout, status: int) -> None:
    job = template("gitlab-ci.yml")["deferdiff"]
    base = git(checkout.directory, "merge-base", "origin/master", "change")
    done = checkout.run(
        "\n".join(job["script"]),
        status,
        {
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
            "DEFERDIFF_URL": str(checkout.url),
            "DEFERDIFF_BASE": "go1.27.3",
        },
    )
    assert done.returncode == status, done.stderr
    is_gated(checkout)
    assert job["artifacts"]["when"] == "always"


@pytest.mark.parametrize(("status", "style"), [(0, "success"), (1, "error"), (3, "error")])
def test_buildkite(checkout: Checkout, status: int, style: str) -> None:
    said = checkout.stand_in("buildkite-agent")
    [step] = template("buildkite.yml")["steps"]
    done = checkout.run(
        step["command"].replace("$$", "$"),  # as the agent does when it uploads the pipeline
        status,
        {
            "BUILDKITE_PULL_REQUEST_BASE_BRANCH": "master",
            "DEFERDIFF_URL": str(checkout.url),
            "DEFERDIFF_BASE": "go1.27.3",
        },
    )
    assert done.returncode == status, done.stderr
    is_gated(checkout)
    assert said.read_text() == f"annotate\n--context\ndeferdiff\n--style\n{style}\n## report\n"


SSH = {"GERRIT_SSH": "ci@review.example.org:29418"}
REST = {"GERRIT_URL": "https://review.example.org"}
TRIGGER = {
    "GERRIT_REFSPEC": "refs/changes/01/1/2",
    "GERRIT_CHANGE_NUMBER": "1",
    "GERRIT_PATCHSET_NUMBER": "2",
    "DEFERDIFF_BASE": "go1.27.3",
}


def trigger(checkout: Checkout, status: int, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """The trigger of a clone that is somewhere else than at the change."""
    git(checkout.directory, "checkout", "-q", "master")
    return checkout.run(f"'{checkout.url}/ci/templates/gerrit-trigger'", status, TRIGGER | dict(env))


@pytest.mark.parametrize(
    ("status", "vote", "told"),
    [
        (0, 1, "1 of 2 cases fails the gate"),
        (1, -1, "1 of 2 cases fails the gate"),
        (3, 0, "1 of 2 cases fails the gate"),
        (2, 0, "no verdict (exit status 2)"),
    ],
)
@pytest.mark.parametrize("to", ["ssh", "curl"])
def test_gerrit(checkout: Checkout, status: int, vote: int, told: str, to: str) -> None:
    said = checkout.stand_in(to)
    done = trigger(checkout, status, (SSH if to == "ssh" else REST) | {"BUILD_URL": "https://ci/7"})
    assert done.returncode == status, done.stderr
    is_gated(checkout)
    *words, review = said.read_text().splitlines()
    assert json.loads(review) == {"message": f"deferdiff: {told}\n\nhttps://ci/7", "labels": {"Verified": vote}}
    if to == "ssh":
        assert words == ["-p", "29418", "ci@review.example.org", "gerrit", "review", "--json", "1,2"]
    else:
        assert words[-1] == "https://review.example.org/a/changes/1/revisions/2/review"
        assert {"--fail", "--netrc"} <= set(words)


def test_a_vote_that_gerrit_does_not_take_is_told(checkout: Checkout) -> None:
    checkout.stand_in("ssh", status=255)
    done = trigger(checkout, 0, SSH)
    assert done.returncode == 3
    assert "the vote was not taken" in done.stderr


@pytest.mark.parametrize(("env", "status"), [({}, 2), (SSH | {"DEFERDIFF_BASE": ""}, 1)])
def test_gerrit_without_what_it_needs_runs_nothing(checkout: Checkout, env: dict[str, str], status: int) -> None:
    done = checkout.run(f"'{checkout.url}/ci/templates/gerrit-trigger'", env=TRIGGER | env)
    assert done.returncode == status
    assert not (checkout.directory / "asked").exists()


# --- gate-change ------------------------------------------------------------------------------------------


def test_a_change_of_tests_only_has_nothing_to_gate(checkout: Checkout) -> None:
    commit(checkout.directory, panic_test_go="more\n")
    done = checkout.run(f"'{checkout.url}/ci/templates/gate-change' HEAD^ --base post")
    assert (done.returncode, done.stdout) == (0, "")
    assert "nothing to gate" in done.stderr
    assert not (checkout.directory / "asked").exists()


@pytest.mark.parametrize("arguments", ["", "--base post", "no-such-revision"])
def test_without_a_revision_there_is_no_change(checkout: Checkout, arguments: str) -> None:
    done = checkout.run(f"'{checkout.url}/ci/templates/gate-change' {arguments}")
    assert done.returncode == 2
    assert done.stderr
    assert not (checkout.directory / "asked").exists()
