"""A toolchain's text form: `go1.22.10,revert=cl.patch,hunks=1,3-5,gcflags=-N -l` <-> `Toolchain`.

    text   = base { "," piece }
    base   = name | "go" release | "gccgo" | "image:" reference | "goroot:" path
    piece  = key "=" value | "race"
    key    = patch | revert | hunks | gcflags | goarch | goexperiment | godebug

A comma inside a value is written `\\,` and a backslash before a comma or a backslash `\\\\`. The values of `hunks`,
`goexperiment` and `gcflags` are lists by nature, so there a piece without `=` continues the value before it.
`patch`, `revert` and `godebug` are repeatable; patches apply in order, and `hunks` belongs to the patch before it.
Paths of patches are relative to the working directory, in a names file to that file.

Two texts that mean the same have the same canonical form (`canonical`); parsing it gives the same value again.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.errors import BadPatch, BadToolchain
from harness.model import Patch, Toolchain
from harness.toolchain.names import Name, Names

KEYS = ("patch", "revert", "hunks", "gcflags", "goarch", "goexperiment", "godebug", "race")
BASES = "a name, go<release>, gccgo, image:<reference> or goroot:<path>"
ARCHITECTURES = (
    "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle",
    "ppc64", "ppc64le", "riscv64", "s390x", "wasm",
)  # fmt: skip

_LISTS = ("hunks", "goexperiment", "gcflags")
_RELEASE = re.compile(r"go\d+\.\d+(\.\d+)?((rc|beta)\d+)?")
_EXPERIMENT = re.compile(r"(no)?[a-z][a-z0-9]*")
_SETTING = re.compile(r"[a-z][a-z0-9_]*=[^\s,]+")
_UNQUOTED = re.compile(r"\\([\\,])|(,)")


@dataclass(slots=True)
class _Draft:
    """What the pieces of one text have said so far; its patches, relative to `directory`, are not read yet."""

    text: str
    base: str
    directory: Path
    patches: list[Patch] = field(default_factory=list)
    single: dict[str, str] = field(default_factory=dict)
    godebug: list[str] = field(default_factory=list)
    race: bool = False


def parse(text: str, names: Names, directory: Path = Path()) -> Toolchain:
    """The toolchain that `text` means; reads the patches that it names. Raises BadToolchain and BadPatch."""
    draft = _draft(text, names, directory, ())
    made = _checked(
        Toolchain(
            name="",
            text="",
            base=draft.base,
            patches=tuple(
                read_patch(patch.path, reverse=patch.reverse, hunks=patch.hunks) for patch in draft.patches
            ),
            gcflags=draft.single.get("gcflags", ""),
            goarch=draft.single.get("goarch", ""),
            goexperiment=draft.single.get("goexperiment", ""),
            godebug=",".join(draft.godebug),
            race=draft.race,
        ),
        text,
    )
    whole = canonical(made)
    return replace(made, text=whole, name=text if text in names else whole)


def base_of(text: str, names: Names) -> str:
    """The base of the toolchain that `text` means; reads no patches. Raises BadToolchain."""
    return _draft(text, names, Path(), ()).base


def spoken(text: str) -> tuple[str, tuple[str, ...]]:
    """The base, and the files of patches in order, that a text itself names: not what its base may be a name for."""
    base, *pieces = _split(text)
    keys = [piece.partition("=") for piece in pieces]
    return base, tuple(value for key, _, value in keys if key in ("patch", "revert"))


def canonical(toolchain: Toolchain) -> str:
    """The one text for this toolchain: patches in order first, then the other keys in the order of `KEYS`."""
    pieces = [quote(toolchain.base)]
    for patch in toolchain.patches:
        pieces.append(f"{'revert' if patch.reverse else 'patch'}={quote(str(patch.path))}")
        if patch.hunks:
            pieces.append("hunks=" + spell_hunks(patch.hunks))
    if toolchain.gcflags:
        pieces.append("gcflags=" + quote(toolchain.gcflags))
    if toolchain.goarch:
        pieces.append("goarch=" + toolchain.goarch)
    if toolchain.goexperiment:
        pieces.append("goexperiment=" + toolchain.goexperiment)
    pieces += ["godebug=" + quote(setting) for setting in toolchain.godebug.split(",") if setting]
    return ",".join(pieces + ["race"] * toolchain.race)


def with_patches(toolchain: Toolchain, *, patch: Sequence[Path] = (), revert: Sequence[Path] = ()) -> Toolchain:
    """The same toolchain with more patches after its own: first those of `patch`, then those of `revert`.

    What `--patch FILE` and `--revert FILE` do to make the other side of a pair.
    """
    more = [read_patch(path) for path in patch] + [read_patch(path, reverse=True) for path in revert]
    changed = _checked(replace(toolchain, patches=(*toolchain.patches, *more)), toolchain.text)
    whole = canonical(changed)
    return replace(changed, text=whole, name=whole)


def with_patch(toolchain: Toolchain, patch: Patch, words: str) -> Toolchain:
    """The same toolchain with a patch that no text names; `words` say what it is."""
    whole = f"{toolchain.text},patch={quote(words)}"
    return replace(toolchain, patches=(*toolchain.patches, patch), text=whole, name=whole)


VARIANTS = ("", "-l", "-N -l", "-d=maymorestack=runtime.mayMoreStackMove")
"""Compiler flags that change how a program is compiled and nothing that it does: as always; nothing is inlined;
nothing is optimized, so no defer statement is open-coded; the stack moves at every call, so stale pointers show."""


def variants(toolchain: Toolchain) -> tuple[Toolchain, ...]:
    """The toolchain with each of `VARIANTS`. Raises BadToolchain if it has flags of its own, or is not gc."""
    if toolchain.gcflags or toolchain.base == "gccgo":
        raise BadToolchain(f"{toolchain.text}: variants are made by gcflags, so a toolchain with its own has none")
    made = [replace(toolchain, gcflags=flags) for flags in VARIANTS[1:]]
    return toolchain, *(replace(one, text=canonical(one), name=canonical(one)) for one in made)


def read_patch(path: Path, *, reverse: bool = False, hunks: frozenset[int] = frozenset()) -> Patch:
    """Read a patch file. It must be UTF-8, as Go source is; that it is a patch at all is seen when it is applied."""
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise BadPatch(f"{path}: cannot read the patch: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadPatch(f"{path}: the patch is not UTF-8 text (byte {error.start})") from error
    return Patch(path=path, text=text, reverse=reverse, hunks=hunks)


def quote(value: str) -> str:
    """A value as it is written in a text."""
    return value.replace("\\", "\\\\").replace(",", "\\,")


def spell_hunks(hunks: frozenset[int]) -> str:
    """`{1, 3, 4, 5}` -> "1,3-5"."""
    runs: list[list[int]] = []
    for number in sorted(hunks):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def read_hunks(value: str) -> frozenset[int]:
    """ "1,3-5" -> `{1, 3, 4, 5}`; ValueError if it is anything else."""
    chosen: set[int] = set()
    for piece in value.split(","):
        span = re.fullmatch(r"\s*([1-9]\d{0,4})(?:-([1-9]\d{0,4}))?\s*", piece)
        if not span or (span[2] and int(span[2]) < int(span[1])):
            raise ValueError(value)
        chosen.update(range(int(span[1]), int(span[2] or span[1]) + 1))
    return frozenset(chosen)


def _split(text: str) -> list[str]:
    """The text's pieces, at commas that no backslash covers, without their quoting."""
    pieces, start = [""], 0
    for mark in _UNQUOTED.finditer(text):
        pieces[-1] += text[start : mark.start()] + (mark[1] or "")
        start = mark.end()
        if mark[2]:
            pieces.append("")
    pieces[-1] += text[start:]
    return [piece.strip() for piece in pieces]


