from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import ToolchainUnavailable
from harness.model import Installed
from harness.toolchain import debian, default_directory, install, parse, use
from tests.builds import build_cache

CONTROL = "Package: small\nVersion: 1.2-3\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n"
PROGRAM = """package main

import (
	"fmt"
	"os"
)

func main() {
	defer func() { fmt.Println("recovered", recover()); os.Exit(3) }()
	var m map[string]int
	m["a"] = 1
}
"""


def need(tool: str) -> None:
    """Skip where there is no Debian, except in CI."""
    if not shutil.which(tool):
        if os.environ.get("CI") == "true":
            pytest.fail(f"{tool} is not there, and CI must test Debian's packages")
        pytest.skip(f"{tool} is not there")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package with a program, a list, an absolute link, a relative one, and two names of one file."""
    need("dpkg-deb")
    tree = tmp_path / "tree"
    for name, text in {
        "DEBIAN/control": CONTROL,
        "usr/bin/run": "#!/bin/sh\n",
        "usr/share/list": "list\n",
    }.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    (tree / "usr/bin/run").chmod(0o755)
    (tree / "usr/bin/again").hardlink_to(tree / "usr/bin/run")
    (tree / "lib64").mkdir()
    (tree / "lib64/absolute").symlink_to("/usr/share/list")
    (tree / "lib64/relative").symlink_to("../usr/share/list")
    done = tmp_path / "small.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, done], check=True, capture_output=True)
    return done


def test_a_package_is_unpacked_with_links_that_hold_anywhere(package: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    debian._unpack(package, root, lambda path: path)
    moved = root.rename(tmp_path / "moved")
    assert {path.relative_to(moved).as_posix(): path.read_text() for path in moved.rglob("*") if path.is_file()} == {
        "usr/bin/run": "#!/bin/sh\n",
        "usr/bin/again": "#!/bin/sh\n",
        "usr/share/list": "list\n",
        "lib64/absolute": "list\n",
        "lib64/relative": "list\n",
    }
    assert os.access(moved / "usr/bin/run", os.X_OK)
    assert not os.access(moved / "usr/share/list", os.X_OK)


def test_files_are_placed_or_left_out(package: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    debian._unpack(package, root, lambda path: "here" if path == "usr/share/list" else None)
    assert [path.name for path in root.rglob("*")] == ["here"]


def test_links_out_of_the_tree_are_refused(tmp_path: Path) -> None:
    need("dpkg-deb")
    tree = tmp_path / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(CONTROL)
    (tree / "link").symlink_to("../../etc/passwd")
    package = tmp_path / "x.deb"
    subprocess.run(["dpkg-deb", "--build", tree, package], check=True, capture_output=True)
    with pytest.raises(ToolchainUnavailable, match=r"unsafe link '\./link' in a package"):
        debian._unpack(package, tmp_path / "root", lambda path: path)


def test_a_damaged_package(tmp_path: Path) -> None:
    need("dpkg-deb")
    (tmp_path / "x.deb").write_bytes(b"no package")
    with pytest.raises(ToolchainUnavailable, match=r"x\.deb: "):
        debian._unpack(tmp_path / "x.deb", tmp_path / "root", lambda path: path)


def test_without_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainUnavailable) as caught:
        install(parse("gccgo"), tmp_path)
    assert str(caught.value) == "apt-get is not there: gccgo-12 can only be had on Debian and its kin"


def fake_apt(directory: Path, **scripts: str) -> None:
    for name in debian.NEEDED:
        script = directory / name
        script.write_text(f"#!/bin/sh\necho {name} $* >>{directory}/log\n" + scripts.get(name.replace("-", "_"), ""))
        script.chmod(0o755)


def test_package_lists_are_read_anew_once_by_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_apt(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    notes: list[str] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(ToolchainUnavailable, match=r"apt knows no package golang-1\.19-go on this machine$"):
        install(parse("go1.19.8"), tmp_path / "cache", note=notes.append)
    assert (tmp_path / "log").read_text().splitlines() == [
        "apt-cache show golang-1.19-go golang-1.19-src",
        "apt-get update -q",
        "apt-cache show golang-1.19-go golang-1.19-src",
    ]
    assert notes[-1] == "reading Debian's package lists anew"


def test_others_are_told_to_read_the_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_apt(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(ToolchainUnavailable, match="if its package lists are empty, run `apt-get update` as root"):
        install(parse("gccgo"), tmp_path / "cache")
    assert "update" not in (tmp_path / "log").read_text()


def compiled(installed: Installed, directory: Path, root: str) -> subprocess.CompletedProcess[str]:
    (directory / "go.mod").write_text("module m\n\ngo 1.18\n")
    (directory / "main.go").write_text(PROGRAM)
    environment = {**use.environment(installed, root), "HOME": str(directory), "GOCACHE": str(build_cache())}
    command = [use.command(installed, root), "build", *use.flags(installed, root), "-o", "program", "."]
    return subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)


def assert_static_and_right(program: Path) -> None:
    ran = subprocess.run([program], capture_output=True, text=True, check=False, env={})
    assert (ran.returncode, ran.stdout) == (3, "recovered assignment to entry in nil map\n")
    assert not asks_for_a_loader(program)


def asks_for_a_loader(program: Path) -> bool:
    """Has this 64-bit ELF file a program header PT_INTERP (3), as dynamically linked programs have?"""
    data = program.read_bytes()
    assert data[:5] == b"\x7fELF\x02"
    [start] = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    return any(struct.unpack_from("<I", data, start + size * index)[0] == 3 for index in range(count))


@pytest.mark.toolchain
@pytest.mark.parametrize("text", ["go1.19.8", "gccgo"])
def test_programs_are_compiled_on_this_machine(tmp_path: Path, text: str) -> None:
    need("apt-get")
    installed = install(parse(text), default_directory())
    done = compiled(installed, tmp_path, str(installed.root))
    assert done.returncode == 0, done.stderr
    assert_static_and_right(tmp_path / "program")


@pytest.mark.toolchain
def test_the_go_command_of_a_release_needs_no_c_library() -> None:
    need("apt-get")
    installed = install(parse("go1.19.8"), default_directory())
    assert installed.root
    assert (installed.release, installed.engine) == ("1.19.8", "gc")
    for tool in (installed.root / "bin/go", *installed.root.glob("pkg/tool/*/*")):
        assert not asks_for_a_loader(tool), tool
    assert asks_for_a_loader(Path(sys.executable).resolve())


@pytest.mark.toolchain
def test_gccgo_alone_in_its_own_file_system(tmp_path: Path) -> None:
    need("apt-get")
    if os.geteuid() != 0:
        pytest.skip("only root can change the root directory")
    installed = install(parse("gccgo"), default_directory())
    assert installed.root
    root = tmp_path / "root"
    shutil.copytree(installed.root, root, symlinks=True)
    for name in ("work", "tmp", "dev"):
        (root / name).mkdir()
    (root / "dev/null").touch()
    (root / "work/go.mod").write_text("module m\n\ngo 1.18\n")
    (root / "work/main.go").write_text(PROGRAM)
    command = [use.command(installed, "/"), "build", *use.flags(installed, "/"), "-o", "program", "."]

    def enter() -> None:
        os.chroot(root)
        os.chdir("/work")

    environment = {**use.environment(installed, "/"), "HOME": "/tmp", "GOCACHE": "/tmp/cache"}
    done = subprocess.run(command, env=environment, preexec_fn=enter, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert_static_and_right(root / "work/program")


@pytest.mark.toolchain
def test_gccgos_release_is_the_last_of_its_build_tags(tmp_path: Path) -> None:
    need("apt-get")
    installed = install(parse("gccgo"), default_directory())
    root = str(installed.root)
    environment = {**use.environment(installed, root), "HOME": str(tmp_path), "GOCACHE": str(tmp_path)}
    command = [use.command(installed, root), "list", "-f", "{{context.ReleaseTags}}", "fmt"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip("[]\n").split()[-1] == f"go{installed.release}"
    assert installed.engine == "gccgo"
