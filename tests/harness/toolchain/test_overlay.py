from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from harness.errors import BadPatch, ToolchainUnavailable
from harness.model import Installed, Patch
from harness.toolchain import default_directory, install, overlay, parse, use
from harness.toolchain.tree import directory_source
from tests.builds import build_cache
from tests.harness.toolchain.fakes import PANIC, diff, goroot, replacing

RUNTIME = "src/runtime/panic.go"
CREATION = "--- /dev/null\n+++ b/src/runtime/new.go\n@@ -0,0 +1,2 @@\n+package runtime\n+var fresh int\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return goroot(tmp_path / "go")


def patch(text: str, *, reverse: bool = False, hunks: set[int] | None = None) -> Patch:
    return Patch(Path("x.patch"), text, reverse, frozenset(hunks or ()))


def build(tree: Path, *patches: Patch) -> dict[str, str]:
    notes: list[str] = []
    made = overlay.build(directory_source(tree), patches, "go1.22.10", notes.append)
    assert notes == []
    return made


def refused(tree: Path, *patches: Patch) -> str:
    with pytest.raises(BadPatch) as caught:
        overlay.build(directory_source(tree), patches, "go1.22.10", lambda line: None)
    assert "\n" not in str(caught.value)
    return str(caught.value)


TWO_FILES = diff(RUNTIME, replacing(5, "five"), replacing(20, "twenty")) + diff(
    "src/runtime/runtime2.go", replacing(8, "eight")
)


def test_a_patch_is_applied_and_the_tree_stays_as_it_is(tree: Path) -> None:
    assert build(tree, patch(TWO_FILES)) == {
        RUNTIME: PANIC.replace("line 5\n", "five\n").replace("line 20\n", "twenty\n"),
        "src/runtime/runtime2.go": PANIC.replace("line 8\n", "eight\n"),
    }
    assert (tree / RUNTIME).read_text() == PANIC
    assert sorted(path.name for path in (tree / "src/runtime").iterdir()) == [
        "panic.go",
        "panic_test.go",
        "runtime2.go",
    ]


def test_a_patch_is_taken_out(tree: Path) -> None:
    (tree / RUNTIME).write_text(PANIC.replace("line 5\n", "five\n"))
    assert build(tree, patch(diff(RUNTIME, replacing(5, "five")), reverse=True)) == {RUNTIME: PANIC}


@pytest.mark.parametrize("headers", [("a/", "b/"), ("", ""), ("go1.22.10/", "go/")])
def test_paths_with_and_without_a_first_directory(tree: Path, headers: tuple[str, str]) -> None:
    text = diff(RUNTIME, replacing(5, "five"), old=headers[0] + RUNTIME, new=headers[1] + RUNTIME)
    assert set(build(tree, patch(text))) == {RUNTIME}


def test_a_git_patch_with_its_message(tree: Path) -> None:
    message = "From 1234\nSubject: a change\n\n--- not a header\n\nwords\n---\n src/runtime/panic.go | 2 +-\n\n"
    header = f"diff --git a/{RUNTIME} b/{RUNTIME}\nindex 1..2 100644\n"
    made = build(
        tree, patch(message.replace("--- not a header\n", "") + header + diff(RUNTIME, replacing(5, "five")))
    )
    assert set(made) == {RUNTIME}


def test_patches_apply_in_order_each_to_what_the_last_one_left(tree: Path) -> None:
    first = patch(diff(RUNTIME, replacing(5, "five")))
    second = patch(diff(RUNTIME, replacing(5, "FIVE", of="five")))
    assert build(tree, first, second)[RUNTIME] == PANIC.replace("line 5\n", "FIVE\n")
    assert "hunk 1 (line 2) cannot be applied" in refused(tree, second, first)


def test_a_patch_and_its_reverse_leave_nothing(tree: Path) -> None:
    text = diff(RUNTIME, replacing(5, "five"))
    assert build(tree, patch(text), patch(text, reverse=True)) == {}


