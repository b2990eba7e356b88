"""What of a toolchain's tree goes into an image, and by what the image is known."""

from __future__ import annotations

import io
import os
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from harness.model import Installed, Toolchain
from harness.sandbox import rootfs

KEPT = ("VERSION", "bin/go", "pkg/include/textflag.h", "pkg/tool/linux_amd64/compile", "src/runtime/panic.go")
LEFT_OUT = (
    "api/go1.txt",
    "bin/gofmt",
    "misc/wasm/x.js",
    "pkg/tool/linux_amd64/pprof",
    "src/cmd/go/main.go",
    "src/os/testdata/hello",
    "src/runtime/panic_test.go",
)


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    root = tmp_path / "go"
    for name in (*KEPT, *LEFT_OUT):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"text of {name}")
    (root / "bin/go").chmod(0o755)
    toolchain = Toolchain("t", "t", "t")
    return Installed(toolchain, root, "", "bin/go", "1.22.10", "gc", {}, "0" * 64)


def image(installed: Installed, tmp_path: Path) -> dict[str, tarfile.TarInfo]:
    supervisor = tmp_path / "supervise"
    supervisor.write_text("supervisor")
    supervisor.chmod(0o700)
    buffer = io.BytesIO()
    rootfs.write(installed, supervisor, buffer)
    buffer.seek(0)
    with tarfile.open(fileobj=buffer) as archive:
        return {entry.name: entry for entry in archive}


def test_an_image_has_what_building_needs_and_nothing_else(installed: Installed, tmp_path: Path) -> None:
    entries = image(installed, tmp_path)
    ours = {"deferdiff", "deferdiff/work", "deferdiff/cache", "deferdiff/supervise", "tmp"}
    assert set(entries) == {*ours, *(f"deferdiff/go/{name}" for name in KEPT)}
    assert {name: entry.mode for name, entry in entries.items() if entry.isfile() and entry.mode != 0o644} == {
        "deferdiff/go/bin/go": 0o755,
        "deferdiff/supervise": 0o755,
    }
    assert {name for name, entry in entries.items() if entry.uid} == {"deferdiff/cache"}


def test_gccgo_is_the_root_of_the_file_system(installed: Installed, tmp_path: Path) -> None:
    entries = image(replace(installed, engine="gccgo"), tmp_path)
    assert {"bin/go", "src/cmd/go/main.go"} <= set(entries)


def test_links_within_the_tree_stay_links_and_others_are_followed(installed: Installed, tmp_path: Path) -> None:
    assert installed.root is not None
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/file.go").write_text("x")
    (installed.root / "src/outside").symlink_to(tmp_path / "outside")
    (installed.root / "src/inside").symlink_to(installed.root / "src/runtime")
    (installed.root / "src/broken").symlink_to("nowhere")
    entries = image(installed, tmp_path)
    assert entries["deferdiff/go/src/outside/file.go"].isfile()
    assert entries["deferdiff/go/src/inside"].linkname == "runtime"
    assert entries["deferdiff/go/src/broken"].linkname == "nowhere"


def test_a_circle_of_links_is_an_error(installed: Installed, tmp_path: Path) -> None:
    assert installed.root is not None
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/again").symlink_to(tmp_path / "outside")
    (installed.root / "src/outside").symlink_to(tmp_path / "outside")
    with pytest.raises(OSError, match="links that lead in a circle"):
        list(rootfs.files(installed))


def test_the_digest_follows_content_and_nothing_else(installed: Installed, tmp_path: Path) -> None:
    assert installed.root is not None
    memo = tmp_path / "memo"
    before = rootfs.digest(installed, memo)
    file = installed.root / "src/runtime/panic.go"
    same = file.read_text()
    os.utime(file)
    assert rootfs.digest(installed, memo) == before
    file.write_text(same[::-1])
    os.utime(file, ns=(0, 0))
    changed = rootfs.digest(installed, memo)
    assert changed != before
    file.write_text(same)
    assert rootfs.digest(installed, memo) == before
    (installed.root / "src/runtime/panic_test.go").write_text("changed")
    assert rootfs.digest(installed, memo) == before
    file.chmod(0o755)
    assert rootfs.digest(installed, memo) not in (before, changed)


def test_a_known_tree_is_not_read_again(installed: Installed, tmp_path: Path) -> None:
    memo = tmp_path / "memo"
    rootfs.digest(installed, memo)
    [note] = memo.iterdir()
    note.write_text("remembered")
    assert rootfs.digest(installed, memo) == "remembered"
