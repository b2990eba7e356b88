"""Patches -> overlay: the text of each file under GOROOT/src that differs, for `go build -overlay`.

GNU patch applies each hunk, with fuzz up to 3 lines, to copies of exactly the touched files in a private
directory; GOROOT is never written. unidiff reads the patch, so that names are ours to judge and hunks ours to
choose (they are numbered from 1 through the whole patch file). What an overlay cannot do is refused, never skipped:

- the toolchain's own programs (src/cmd) are not rebuilt, so a patch of the compiler cannot take effect;
- headers are read by the assembler from GOROOT, past the overlay;
- other files of src are no input of a build of Go programs, unless embedded.

Tests and documentation of GOROOT are no input of any build: they are passed over, and said.
A patch of a package that the compiler is also built from (internal/abi and such) changes the programs' side only.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk, PatchedFile, PatchSet

from harness.errors import BadPatch, ToolchainUnavailable
from harness.model import Patch
from harness.toolchain.tree import Note, Source

FUZZ = 3
_NO_FILE = "/dev/null"
_EXTENSIONS = (".go", ".s")
_NOT_COMPILED = ("test/", "doc/", "api/", "misc/")
_IGNORED = "//go:build ignore\n\npackage ignored\n"
"""What stands for a deleted file: no build uses it."""
_UNSUPPORTED = re.compile(
    r"(GIT binary patch|Binary files .* differ|(?:rename|copy) from .*"
    r"|(?:(?:new|deleted) file|old|new) mode (?!100)[0-7]+)$"
)
_FAILED = re.compile(r"^Hunk #(\d+) FAILED at \d+", re.MULTILINE)
_PATCH_SECONDS = 60


@dataclass(frozen=True, slots=True)
class _Change:
    """The chosen hunks of one file. `numbers` and `lines`: their numbers in the patch file, and the line at which
    each begins in the file before the change. `creates`/`deletes`: in the direction in which it is applied."""

    path: str
    text: str
    numbers: tuple[int, ...]
    lines: tuple[int, ...]
    creates: bool
    deletes: bool


@dataclass(slots=True)
class _Target:
    """What the patches are applied to. `toolchain`: its text, for messages; `overlay`: the files changed so far."""

    tool: str
    source: Source
    toolchain: str
    overlay: dict[str, str]


def build(source: Source, patches: Sequence[Patch], toolchain: str, note: Note) -> dict[str, str]:
    """Path below GOROOT -> new text, after all `patches` in order. `toolchain` is its text, for messages.

    Raises BadPatch, and ToolchainUnavailable without GNU patch.
    """
    if not patches:
        return {}
    target = _Target(gnu_patch(), source, toolchain, {})
    for patch in patches:
        for change in _changes(patch, note):
            target.overlay[change.path] = _apply(change, patch, target)
    return {path: text for path, text in target.overlay.items() if source(path) != text.encode()}


def gnu_patch() -> str:
    """The path of GNU patch; other programs of this name know no fuzz. Raises ToolchainUnavailable."""
    tool = shutil.which("patch")
    if tool:
        said = subprocess.run([tool, "--version"], capture_output=True, text=True, check=False).stdout
        if said.startswith("GNU patch"):
            return tool
    raise ToolchainUnavailable("GNU patch is not there, and patches need it: install the package `patch`")


def refuse(patch: Patch) -> None:
    """Raise BadPatch for what can be applied to no toolchain at all: paths outside GOROOT/src, links, no diff."""
    for _ in _changes(patch, note=lambda line: None):
        pass


@dataclass(frozen=True, slots=True)
class HunkAt:
    """One hunk of a patch. `path`: the file that it changes, below GOROOT; `line`: where it begins, before the
    change; `changed`: its lines that come or go, with their signs."""

    number: int
    path: str
    line: int
    changed: tuple[str, ...]


def hunks(patch: Patch) -> tuple[HunkAt, ...]:
    """All hunks of the patch file, numbered as `Patch.hunks` has it. Raises BadPatch."""
    found: list[HunkAt] = []
    for file in _read(patch):
        for hunk in file:
            changed = tuple(str(line).rstrip("\n") for line in hunk if not line.is_context)
            found.append(HunkAt(len(found) + 1, _path(file, patch), hunk.source_start, changed))
    return tuple(found)


def differing(patch: Patch, other: Patch) -> frozenset[int]:
    """The numbers of hunks that are not the same in two versions of a patch. Raises BadPatch if they do not change
    the same places."""
    hunks, others = _placed(patch), _placed(other)
    if [place for place, _ in hunks] != [place for place, _ in others]:
        raise BadPatch(
            f"{patch.path} and {other.path}: not two versions of one patch: their hunks change other places"
        )
    texts = zip(hunks, others, strict=True)
    return frozenset(
        n for n, ((_, one), (_, another)) in enumerate(texts, 1) if one.splitlines()[1:] != another.splitlines()[1:]
    )


def mixed(patch: Patch, other: Patch, numbers: frozenset[int]) -> Patch:
    """A patch with these hunks of `patch`, and the rest of `other`, which is another version of it."""
    text, number = "", 0
    for file, its in zip(_read(patch), _read(other), strict=True):
        text += f"--- {file.source_file}\n+++ {file.target_file}\n"
        for one, another in zip(file, its, strict=True):
            number += 1
            text += str(one if number in numbers else another)
    return replace(patch, text=text, hunks=frozenset())


def _placed(patch: Patch) -> list[tuple[tuple[str, int, int], str]]:
    """Each hunk with the place that it changes: file, first line, and number of lines, before the change."""
    return [
        ((_path(file, patch), hunk.source_start, hunk.source_length), str(hunk))
        for file in _read(patch)
        for hunk in file
    ]


def _read(patch: Patch) -> PatchSet:
    for number, line in enumerate(patch.text.splitlines(), 1):
        if unsupported := _UNSUPPORTED.match(line):
            raise BadPatch(f"{patch.path}:{number}: {unsupported[1]!r}: only changes of text in place are supported")
    try:
        files = PatchSet(patch.text)
    except UnidiffParseError as error:
        raise BadPatch(f"{patch.path}: damaged patch: {error}") from error
    except ValueError:  # of int, which reads no more than some thousand digits
        raise BadPatch(f"{patch.path}: damaged patch: a number of a hunk is too long") from None
    if not any(len(file) for file in files):
        raise BadPatch(f"{patch.path}: holds no unified diff")
    return files


def _changes(patch: Patch, note: Note) -> Iterator[_Change]:
    """The chosen part of a patch, file by file."""
    files = _read(patch)
    total = sum(len(file) for file in files)
    if patch.hunks and max(patch.hunks) > total:
        raise BadPatch(f"{patch.path}: there is no hunk {max(patch.hunks)}, the patch has {total}")
    number, found = 0, False
    for file in files:
        chosen: list[tuple[int, Hunk]] = []
        for hunk in file:
            number += 1
            if not patch.hunks or number in patch.hunks:
                chosen.append((number, hunk))
        if not chosen:
            continue
        path = _path(file, patch)
        if reason := _passed_over(path):
            note(f"{patch.path}: {path} is passed over: {reason}")
            continue
        _check(path, patch)
        found = True
        if path.startswith("src/internal/abi/"):
            note(f"{patch.path}: {path} is also part of the compiler, which stays as it is")
        before, after = file.source_file, file.target_file
        if patch.reverse:
            before, after = after, before
        yield _Change(
            path=path,
            text=f"--- {file.source_file}\n+++ {file.target_file}\n" + "".join(str(hunk) for _, hunk in chosen),
            numbers=tuple(number for number, _ in chosen),
            lines=tuple(hunk.target_start if patch.reverse else hunk.source_start for _, hunk in chosen),
            creates=before == _NO_FILE,
            deletes=after == _NO_FILE,
        )
    if not found:
        raise BadPatch(f"{patch.path}: changes nothing that is compiled into programs")


def _path(file: PatchedFile, patch: Patch) -> str:
    """The file's path below GOROOT: without the first directory (a/, b/), unless that is src itself."""
    names = []
    for name in (file.source_file, file.target_file):
        if name != _NO_FILE:
            if name.startswith(("/", '"')) or "\\" in name or {"..", ".", ""} & set(name.split("/")):
                raise BadPatch(f"{patch.path}: {name}: not a plain path below GOROOT")
            names.append(name if name.startswith("src/") else name.partition("/")[2])
    if not names or len(set(names)) != 1 or not names[0]:
        both = f"{file.source_file} to {file.target_file}"
        raise BadPatch(f"{patch.path}: {both}: not a change of one file below GOROOT")
    return names[0]