@pytest.mark.parametrize(
    ("hunks", "changed"),
    [({1}, {RUNTIME: ["five"]}), ({2}, {RUNTIME: ["twenty"]}), ({3}, {"src/runtime/runtime2.go": ["eight"]})],
)
def test_hunks_are_numbered_through_the_whole_file(
    tree: Path, hunks: set[int], changed: dict[str, list[str]]
) -> None:
    made = build(tree, patch(TWO_FILES, hunks=hunks))
    assert {
        path: [line for line in text.split("\n") if line and " " not in line] for path, text in made.items()
    } == changed


def test_a_hunk_that_is_not_there(tree: Path) -> None:
    assert refused(tree, patch(TWO_FILES, hunks={1, 4})) == "x.patch: there is no hunk 4, the patch has 3"
    assert len(overlay.hunks(patch(TWO_FILES))) == 3


def test_hunks_may_lie_elsewhere_and_need_fuzz(tree: Path) -> None:
    (tree / RUNTIME).write_text("more\n" * 30 + PANIC.replace("line 17\n", "other\n").replace("line 18\n", ""))
    made = build(tree, patch(diff(RUNTIME, replacing(20, "twenty"))))
    assert "line 19\ntwenty\nline 21\n" in made[RUNTIME]


def test_a_hunk_that_does_not_apply_is_named(tree: Path) -> None:
    text = diff(RUNTIME, replacing(5, "five"), replacing(20, "x", of="unknown", text="other {}")) + diff(
        "src/runtime/runtime2.go", replacing(8, "eight")
    )
    line = refused(tree, patch(text))
    assert line == f"x.patch: {RUNTIME}: hunk 2 (line 17) cannot be applied to go1.22.10"
    line = refused(tree, patch(text, reverse=True, hunks={2, 3}))
    assert line == f"x.patch: {RUNTIME}: hunk 2 (line 17) cannot be taken out of go1.22.10"


def test_every_hunk_that_does_not_apply_is_named(tree: Path) -> None:
    bad = [replacing(line, "x", of="unknown", text="other {}") for line in (10, 20)]
    text = diff("src/runtime/runtime2.go", replacing(8, "eight")) + diff(RUNTIME, bad[0], replacing(5, "y"), bad[1])
    assert "hunks 2 (line 7), 4 (line 17) cannot be applied" in refused(tree, patch(text))


def test_the_wrong_direction_is_told(tree: Path) -> None:
    line = refused(tree, patch(diff(RUNTIME, replacing(5, "five")), reverse=True))
    assert line == (
        f"x.patch: {RUNTIME}: hunk 1 (line 2) cannot be taken out of go1.22.10;"
        " it fits the other way round: patch=x.patch"
    )


def test_a_new_file(tree: Path) -> None:
    assert build(tree, patch(CREATION)) == {"src/runtime/new.go": "package runtime\nvar fresh int\n"}
    (tree / "src/runtime/new.go").write_text("package runtime\n")
    line = "x.patch: src/runtime/new.go: the patch creates this file, but go1.22.10 has it"
    assert refused(tree, patch(CREATION)) == line


def test_a_deleted_file_is_left_out_of_every_build(tree: Path) -> None:
    (tree / "src/runtime/new.go").write_text("package runtime\nvar fresh int\n")
    made = build(tree, patch(CREATION, reverse=True))
    assert made["src/runtime/new.go"].startswith("//go:build ignore\n")
    assert build(tree, patch(CREATION, reverse=True), patch(CREATION)) == {}
    (tree / "src/runtime/new.go").write_text("package runtime\nvar fresh int\nvar more int\n")
    assert refused(tree, patch(CREATION, reverse=True)).startswith("x.patch: src/runtime/new.go: ")


