"""The cache of unpacked toolchains: whole entries or none.

    <cache>/toolchains/<name>/manifest.json    what it is, its tree's digest
    <cache>/toolchains/<name>/contents.json    every file below it: path -> SHA-256, or "-> target" for a link
    <cache>/toolchains/<name>/...              the tree
    <cache>/toolchains/<name>.lock             held while the entry is made or removed
    <cache>/toolchains/.<name>.<random>        an entry in the making

An entry is made beside its place and renamed into it, so that a killed process leaves nothing that looks like an
entry; what it did leave is swept by the next process that makes the same entry, which holds the lock. The location
is $DEFERDIFF_CACHE, or the user's cache directory.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import filelock
import platformdirs

from harness.errors import ToolchainUnavailable
from harness.toolchain.tree import Tree, directory_source

Contents = dict[str, str]
"""Path below the entry -> hex SHA-256 of the file, or "-> target" of a symbolic link."""

MANIFEST = "manifest.json"
CONTENTS = "contents.json"
_FORMAT = 1
_HASHERS = 2


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an entry is. `root` and `go` as in `harness.model.Installed` (`root` relative to the entry); `source`
    names the packages it came from; `digest` is that of its contents; `size` in bytes."""

    name: str
    source: str
    engine: str
    release: str
    root: str
    go: str
    digest: str
    size: int
    format: int = _FORMAT


@dataclass(frozen=True, slots=True)
class Entry:
    """A whole entry at `path`."""

    path: Path
    manifest: Manifest

    @property
    def root(self) -> Path:
        """The tree's root on this machine."""
        return self.path / self.manifest.root


Maker = Callable[[Path], tuple[Manifest, Contents]]
"""Fills an empty directory with an entry's tree."""


def default_directory() -> Path:
    """$DEFERDIFF_CACHE, else the user's cache directory for this program."""
    chosen = os.environ.get("DEFERDIFF_CACHE")
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("deferdiff")


def obtain(cache: Path, name: str, make: Maker) -> Entry:
    """The entry `name`, made by `make` if it is not there. Of several processes, one makes it, others wait."""
    if entry := find(cache, name):
        return entry
    home = cache / "toolchains"
    try:
        home.mkdir(parents=True, exist_ok=True)
        with _locked(home, name):
            if entry := find(cache, name):
                return entry
            _sweep(home, name)
            making = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=home))
            try:
                manifest, contents = make(making)
                for folder, _, _ in os.walk(making):
                    Path(folder).chmod(0o755)  # for sandboxes, which run as another user
                _write(making / CONTENTS, contents)
                _write(making / MANIFEST, asdict(manifest))
                making.rename(home / name)
            except BaseException:
                shutil.rmtree(making, ignore_errors=True)
                raise
    except OSError as error:
        raise ToolchainUnavailable(
            f"{name}: cannot be put into the cache {home}: {error.strerror or error} (DEFERDIFF_CACHE moves it)"
        ) from error
    return Entry(home / name, manifest)


def find(cache: Path, name: str) -> Entry | None:
    """The entry `name`, if it is there. An entry of another format, or one whose manifest is damaged, is not."""
    path = cache / "toolchains" / name
    try:
        fields = json.loads((path / MANIFEST).read_bytes())
        if fields["format"] != _FORMAT:
            return None
        return Entry(path, Manifest(**fields))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def tree(entry: Entry) -> Tree:
    """The toolchain in an entry. Only GOROOTs have sources to patch.

    Its root is the same whatever links lead to it, since compilers' caches go by it.
    """
    root = entry.root.resolve()
    return Tree(
        root=root,
        image="",
        go=entry.manifest.go,
        release=entry.manifest.release,
        engine=entry.manifest.engine,
        digest=entry.manifest.digest,
        source=directory_source(root),
    )


def entries(cache: Path) -> Iterator[Entry]:
    """All whole entries, by name."""
    home = cache / "toolchains"
    if home.is_dir():
        for path in sorted(home.iterdir()):
            if not path.name.startswith(".") and path.is_dir() and (entry := find(cache, path.name)):
                yield entry


def leftovers(cache: Path) -> list[Path]:
    """Directories that killed processes or older formats left behind, and that nobody is making now."""
    home = cache / "toolchains"
    if not home.is_dir():
        return []
    whole = {entry.path for entry in entries(cache)}
    found = []
    for path in sorted(home.iterdir()):
        if path.is_dir() and path not in whole:
            name = path.name[1:].rpartition(".")[0] if path.name.startswith(".") else path.name
            try:
                with _locked(home, name, wait=0):
                    found.append(path)
            except filelock.Timeout:
                continue
    return found


def remove(path: Path) -> None:
    """Remove an entry or a leftover. An entry loses its name at once, so that no process starts to use half of it."""
    home, name = path.parent, path.name
    if name.startswith("."):
        shutil.rmtree(path, ignore_errors=True)
        return
    with _locked(home, name):
        if path.exists():
            going = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=home))
            path.rename(going / name)
            shutil.rmtree(going, ignore_errors=True)


def faults(entry: Entry) -> list[str]:
    """What differs from the day it was made: one line per file that is changed, missing or new."""
    try:
        recorded: Contents = json.loads((entry.path / CONTENTS).read_bytes())
    except (OSError, ValueError):
        return [f"{CONTENTS} is missing or damaged"]
    if digest(recorded) != entry.manifest.digest:
        return [f"{CONTENTS} does not match the digest in {MANIFEST}"]
    actual = survey(entry.path)
    lines = [f"{path} is missing" for path in sorted(recorded.keys() - actual.keys())]
    lines += [f"{path} is new" for path in sorted(actual.keys() - recorded.keys())]
    both = sorted(recorded.keys() & actual.keys())
    return lines + [f"{path} is changed" for path in both if recorded[path] != actual[path]]


def survey(tree: Path, wanted: Callable[[str], bool] = lambda path: True) -> Contents:
    """The contents of all files below `tree` whose relative path is `wanted`, without the cache's own two files."""
    paths = [
        path
        for folder, folders, files in os.walk(tree)
        for path in (Path(folder, name) for name in [*files, *(d for d in folders if Path(folder, d).is_symlink())])
        if (short := path.relative_to(tree).as_posix()) not in (MANIFEST, CONTENTS) and wanted(short)
    ]
    with ThreadPoolExecutor(_HASHERS) as pool:
        sums = pool.map(_fingerprint, paths)
        return {path.relative_to(tree).as_posix(): text for path, text in zip(paths, sums, strict=True)}


def digest(contents: Contents) -> str:
    """Hex SHA-256 of a tree's contents."""
    return hashlib.sha256("".join(f"{path}\0{contents[path]}\n" for path in sorted(contents)).encode()).hexdigest()


def _fingerprint(path: Path) -> str:
    if path.is_symlink():
        return f"-> {path.readlink()}"
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        return f"special {stat.S_IFMT(mode):o}"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _locked(home: Path, name: str, wait: float = -1) -> filelock.BaseFileLock:
    return filelock.FileLock(home / f"{name}.lock", timeout=wait)


def _sweep(home: Path, name: str) -> None:
    """Remove what is in the way of making `name`: its leftovers, and an entry that is not whole. Needs the lock."""
    for path in home.glob(f".{name}.*"):
        if path.name[1:].rpartition(".")[0] == name:
            shutil.rmtree(path, ignore_errors=True)
    if (home / name).exists():
        shutil.rmtree(home / name)


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, sort_keys=True, indent=1) + "\n", "utf-8")
