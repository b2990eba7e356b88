from __future__ import annotations

import io
import json
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console

from harness import doctor
from harness.doctor import Check, State
from harness.errors import SandboxFailed
from harness.toolchain import cache, emulator, load
from harness.toolchain.cache import Manifest
from harness.toolchain.text import ARCHITECTURES


def no_engine() -> str:
    raise SandboxFailed("nobody answers at /run/docker.sock")


@contextmanager
def tools(monkeypatch: pytest.MonkeyPatch, directory: Path, **scripts: str) -> Iterator[None]:
    """A machine that has these commands and no others."""
    directory.mkdir()
    for name, script in scripts.items():
        (directory / name.replace("_", "-")).write_text("#!/bin/sh\n" + script)
        (directory / name.replace("_", "-")).chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(directory))
        yield


def stored(directory: Path, *bases: str) -> None:
    for base in bases:
        manifest = Manifest(base, "a test", "gc", base, "go", "bin/go", cache.digest({}), 0)
        cache.obtain(directory, base, lambda into, manifest=manifest: (manifest, {}))  # type: ignore[misc]


def test_this_machine_can_be_examined(tmp_path: Path) -> None:
    checks = doctor.examine(tmp_path, load(), no_engine)
    names = [check.name for check in checks]
    assert [name for name in names if not name.startswith("goarch")] == [
        *("Python", "pip", "GNU patch", "container Engine", "control groups", "user namespaces"),
        *("toolchains", "disk", "gccgo"),
    ]
    assert names[-1] == "goarch wasm"
    assert all(check.remedy for check in checks if check.state is not State.OK)
    assert not any(check.remedy for check in checks if check.state is State.OK)


def test_only_what_everything_needs_makes_a_machine_useless() -> None:
    missing = Check("x", State.MISSING, "", "get it")
    assert doctor.usable([missing])
    assert doctor.usable([Check("x", State.DEGRADED, "", "get it", needed=True)])
    assert not doctor.usable([Check("y", State.OK, ""), Check("x", State.MISSING, "", "get it", needed=True)])


def test_python() -> None:
    assert doctor.python((3, 11, 0)).state is State.OK
    old = doctor.python((3, 10, 9))
    assert (old.state, old.what, old.needed) == (State.MISSING, "3.10.9", True)


def test_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor.pip().state is State.OK
    (tmp_path / "python").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "python").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    found = doctor.pip()
    assert (found.state, found.remedy, found.needed) == (State.MISSING, f"{tmp_path}/python -m ensurepip", True)


def test_gnu_patch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tools(monkeypatch, tmp_path / "gnu", patch="echo GNU patch 2.7.6"):
        assert doctor.gnu_patch() == Check("GNU patch", State.OK, f"{tmp_path}/gnu/patch")
    with tools(monkeypatch, tmp_path / "none"):
        assert doctor.gnu_patch().state is State.MISSING


def test_engine() -> None:
    assert doctor.container_engine(lambda: "Docker 20.10") == Check("container Engine", State.OK, "Docker 20.10")
    found = doctor.container_engine(no_engine)
    assert found.state is State.DEGRADED
    assert "nobody answers at /run/docker.sock" in found.what


def test_control_groups(tmp_path: Path) -> None:
    assert doctor.control_groups(tmp_path).state is State.DEGRADED
    (tmp_path / "memory").mkdir()
    assert doctor.control_groups(tmp_path) == Check("control groups", State.OK, "version 1")
    (tmp_path / "cgroup.controllers").touch()
    assert doctor.control_groups(tmp_path) == Check("control groups", State.OK, "version 2")


@pytest.mark.parametrize(
    ("scripts", "state"),
    [({"unshare": "exit 0"}, State.OK), ({"unshare": "exit 1"}, State.DEGRADED), ({}, State.DEGRADED)],
)
def test_user_namespaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scripts: dict[str, str], state: State
) -> None:
    with tools(monkeypatch, tmp_path / "bin", **scripts):
        assert doctor.user_namespaces().state is state