def test_a_file_that_the_toolchain_does_not_have(tree: Path) -> None:
    line = refused(tree, patch(diff("src/runtime/none.go", replacing(5, "five"))))
    assert line == "x.patch: src/runtime/none.go: go1.22.10 has no such file"


@pytest.mark.parametrize(
    "path", ["src/runtime/panic_test.go", "test/fixedbugs/x.go", "src/go/testdata/x.go", "doc/x.md"]
)
def test_what_no_build_uses_is_passed_over_and_said(tree: Path, path: str) -> None:
    notes: list[str] = []
    text = diff(path, replacing(5, "five")) + diff(RUNTIME, replacing(5, "five"))
    made = overlay.build(directory_source(tree), [patch(text)], "go1.22.10", notes.append)
    assert set(made) == {RUNTIME}
    assert [note.partition(" is passed over: ")[0] for note in notes] == [f"x.patch: {path}"]
    line = refused(tree, patch(diff(path, replacing(5, "five"))))
    assert line == "x.patch: changes nothing that is compiled into programs"


def test_packages_that_the_compiler_shares_are_said(tree: Path) -> None:
    goroot(tree, files={"src/internal/abi/abi.go": PANIC})
    notes: list[str] = []
    text = diff("src/internal/abi/abi.go", replacing(5, "five"))
    overlay.build(directory_source(tree), [patch(text)], "go1.22.10", notes.append)
    assert notes == ["x.patch: src/internal/abi/abi.go is also part of the compiler, which stays as it is"]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("bin/go", "bin/go: only files under src/ of GOROOT can be patched"),
        (
            "src/cmd/compile/main.go",
            "src/cmd/compile/main.go: belongs to the toolchain's own programs, which are not rebuilt;"
            " build that toolchain and name it as goroot:<path>",
        ),
        ("src/runtime/textflag.h", "src/runtime/textflag.h: only Go and assembly files (.go, .s) can be patched"),
        ("../src/runtime/panic.go", "a/../src/runtime/panic.go: not a plain path below GOROOT"),
        ("src/../../x.go", "a/src/../../x.go: not a plain path below GOROOT"),
    ],
)
def test_places_that_cannot_be_patched(tree: Path, path: str, line: str) -> None:
    assert refused(tree, patch(diff(path, replacing(5, "five")))) == f"x.patch: {line}"


def test_absolute_paths_are_refused(tree: Path) -> None:
    text = diff(RUNTIME, replacing(5, "five"), old="/etc/x.go", new="/etc/x.go")
    assert refused(tree, patch(text)) == "x.patch: /etc/x.go: not a plain path below GOROOT"


def test_links_are_not_followed(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.go").write_text(PANIC)
    (tree / "src/runtime/link.go").symlink_to(tmp_path / "outside.go")
    (tree / "src/linked").symlink_to(tree / "src/runtime")
    for path in ("src/runtime/link.go", "src/linked/panic.go"):
        assert "a symbolic link, which patches may not follow" in refused(tree, patch(diff(path, replacing(5, "x"))))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "holds no unified diff"),
        ("just words\n", "holds no unified diff"),
        (diff(RUNTIME, "@@ -2,7 +2,7 @@\n line 2\n"), "damaged patch: Hunk is shorter than expected"),
        (diff(RUNTIME, replacing(5, "five"), new="b/src/runtime/other.go"), "not a change of one file below GOROOT"),
        (f"diff --git a/{RUNTIME} b/{RUNTIME}\nGIT binary patch\nliteral 3\n", "x.patch:2: 'GIT binary patch'"),
        (f"Binary files a/{RUNTIME} and b/{RUNTIME} differ\n", "only changes of text in place are supported"),
        ("diff --git a/src/a.go b/src/b.go\nrename from src/a.go\nrename to src/b.go\n", "'rename from src/a.go'"),
        (
            "diff --git a/src/x.go b/src/x.go\nnew file mode 120000\n" + CREATION.replace("runtime/new", "x"),
            "'new file mode 120000'",
        ),
        (f"diff --git a/{RUNTIME} b/{RUNTIME}\nold mode 100644\nnew mode 120000\n", "'new mode 120000'"),
        ("diff --git a/src/x.go b/src/x.go\nnew file mode 160000\n", "'new file mode 160000'"),
        ("diff --git a/src/a.go b/src/b.go\ncopy from src/a.go\ncopy to src/b.go\n", "'copy from src/a.go'"),
        (diff(RUNTIME, f"@@ -{'1' * 5000} +1 @@\n-a\n+b\n"), "damaged patch: a number of a hunk is too long"),
    ],
)
def test_what_is_no_patch_of_text(tree: Path, text: str, line: str) -> None:
    assert line in refused(tree, patch(text))


