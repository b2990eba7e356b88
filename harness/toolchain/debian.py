"""Go toolchains out of Debian's packages: the older release go1.19.8, and gccgo-12.

apt downloads the packages (and checks them against its signed lists), and they are unpacked into the cache: nothing
is installed and no root is needed. Only empty package lists need root, for one `apt-get update`.

- golang-1.19 becomes an ordinary GOROOT. Its go command is linked against the C library, so it is built anew without
  it, as the release's own distribution has it; and the compiled packages are left out, so that none is stale.
- gccgo becomes the root of a small file system that holds all it needs (compiler, assembler, linker, C library), fit
  for an image FROM scratch. Its programs are linked statically and run anywhere. Debian's gccgo gives no release of
  its own (`go version` says "unknown"); its build tags end at go1.18.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

from harness import child
from harness.errors import ToolchainUnavailable
from harness.toolchain import cache
from harness.toolchain.cache import Contents, Manifest
from harness.toolchain.tree import Note, Tree

RELEASES = {"go1.19.8": "golang-1.19"}
"""Base -> source package."""

GCCGO = "gccgo"
GCCGO_PACKAGE = "gccgo-12"
GCCGO_RELEASE = "1.18"
PRIVATE_LIBRARIES = "usr/lib/private"
"""Below gccgo's root: links to its libraries other than the C library, for use in another file system."""

NEEDED = ("apt-get", "apt-cache", "dpkg-deb")
_SECONDS = 1800

_NOT_NEEDED = re.compile(
    r"lib(asan|lsan|tsan|ubsan|itm|gomp|quadmath|atomic|cc1|gprofng|gssapi|k5|keyutils|krb|com-err|ssl|tirpc|nsl)[-0-9a-z.]*"
    r"|rpcsvc-proto|linux-libc-dev|libc-dev-bin|libcrypt.*|gcc-\d+-base|libstdc\+\+\d"
)
"""Packages in gccgo's closure that compiling Go needs nothing of: other languages' run-time libraries and headers."""

_LEFT_OUT = re.compile(
    r"usr/share/(?!doc/[^/]*/copyright).*"
    r"|usr/bin/.*(lto-dump|gcov|gp-|gprof|dwp|gcc-12|cpp-12|gofmt).*"
    r"|usr/lib/.*/(lto1|lto-wrapper|vet|gconv/.*|lib[alt]san.*|libubsan.*|lib[alt]san_preinit\.o)"
    r"|usr/include/(?!go/).*|usr/lib/compat-ld/.*|usr/lib/gold-ld/.*|etc/.*"
)
"""Files below gccgo's root that are left out."""

_PRIVATE = re.compile(
    r"lib(go|gcc_s|gmp|mpfr|mpc|isl|zstd|z|ctf|ctf-nobfd|sframe|jansson)\.so\.\d+|lib(bfd|opcodes)-.*\.so"
)
"""Libraries of the compiler, assembler and linker, by the names under which they are loaded."""

Placing = Callable[[str], str | None]
"""Path in a package -> path in the tree, None to leave the file out."""


def release(base: str, directory: Path, note: Note) -> Tree:
    """A Go release of `RELEASES` from the cache at `directory`, fetched if it is not there."""
    package = RELEASES[base]
    short = package.removeprefix("golang-")
    links = {f"usr/lib/go-{short}/{name}" for name in ("api", "misc", "pkg/include", "src", "test")}

    def place(path: str) -> str | None:
        if path in links or not (found := re.fullmatch(rf"usr/(?:lib|share)/go-{re.escape(short)}/(.*)", path)):
            return None
        return None if found[1].startswith(("pkg/linux_", "test/", "api/", "misc/")) else found[1]

    def make(into: Path) -> tuple[Manifest, Contents]:
        note(f"fetching {base} from Debian's {package}")
        versions = fetch([f"{package}-go", f"{package}-src"], into / "go", place, note)
        said = (into / "go/VERSION").read_text().split()[:1]
        if said != [base]:
            raise ToolchainUnavailable(f"{base}: Debian's {package} is {' '.join(said)} on this machine")
        note(f"building a static go command for {base}")
        _link_statically(into / "go", base)
        source = f"Debian {package} {versions[f'{package}-go']}"
        return manifest(into, base, source, "gc", base.removeprefix("go"), "go", "bin/go")

    return cache.tree(cache.obtain(directory, base, make))