def _passed_over(path: str) -> str:
    if path.endswith("_test.go") or "testdata" in path.split("/"):
        return "tests are not compiled into programs"
    if path.startswith(_NOT_COMPILED):
        return f"{path.partition('/')[0]}/ is not compiled into programs"
    return ""


def _check(path: str, patch: Patch) -> None:
    parts = PurePosixPath(path)
    if not path.startswith("src/"):
        raise BadPatch(f"{patch.path}: {path}: only files under src/ of GOROOT can be patched")
    if path.startswith("src/cmd/"):
        raise BadPatch(
            f"{patch.path}: {path}: belongs to the toolchain's own programs, which are not rebuilt;"
            " build that toolchain and name it as goroot:<path>"
        )
    if parts.suffix not in _EXTENSIONS:
        raise BadPatch(f"{patch.path}: {path}: only Go and assembly files ({', '.join(_EXTENSIONS)}) can be patched")


def _apply(change: _Change, patch: Patch, target: _Target) -> str:
    """The text of one file after one change."""
    where = f"{patch.path}: {change.path}"
    before = _before(change, target, where)
    after, failed = _run(target.tool, change, before, reverse=patch.reverse)
    if failed:
        hunks = ", ".join(f"{change.numbers[index]} (line {change.lines[index]})" for index in failed)
        direction = "taken out of" if patch.reverse else "applied to"
        _, other = _run(target.tool, change, before, reverse=not patch.reverse)
        opposite = "patch" if patch.reverse else "revert"
        hint = "" if other else f"; it fits the other way round: {opposite}={patch.path}"
        raise BadPatch(
            f"{where}: hunk{'s' * (len(failed) > 1)} {hunks} cannot be {direction} {target.toolchain}{hint}"
        )
    if change.deletes:
        if after:
            raise BadPatch(f"{where}: the patch deletes this file, but {target.toolchain} has more in it")
        return _IGNORED
    return after