def test_line_ends_are_kept(tree: Path) -> None:
    text = PANIC.replace("\n", "\r\n").removesuffix("\r\n")
    (tree / RUNTIME).write_bytes(text.encode())
    hunk = replacing(5, "five").replace("\n", "\r\n").replace("@@\r\n", "@@\n")
    assert build(tree, patch(diff(RUNTIME, hunk)))[RUNTIME] == text.replace("line 5\r", "five\r")


def test_without_gnu_patch(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainUnavailable) as caught:
        build(tree, patch(TWO_FILES))
    assert str(caught.value) == "GNU patch is not there, and patches need it: install the package `patch`"
    (tmp_path / "patch").write_text("#!/bin/sh\necho patch 2.0 of some BSD\n")
    (tmp_path / "patch").chmod(0o755)
    with pytest.raises(ToolchainUnavailable, match="GNU patch is not there"):
        overlay.gnu_patch()


# --- The real change on the real release ----------------------------------------------------------------


def compile_and_run(installed: Installed, directory: Path, program: str) -> subprocess.CompletedProcess[str]:
    """Build `program` with the installed toolchain on this machine, and run it."""
    assert installed.root
    (directory / "go.mod").write_text("module m\n\ngo 1.22\n")
    (directory / "main.go").write_text(program)
    replaced = {}
    for number, (path, text) in enumerate(installed.overlay.items()):
        (directory / f"{number}.txt").write_text(text)
        replaced[str(installed.root / path)] = str(directory / f"{number}.txt")
    (directory / "overlay.json").write_text(json.dumps({"Replace": replaced}))
    root = str(installed.root)
    environment = {
        **use.environment(installed, root),
        "HOME": str(directory),
        "GOCACHE": str(build_cache()),
    }
    command = [use.command(installed, root), "build", "-overlay=overlay.json", "-o", "program", "."]
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return subprocess.run([directory / "program"], capture_output=True, text=True, check=False)


RECOVERS = """package main

import "fmt"

func f(n int) (s string) {
	defer func() { s += " outer" }()
	if n > 0 {
		defer func() { s = fmt.Sprint(recover()) }()
	}
	panic(n)
}

func main() { fmt.Println(f(1)) }
"""


@pytest.mark.toolchain
def test_the_real_change_comes_out_of_the_real_release(change: Path, tmp_path: Path) -> None:
    made = install(parse(f"go1.22.10,revert={change}"), default_directory())
    assert set(made.overlay) == {RUNTIME, "src/runtime/runtime2.go"}
    assert "savedOpenDeferState" not in "".join(made.overlay.values())
    assert made.digest != install(parse("go1.22.10"), default_directory()).digest
    assert compile_and_run(made, tmp_path, RECOVERS).stdout == "1 outer\n"


@pytest.mark.toolchain
def test_the_real_change_is_not_in_the_release_before(change: Path) -> None:
    with pytest.raises(BadPatch) as caught:
        install(parse(f"go1.21.13,revert={change}"), default_directory())
    assert str(caught.value).startswith(f"{change}: {RUNTIME}: hunks 1 (line 635), ")
    assert str(caught.value).endswith("cannot be taken out of go1.21.13")