def test_toolchains(tmp_path: Path) -> None:
    found = doctor.toolchains(tmp_path, load())
    assert found.state is State.DEGRADED
    assert found.what == f"0 in {tmp_path}; post (go1.22.10), pre (go1.21.13) will be fetched when used"
    stored(tmp_path, "go1.22.10", "go1.21.13", "go1.23.1")
    assert doctor.toolchains(tmp_path, load()) == Check("toolchains", State.OK, f"3 in {tmp_path}")


def test_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LITTLE_DISK", 0)
    assert doctor.disk(tmp_path / "not" / "yet").state is State.OK
    monkeypatch.setattr(doctor, "LITTLE_DISK", 1 << 60)
    assert doctor.disk(tmp_path / "not" / "yet").state is State.DEGRADED


def test_gccgo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tools(monkeypatch, tmp_path / "none"):
        assert doctor.gccgo(tmp_path).state is State.MISSING
    with tools(monkeypatch, tmp_path / "apt", apt_get="", apt_cache="", dpkg_deb=""):
        assert doctor.gccgo(tmp_path).state is State.DEGRADED
    stored(tmp_path, "gccgo")
    assert doctor.gccgo(tmp_path) == Check("gccgo", State.OK, "in the cache (a test)")


def architectures(directory: Path) -> dict[str, Check]:
    """Architecture -> its check."""
    return {
        goarch: check
        for check in doctor.architectures(directory)
        for goarch in check.name.removeprefix("goarch ").split(", ")
    }


def test_architectures_without_an_emulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    with tools(monkeypatch, tmp_path / "none"):
        found = architectures(tmp_path)
    assert found.keys() == set(ARCHITECTURES) - {"wasm"}
    assert {goarch for goarch, check in found.items() if check.state is State.OK} == {"386", "amd64"}
    assert {check.state for goarch, check in found.items() if goarch not in ("386", "amd64")} == {State.MISSING}


def test_architectures_of_another_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with tools(monkeypatch, tmp_path / "apt", apt_get="", apt_cache="", dpkg_deb=""):
        found = architectures(tmp_path)
    assert found["arm64"] == Check("goarch arm64", State.OK, "native (aarch64)")
    assert found["amd64"].state is State.DEGRADED
    assert found["amd64"].remedy == doctor.FETCH_EMULATORS


def test_architectures_with_emulators(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    with tools(monkeypatch, tmp_path / "some", qemu_aarch64_static="", qemu_s390x_static=""):
        (tmp_path / "some/qemu-s390x-static").write_bytes(b"\x7fELF...")
        found = architectures(tmp_path)
    assert found["s390x"] == Check("goarch s390x", State.OK, f"emulated by {tmp_path}/some/qemu-s390x-static")
    assert found["arm64"].state is State.MISSING

    def make(into: Path) -> tuple[Manifest, cache.Contents]:
        (into / "bin").mkdir()
        (into / "bin/aarch64").touch()
        return Manifest(emulator.NAME, "a package", "qemu", "7", "bin", "", cache.digest({}), 0), {}

    cache.obtain(tmp_path, emulator.NAME, make)
    with tools(monkeypatch, tmp_path / "none"):
        found = architectures(tmp_path)
    assert found["arm64"] == Check("goarch arm64", State.OK, "emulated by qemu-user in the cache (a package)")
    assert found["s390x"].state is State.MISSING
    assert doctor.toolchains(tmp_path, load()).what.startswith(f"0 in {tmp_path}")


def test_the_table_says_everything() -> None:
    console = Console(width=100, file=io.StringIO(), record=True)
    console.print(doctor.table([Check("x", State.MISSING, "no [wasm] here", "pip install y[z]")]))
    assert " ".join(console.export_text().splitlines()[1].split()) == "x missing no [wasm] here pip install y[z]"


def test_json() -> None:
    found = json.loads(json.dumps(doctor.plain([Check("x", State.MISSING, "no x", "get x", needed=True)])))
    assert found == [{"name": "x", "state": "missing", "what": "no x", "remedy": "get x", "needed": True}]