def _before(change: _Change, target: _Target, where: str) -> str:
    """The file as the patches before this one leave it."""
    if change.path in target.overlay:
        text = None if target.overlay[change.path] == _IGNORED else target.overlay[change.path]
    else:
        content = target.source(change.path)
        text = None if content is None else content.decode()
    if change.creates and text is not None:
        raise BadPatch(f"{where}: the patch creates this file, but {target.toolchain} has it")
    if not change.creates and text is None:
        raise BadPatch(f"{where}: {target.toolchain} has no such file")
    return text or ""


def _run(tool: str, change: _Change, before: str, *, reverse: bool) -> tuple[str, list[int]]:
    """The file after GNU patch, and the indexes of the hunks that failed."""
    with tempfile.TemporaryDirectory(prefix="deferdiff-") as directory:
        file, diff, out = (Path(directory, name) for name in ("file", "diff", "out"))
        file.write_bytes(before.encode())
        diff.write_bytes(change.text.encode())
        command = [tool, "--force", f"--fuzz={FUZZ}", "--binary", "--unified", f"--output={out}"]
        command += ["--reject-file=-", "--no-backup-if-mismatch", *(["--reverse"] if reverse else [])]
        command += [f"--input={diff}", str(file)]
        try:
            done = subprocess.run(
                command,
                cwd=directory,
                env={"LC_ALL": "C", "TMPDIR": directory},
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_PATCH_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ToolchainUnavailable(f"GNU patch did not finish {change.path} in {_PATCH_SECONDS} s") from error
        if done.returncode == 0:
            return (out.read_bytes().decode() if out.exists() else ""), []
        failed = [int(number) - 1 for number in _FAILED.findall(done.stdout)]
        return "", failed or list(range(len(change.numbers)))