def gccgo(directory: Path, note: Note) -> Tree:
    """Debian's gccgo from the cache at `directory`, fetched if it is not there."""

    def make(into: Path) -> tuple[Manifest, Contents]:
        note(f"fetching gccgo from Debian's {GCCGO_PACKAGE} and what it needs")
        _ready([GCCGO_PACKAGE], note)
        packages = [name for name in _closure(GCCGO_PACKAGE) if not _NOT_NEEDED.fullmatch(name)]
        root = into / "root"
        versions = fetch(packages, root, lambda path: None if _LEFT_OUT.fullmatch(path) else path, note)
        _gather_libraries(root)
        number = GCCGO_PACKAGE.rpartition("-")[2]
        go = f"usr/bin/go-{number}"
        if not (root / go).exists() or not list(root.glob(f"usr/lib/gcc/*/{number}/go1")):
            raise ToolchainUnavailable(f"gccgo: Debian's {GCCGO_PACKAGE} has no {go} or no compiler in it")
        source = f"Debian {GCCGO_PACKAGE} {versions[GCCGO_PACKAGE]}"
        return manifest(into, GCCGO, source, "gccgo", GCCGO_RELEASE, "root", go)

    return cache.tree(cache.obtain(directory, GCCGO, make))


def manifest(
    into: Path, name: str, source: str, engine: str, number: str, root: str, go: str
) -> tuple[Manifest, Contents]:
    """What `cache.obtain` wants to know of a directory that is filled; `number` is the release."""
    contents = cache.survey(into)
    size = sum(path.lstat().st_size for path in into.rglob("*"))
    return Manifest(name, source, engine, number, root, go, cache.digest(contents), size), contents


def fetch(packages: Sequence[str], root: Path, place: Placing, note: Note) -> dict[str, str]:
    """Download packages and unpack them below `root`; package -> version."""
    _ready(packages, note)
    downloads = root.parent / "packages"
    downloads.mkdir()
    command = ["apt-get", "download", "-q", *(("-o", "APT::Sandbox::User=root") if _root() else ()), *packages]
    try:
        _run(command, cwd=downloads)
    except ToolchainUnavailable:
        if not _root():
            raise
        _update(note)  # the lists may name versions that are gone
        _run(command, cwd=downloads)
    versions = {}
    for package in sorted(downloads.glob("*.deb")):
        name, version = _run(["dpkg-deb", "--show", "--showformat=${Package} ${Version}", str(package)]).split()
        versions[name] = version
        _unpack(package, root, place)
    shutil.rmtree(downloads)
    return versions


def _ready(packages: Sequence[str], note: Note) -> None:
    """Are the tools there, and does apt know the packages?"""
    missing = [tool for tool in NEEDED if not shutil.which(tool)]
    if missing:
        raise ToolchainUnavailable(f"{missing[0]} is not there: {packages[0]} can only be had on Debian and its kin")
    if not _known(packages) and _root():
        _update(note)
    if not _known(packages):
        hint = "" if _root() else "; if its package lists are empty, run `apt-get update` as root"
        raise ToolchainUnavailable(f"apt knows no package {packages[0]} on this machine{hint}")


def _known(packages: Sequence[str]) -> bool:
    done = subprocess.run(["apt-cache", "show", *packages], capture_output=True, text=True, check=False)
    return set(packages) <= set(re.findall(r"^Package: (\S+)$", done.stdout, re.MULTILINE))


def _update(note: Note) -> None:
    note("reading Debian's package lists anew")
    _run(["apt-get", "update", "-q"])


def _root() -> bool:
    return os.geteuid() == 0


