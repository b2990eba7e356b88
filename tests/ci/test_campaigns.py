"""`ci/campaigns`, with a stand-in for `deferdiff`: what is kept of a campaign, and where one goes on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CI = Path(__file__).resolve().parents[2] / "ci"

STANDIN = """#!{python}
import json, os, pathlib, signal, sys
if sys.argv[1:3] == ["toolchains", "list"]:
    if os.environ.get("LISTS_NOTHING"):
        sys.exit(3)
    print(json.dumps({{"toolchains": [{{"base": b}} for b in ("gccgo", "go1.2.3", "go1.21.1", "go1.21.13")]}}))
    sys.exit()
out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
file = out / "campaign.json"
before = json.loads(file.read_text())["ran"] if "--resume" in sys.argv else []
with open({log!r}, "a") as log:
    print(*sys.argv[1:], file=log)
if os.environ.get("FAILS"):
    sys.exit(3)
if os.environ.get("INTERRUPTED") == "all":
    os.kill(os.getppid(), signal.SIGINT)
out.mkdir(exist_ok=True)
ran = before + [os.environ["WHO"]]
text = json.dumps({{"complete": not os.environ.get("INTERRUPTED"), "ran": ran, "file": f"{{out}}/s.yaml"}}, indent=1)
file.write_text(text)
sys.exit(int(os.environ.get("ENDS", "1")))
"""


class Campaigns:
    """A checkout with the commands of `ci` and no more."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.log = home / "log"
        self.kept = home / "checkout" / "ci" / "benchmarks" / "campaigns"
        (home / "checkout/ci").mkdir(parents=True)
        for name in ("campaigns", "environment.sh"):
            shutil.copy(CI / name, home / "checkout" / "ci")
        bin_ = home / "venv" / "bin"
        bin_.mkdir(parents=True)
        (home / "venv/.installed").write_text("as it should be\n")
        (bin_ / "python").symlink_to(sys.executable)
        self._command(home / "python", '#!/bin/sh\n[ "$1" = -c ] || echo as it should be\n')
        self._command(bin_ / "deferdiff", STANDIN.format(python=sys.executable, log=str(self.log)))

    @staticmethod
    def _command(path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)

    def __call__(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        own = {"PYTHON": str(self.home / "python"), "DEFERDIFF_VENV": str(self.home / "venv"), **env}
        return subprocess.run(
            [self.home / "checkout/ci/campaigns", *arguments],
            cwd=self.home,
            env={**os.environ, **own},
            capture_output=True,
            text=True,
            check=False,
        )

    def ran(self, name: str) -> list[str]:
        """Who has run a campaign, as its certificate says."""
        told: list[str] = json.loads((self.kept / f"{name}.json").read_text())["ran"]
        return told

    @property
    def asked(self) -> list[str]:
        """The arguments of each call."""
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def campaigns(tmp_path: Path) -> Campaigns:
    return Campaigns(tmp_path)


def test_a_certificate_names_no_directory(campaigns: Campaigns) -> None:
    done = campaigns("out", "go1.21.1", WHO="me")
    assert (done.returncode, done.stdout) == (0, "== go1.21.1\n"), done.stderr
    assert json.loads((campaigns.kept / "go1.21.1.json").read_text())["file"] == "go1.21.1/s.yaml"


def test_a_complete_one_that_ends_badly_is_told_as_such(campaigns: Campaigns) -> None:
    done = campaigns("out", "go1.21.1", WHO="me", ENDS="3")
    assert done.returncode == 1
    assert done.stderr == "go1.21.1: exit status 3, though it is complete; see what is above\n"
    assert campaigns.ran("go1.21.1") == ["me"]


def test_a_line_is_one_campaign(campaigns: Campaigns) -> None:
    assert campaigns("out", "go1.21", WHO="me", SANDBOX="process", JOBS="3").returncode == 0
    [asked] = campaigns.asked
    assert "-t go1.21.1 -t go1.21.13 --variants" in asked
    assert "--sandbox process --jobs 3 " in asked


def test_all_lines(campaigns: Campaigns) -> None:
    assert campaigns("out", "releases", WHO="me").stdout == "== go1.2\n== go1.21\n"


def test_one_that_is_done_is_not_run_again(campaigns: Campaigns) -> None:
    campaigns("out", "go1.21.1", WHO="me")
    assert campaigns("out", "go1.21.1", WHO="me").returncode == 0
    assert campaigns.ran("go1.21.1") == ["me"]


@pytest.mark.parametrize("where", ["out", "another"])
def test_one_that_was_interrupted_goes_on_also_elsewhere(campaigns: Campaigns, where: str) -> None:
    first = campaigns("out", "go1.21.1", WHO="first", INTERRUPTED="1")
    assert first.returncode == 1
    assert "go1.21.1: exit status 1, and it is not complete" in first.stderr
    assert campaigns(where, "go1.21.1", WHO="second").returncode == 0
    assert campaigns.ran("go1.21.1") == ["first", "second"]


def test_a_complete_one_is_begun_anew_elsewhere_and_kept_until_that_is_complete(campaigns: Campaigns) -> None:
    campaigns("out", "go1.21.1", WHO="old")
    campaigns("another", "go1.21.1", WHO="new", INTERRUPTED="1")
    assert campaigns.ran("go1.21.1") == ["old"]
    campaigns("another", "go1.21.1", WHO="newer")
    assert campaigns.ran("go1.21.1") == ["new", "newer"]


def test_a_failure_is_told_and_the_others_run(campaigns: Campaigns) -> None:
    done = campaigns("out", "go1.21.1", "go1.21.13", WHO="me", FAILS="1")
    assert done.returncode == 1
    assert done.stderr.count("exit status 3, and it is not complete") == 2
    assert not list(campaigns.kept.iterdir())


def test_an_interrupt_ends_all(campaigns: Campaigns) -> None:
    done = campaigns("out", "go1.21.1", "go1.21.13", WHO="me", INTERRUPTED="all")
    assert (done.returncode, done.stdout) == (130, "== go1.21.1\n")
    assert campaigns.ran("go1.21.1") == ["me"]


@pytest.mark.parametrize("name", ["releases", "go1.21"])
def test_toolchains_that_cannot_be_listed(campaigns: Campaigns, name: str) -> None:
    assert campaigns("out", name, WHO="me", LISTS_NOTHING="1").returncode == 3
    assert campaigns.asked == []


@pytest.mark.parametrize("name", ["go1.9", "go1.", "neweset"])
def test_what_there_is_not(campaigns: Campaigns, name: str) -> None:
    done = campaigns("out", name, WHO="me")
    assert done.returncode == 2
    assert done.stderr.startswith(f"campaigns: {name}: no ")
    assert campaigns.asked == []
