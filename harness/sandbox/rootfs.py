"""The file system of an image FROM scratch, as a tar stream: a toolchain's tree, the supervisor, two directories."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from harness import atomic
from harness.model import Installed

HOME = "/deferdiff"
"""Where our own files are in every image."""
SUPERVISOR = f"{HOME}/supervise"
WORK = f"{HOME}/work"
CACHE = f"{HOME}/cache"
SCRATCH = "/tmp"
BUILDER = 19_999
"""The uid and gid of compilers; a named volume that is mounted on `CACHE` takes them over from the image."""
MAX_DEPTH = 40

_LEFT_OUT = re.compile(
    r"(api|doc|misc|test)"
    r"|src/cmd"
    r"|src/.*_test\.go"
    r"|(.*/)?testdata"
    r"|pkg/linux_[^/]*"
    r"|pkg/tool/[^/]+/(addr2line|api|cover|covdata|dist|distpack|doc|fix|nm|objdump|pprof|preprofile|test2json|trace|vet)"
    r"|bin/gofmt"
)
"""Files and directories below a GOROOT that `go build` never opens: half of a release."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the tree: its `name` in the image without the leading slash, and its `path` here; or, if `link` is
    given, a symbolic link to that, within the tree."""

    name: str
    path: Path
    link: str = ""

    def stat(self) -> os.stat_result:
        """What `os.stat` says of the file, or of the link itself."""
        return self.path.lstat() if self.link else self.path.stat()


def goroot(installed: Installed) -> str:
    """Where the image has the tree: gccgo is the root of a file system, a GOROOT is a directory of its own."""
    return "/" if installed.engine == "gccgo" else f"{HOME}/go"


def digest(installed: Installed, memo: Path) -> str:
    """The hex SHA-256 of all that `files` gives. `memo` is a directory that remembers it by the files' inodes, sizes
    and times of change, which no edit leaves as they were; reading a release takes half a second, this a tenth."""
    entries = list(files(installed))
    signature = hashlib.sha256()
    for entry in entries:
        about = entry.stat()
        state = (about.st_ino, about.st_size, about.st_mode, about.st_mtime_ns, about.st_ctime_ns)
        signature.update(repr((entry.name, str(entry.path), entry.link, state)).encode())
    note = memo / signature.hexdigest()
    if note.is_file():
        return note.read_text()
    content = hashlib.sha256()
    for entry in entries:
        about = entry.stat()
        content.update(f"{entry.name}\0{entry.link}\0{_mode(about)}\0{about.st_size}\0".encode())
        if not entry.link:
            with entry.path.open("rb") as file:
                while block := file.read(1 << 20):
                    content.update(block)
    memo.mkdir(parents=True, exist_ok=True)
    atomic.replace(note, content.hexdigest().encode())
    return content.hexdigest()


def files(installed: Installed) -> Iterator[Entry]:
    """The tree's files, in a fixed order. A link that leads out of the tree stands for what it leads to."""
    assert installed.root is not None, "an image reference has its own file system"
    prefix = goroot(installed).strip("/")
    left_out = None if installed.engine == "gccgo" else _LEFT_OUT
    root = installed.root.resolve()
    return _walk(root, root, prefix + "/" if prefix else "", "", left_out, 0)


def _walk(
    root: Path, directory: Path, prefix: str, below: str, left_out: re.Pattern[str] | None, depth: int
) -> Iterator[Entry]:
    if depth > MAX_DEPTH:
        raise OSError(f"{directory} is more than {MAX_DEPTH} directories deep: links that lead in a circle?")
    for item in sorted(os.scandir(directory), key=lambda item: item.name):
        name = below + item.name
        path = Path(item.path)
        if left_out is not None and left_out.fullmatch(name):
            continue
        if item.is_symlink():
            target = path.resolve()
            parent = path.parent.resolve()
            if target.is_relative_to(root) and parent.is_relative_to(root):
                yield Entry(prefix + name, path, os.path.relpath(target, parent))
                continue
        if item.is_dir():
            yield from _walk(root, path, prefix, name + "/", left_out, depth + 1)
        elif item.is_file():
            yield Entry(prefix + name, path)


def write(installed: Installed, supervisor: Path, into: IO[bytes]) -> None:
    """Write the whole file system. All belongs to root except the cache's directory."""
    with tarfile.open(fileobj=into, mode="w|", bufsize=1 << 20, format=tarfile.GNU_FORMAT) as archive:
        _write_ours(supervisor, archive)
        for entry in files(installed):
            if entry.link:
                link = tarfile.TarInfo(entry.name)
                link.type, link.linkname = tarfile.SYMTYPE, entry.link
                archive.addfile(link)
            else:
                _add(archive, entry.name, entry.path)


def ours(supervisor: Path) -> bytes:
    """A tar of what is added to somebody else's image."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        _write_ours(supervisor, archive)
    return buffer.getvalue()


def _write_ours(supervisor: Path, archive: tarfile.TarFile) -> None:
    for name, owner, mode in ((HOME, 0, 0o755), (WORK, 0, 0o755), (CACHE, BUILDER, 0o700), (SCRATCH, 0, 0o1777)):
        entry = tarfile.TarInfo(name.strip("/"))
        entry.type, entry.mode, entry.uid, entry.gid = tarfile.DIRTYPE, mode, owner, owner
        archive.addfile(entry)
    _add(archive, SUPERVISOR.strip("/"), supervisor)


def _add(archive: tarfile.TarFile, name: str, path: Path) -> None:
    with path.open("rb") as file:
        about = os.fstat(file.fileno())
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = about.st_size, _mode(about)
        archive.addfile(entry, file)


def _mode(about: os.stat_result) -> int:
    return 0o755 if about.st_mode & 0o111 else 0o644
