"""Emulators: where they come from, which architectures need one, that one is there and runs."""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.errors import ToolchainUnavailable
from harness.toolchain import cache, debian, default_directory, emulator, install, parse
from harness.toolchain.text import ARCHITECTURES
from harness.toolchain.tree import Note
from tests.harness.toolchain.test_debian import need

STATIC = b"\x7fELF static"
DYNAMIC = b"\x7fELF /lib64/ld-linux-x86-64.so.2 "


def ignore(line: str) -> None:
    pass


def test_every_architecture_but_wasm_has_one() -> None:
    assert set(emulator.MACHINES) == set(ARCHITECTURES) - {"wasm"}
    assert set(emulator.MACHINES) >= emulator.BIG_ENDIAN


@pytest.mark.parametrize(
    ("machine", "native"), [("x86_64", {"386", "amd64"}), ("aarch64", {"arm64"}), ("riscv64", set())]
)
def test_what_a_machine_runs_itself(machine: str, native: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert {goarch for goarch in ARCHITECTURES if emulator.is_native(goarch)} == native
    assert emulator.is_native("")


class Debian:
    """Packages by name: what is in them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **packages: dict[str, bytes]) -> None:
        self.packages = {name.replace("_", "-"): files for name, files in packages.items()}
        monkeypatch.setattr(debian, "fetch", self.fetch)
        monkeypatch.setattr(shutil, "which", lambda _: None)

    def fetch(self, packages: list[str], root: Path, place: debian.Placing, note: Note) -> dict[str, str]:
        [package] = packages
        if package not in self.packages:
            raise ToolchainUnavailable(f"apt knows no package {package}")
        root.mkdir()
        for path, content in self.packages[package].items():
            if (short := place(path)) is not None:
                (root / short).write_bytes(content)
        return {package: "7.2"}


def programs(end: str, content: bytes) -> dict[str, bytes]:
    return {f"usr/bin/qemu-{machine}{end}": content for machine in emulator.MACHINES.values()}


def test_in_debian_12(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Debian(monkeypatch, qemu_user_static=programs("-static", STATIC), qemu_user=programs("", DYNAMIC))
    found = emulator.obtain("mips64le", tmp_path, ignore)
    assert (found.path.name, found.path.read_bytes()) == ("mips64el", STATIC)
    assert len(found.digest) == 64
    [entry] = cache.entries(tmp_path)
    assert (entry.manifest.source, cache.faults(entry)) == ("Debian qemu-user-static 7.2", [])


@pytest.mark.parametrize("transitional", [{"qemu_user_static": {}}, {}])
def test_in_later_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transitional: dict[str, dict[str, bytes]]
) -> None:
    Debian(monkeypatch, **transitional, qemu_user=programs("", STATIC))
    assert emulator.obtain("arm64", tmp_path, ignore).path.name == "aarch64"
    [entry] = cache.entries(tmp_path)
    assert entry.manifest.source == "Debian qemu-user 7.2"


def test_one_that_needs_a_loader_is_of_no_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Debian(monkeypatch, qemu_user=programs("", DYNAMIC))
    with pytest.raises(ToolchainUnavailable):
        emulator.obtain("arm64", tmp_path, ignore)
    assert list(cache.entries(tmp_path)) == []


def test_without_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainUnavailable, match="apt-get is not there"):
        emulator.obtain("arm64", tmp_path, ignore)
    own = tmp_path / "qemu-aarch64-static"
    own.write_bytes(STATIC)
    own.chmod(0o755)
    assert emulator.obtain("arm64", tmp_path, ignore).path == own
    own.write_bytes(DYNAMIC)
    with pytest.raises(ToolchainUnavailable):
        emulator.obtain("arm64", tmp_path, ignore)


@pytest.mark.toolchain
def test_a_toolchain_for_another_architecture_comes_with_its_emulator() -> None:
    need("apt-get")
    goarch = "s390x" if platform.machine() != "s390x" else "arm64"
    directory = default_directory()
    plain = install(parse("go1.22.10"), directory)
    other = install(parse(f"go1.22.10,goarch={goarch}"), directory)
    assert plain.emulator is None
    assert other.emulator is not None
    said = subprocess.run([other.emulator, "--version"], capture_output=True, text=True, check=True).stdout
    assert said.startswith(f"qemu-{emulator.MACHINES[goarch]} version")