@pytest.mark.toolchain
def test_hunks_of_the_real_change(change: Path) -> None:
    whole = parse(f"go1.22.10,revert={change}")
    assert len(overlay.hunks(whole.patches[0])) == 10
    made = install(parse(f"go1.22.10,revert={change},hunks=8-9"), default_directory())
    assert set(made.overlay) == {"src/runtime/runtime2.go"}
    assert "in three ways" in made.overlay["src/runtime/runtime2.go"]
    assert "savedOpenDeferState struct" in made.overlay["src/runtime/runtime2.go"]


@pytest.mark.toolchain
def test_new_and_deleted_files_of_the_real_runtime_are_built(tmp_path: Path) -> None:
    """One file is deleted, and a new one has what was in it."""
    tree = install(parse("go1.22.10"), default_directory()).root
    assert tree
    old = (tree / "src/runtime/float.go").read_text()
    lines = old.splitlines(keepends=True)
    count = len(lines)
    text = diff("src/runtime/float.go", f"@@ -1,{count} +0,0 @@\n", *("-" + line for line in lines), new="/dev/null")
    text += diff("src/runtime/moved.go", f"@@ -0,0 +1,{count} @@\n", *("+" + line for line in lines), old="/dev/null")
    (tmp_path / "move.patch").write_text(text)
    made = install(parse(f"go1.22.10,patch={tmp_path}/move.patch"), default_directory())
    assert set(made.overlay) == {"src/runtime/float.go", "src/runtime/moved.go"}
    assert compile_and_run(made, tmp_path, RECOVERS).stdout == "1 outer\n"


@pytest.mark.toolchain
def test_an_overlaid_assembly_file_takes_effect(tmp_path: Path) -> None:
    tree = install(parse("go1.22.10"), default_directory()).root
    assert tree
    path = "src/internal/cpu/cpu_x86.s"
    lines = (tree / path).read_text().splitlines()
    hunk = f"@@ -{len(lines)},1 +{len(lines)},2 @@\n {lines[-1]}\n+NOSUCHINSTRUCTION\n"
    (tmp_path / "x.patch").write_text(diff(path, hunk))
    made = install(parse(f"go1.22.10,patch={tmp_path}/x.patch"), default_directory())
    with pytest.raises(AssertionError, match="NOSUCHINSTRUCTION"):
        compile_and_run(made, tmp_path, RECOVERS)


def test_where_the_hunks_of_a_patch_are() -> None:
    found = overlay.hunks(patch(TWO_FILES))
    assert [(one.number, one.path) for one in found] == [(1, RUNTIME), (2, RUNTIME), (3, "src/runtime/runtime2.go")]
    assert found[0].changed == ("-line 5", "+five")
    assert found[0].line < found[1].line


OTHER_VERSION = TWO_FILES.replace("+twenty\n", "+20\n").replace("+eight\n", "+8\n")


def test_the_hunks_of_two_versions_of_a_patch(tree: Path) -> None:
    one, other = patch(TWO_FILES), patch(OTHER_VERSION)
    assert overlay.differing(one, other) == {2, 3}
    assert overlay.differing(one, one) == frozenset()
    for numbers, twenty, eight in ((set(), "20", "8"), ({2}, "twenty", "8"), ({2, 3}, "twenty", "eight")):
        built = build(tree, overlay.mixed(one, other, frozenset(numbers)))
        assert built[RUNTIME] == PANIC.replace("line 5\n", "five\n").replace("line 20\n", f"{twenty}\n")
        assert built["src/runtime/runtime2.go"] == PANIC.replace("line 8\n", f"{eight}\n")


def test_patches_that_are_not_two_versions_of_one() -> None:
    other = patch(diff(RUNTIME, replacing(5, "five")))
    with pytest.raises(BadPatch, match="not two versions of one patch: their hunks change other places"):
        overlay.differing(patch(TWO_FILES), other)