def _draft(text: str, names: Names, directory: Path, seen: tuple[str, ...]) -> _Draft:
    base, *pieces = _split(text)
    if base in names:
        if base in seen:
            raise BadToolchain(f"{' -> '.join((*seen, base))}: a name cannot stand for itself")
        name: Name = names[base]
        try:
            draft = _draft(name.text, names, name.directory, (*seen, base))
        except BadToolchain as error:
            raise error if seen else BadToolchain(f"{name.where}: {error}") from error
        draft.text, draft.directory = text, directory
    else:
        draft = _Draft(text=text, base=_base(base, text, names, directory), directory=directory)
    given: set[str] = set()
    last = ""
    for piece in pieces:
        key, equals, value = piece.partition("=")
        if piece == "race":
            key, last = "race", "race"
            draft.race = True
        elif not equals and last in _LISTS:
            _continue(draft, last, piece)
        elif key not in KEYS or key == "race" or not equals or not value:
            raise BadToolchain(f"{text}: {_complaint(piece, key, value)}")
        else:
            if key in given and key in draft.single:
                raise BadToolchain(f"{text}: {key} is given twice")
            _set(draft, key, value)
            given.add(key)
            last = key
    return draft


def _complaint(piece: str, key: str, value: str) -> str:
    if not piece:
        return "there is nothing between two commas"
    if key in KEYS and not value:
        return f"{key} has no value; write {key}=..."
    if key == "race":
        return "race takes no value"
    close = difflib.get_close_matches(key, KEYS, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"{piece!r} is no key=value; {hint}keys are {', '.join(KEYS)}"


def _base(base: str, text: str, names: Names, directory: Path) -> str:
    kind, colon, rest = base.partition(":")
    if colon and kind in ("image", "goroot"):
        if not rest:
            needed = "an image reference" if kind == "image" else "the path of a Go tree"
            raise BadToolchain(f"{text}: {kind}: needs {needed} after the colon")
        return base if kind == "image" else f"goroot:{directory / Path(rest).expanduser()}"
    if base == "gccgo" or _RELEASE.fullmatch(base):
        return base
    if not base:
        raise BadToolchain(f"{text!r} names no toolchain; write {BASES}")
    release = "go" + base.removeprefix("v")
    close = [release] if _RELEASE.fullmatch(release) else difflib.get_close_matches(base, [*names, "gccgo"], n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    known = f" (names: {', '.join(sorted(names))})" if names else ""
    raise BadToolchain(f"{base}: no such toolchain; write {BASES}{known}{hint}")


def _set(draft: _Draft, key: str, value: str) -> None:
    match key:
        case "patch" | "revert":
            path = draft.directory / Path(value).expanduser()
            draft.patches.append(Patch(path, text="", reverse=key == "revert"))
        case "hunks":
            if not draft.patches or draft.patches[-1].hunks:
                raise BadToolchain(f"{draft.text}: hunks={value} must stand behind one patch= or revert=")
            _choose(draft, value)
        case "godebug":
            draft.godebug.append(value)
        case _:
            draft.single[key] = value


def _continue(draft: _Draft, key: str, piece: str) -> None:
    if key == "hunks":
        _choose(draft, piece)
    else:
        draft.single[key] += "," + piece


def _choose(draft: _Draft, value: str) -> None:
    try:
        hunks = read_hunks(value)
    except ValueError:
        raise BadToolchain(f"{draft.text}: hunks={value} is no list of hunk numbers such as 1,3-5") from None
    draft.patches[-1] = replace(draft.patches[-1], hunks=draft.patches[-1].hunks | hunks)


def _checked(toolchain: Toolchain, text: str) -> Toolchain:
    """Check what can be seen without the toolchain itself, and normalise lists."""
    if toolchain.goarch and toolchain.goarch not in ARCHITECTURES:
        raise BadToolchain(f"{text}: goarch={toolchain.goarch} is unknown; possible are {', '.join(ARCHITECTURES)}")
    experiments = toolchain.goexperiment.split(",") if toolchain.goexperiment else []
    for experiment in experiments:
        if not _EXPERIMENT.fullmatch(experiment):
            raise BadToolchain(f"{text}: goexperiment={experiment} is no name of an experiment")
    for setting in toolchain.godebug.split(",") if toolchain.godebug else []:
        if not _SETTING.fullmatch(setting):
            raise BadToolchain(f"{text}: godebug={setting} is no name=value setting")
    if toolchain.base == "gccgo":
        unfit = [
            key
            for key, given in (
                ("patch or revert", toolchain.patches),
                ("goarch", toolchain.goarch),
                ("goexperiment", toolchain.goexperiment),
                ("race", toolchain.race),
            )
            if given
        ]
        if unfit:
            raise BadToolchain(f"{text}: gccgo takes no {unfit[0]}: its runtime is compiled in, for this machine")
    return toolchain