def _closure(package: str) -> list[str]:
    """All that a package needs to run, as names; virtual packages and those of other architectures are not in it."""
    without = ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")
    lines = _run(["apt-cache", "depends", "--recurse", *(f"--no-{kind}" for kind in without), package]).splitlines()
    return sorted({line for line in lines if re.fullmatch(r"[a-z0-9][a-z0-9.+-]*", line)})


def _unpack(package: Path, root: Path, place: Placing) -> None:
    """Unpack the files that `place` wants. Links become relative, so that they hold wherever the tree is seen."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE) as process:
        try:
            with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
                for member in archive:
                    _unpack_member(archive, member, root, place)
        except tarfile.TarError as error:
            raise ToolchainUnavailable(f"{package.name}: damaged package: {error}") from error
    if process.returncode:
        raise ToolchainUnavailable(f"{package.name}: dpkg-deb failed with status {process.returncode}")


def _unpack_member(archive: tarfile.TarFile, member: tarfile.TarInfo, root: Path, place: Placing) -> None:
    path = member.name.removeprefix("./").strip("/")
    if ".." in path.split("/"):
        raise ToolchainUnavailable(f"unsafe file name {member.name!r} in a package")
    short = place(path) if path and not member.isdir() else None
    if short is None:
        return
    target = root / short
    target.parent.mkdir(parents=True, exist_ok=True)
    if member.issym():
        link = member.linkname
        if link.startswith("/"):
            link = os.path.relpath(root / link.lstrip("/"), target.parent)
        if not Path(os.path.normpath(target.parent / link)).is_relative_to(root):
            raise ToolchainUnavailable(f"unsafe link {member.name!r} in a package")
        target.symlink_to(link)
    elif member.islnk():
        linked = place(member.linkname.removeprefix("./"))
        if linked:
            target.hardlink_to(root / linked)
    elif member.isfile() and (source := archive.extractfile(member)):
        with source, target.open("xb") as sink:
            shutil.copyfileobj(source, sink)
        target.chmod(0o755 if member.mode & 0o100 else 0o644)
        os.utime(target, (member.mtime, member.mtime))


def _gather_libraries(root: Path) -> None:
    """Links to all libraries but those of the C library, which must be the one of the machine's own loader."""
    private = root / PRIVATE_LIBRARIES
    private.mkdir()
    for library in (*root.glob("usr/lib/*-linux-gnu*/*.so*"), *root.glob("lib/*-linux-gnu*/*.so*")):
        if _PRIVATE.fullmatch(library.name):
            (private / library.name).symlink_to(os.path.relpath(library, private))


def _link_statically(goroot: Path, base: str) -> None:
    """Build the go command of `goroot` without the C library, and drop the other tools that use it."""
    work = goroot.parent / "work"
    work.mkdir()
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(work),
        "GOROOT": str(goroot),
        "GOCACHE": str(work / "cache"),
        "GOENV": "off",
        "GOFLAGS": "-mod=vendor",
        "GOPROXY": "off",
        "CGO_ENABLED": "0",
    }
    new = work / "go"
    _run(
        [str(goroot / "bin/go"), "build", "-trimpath", "-ldflags=-s -w", "-o", str(new), "cmd/go"],
        cwd=goroot / "src/cmd",
        env=environment,
        what=f"building the go command of {base}",
    )
    new.replace(goroot / "bin/go")
    for tool in goroot.glob("pkg/tool/*/*"):
        if tool.name in ("pprof", "trace"):
            tool.unlink()
    for path in sorted(work.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
    shutil.rmtree(work)


def _run(
    command: Sequence[str], *, cwd: Path | None = None, env: dict[str, str] | None = None, what: str = ""
) -> str:
    """Run one command; the last line it wrote to standard error goes into the message if it fails."""
    try:
        done = child.run(
            command,
            seconds=_SECONDS,
            cwd=cwd,
            env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"} if env is None else env,
        )
    except subprocess.TimeoutExpired as error:
        raise ToolchainUnavailable(f"{what or command[0]}: no end after {_SECONDS} s") from error
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        said = lines[-1] if lines else f"status {done.returncode}"
        raise ToolchainUnavailable(f"{what or ' '.join(command[:2])} failed: {said}")
    return done.stdout
