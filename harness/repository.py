"""The user's git repository, of which nothing is changed: what is built is built in clones that share its objects."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import child
from harness.errors import BadHistory, SandboxFailed
from harness.history import History

_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Commits:
    """A range of commits. `hashes` and `titles`: one for each point of `history`; the first is the good end."""

    history: History
    hashes: tuple[str, ...]
    titles: tuple[str, ...]


class Repository:
    """A directory with a git repository in it, or above it. Raises `BadHistory`."""

    def __init__(self, directory: Path) -> None:
        if shutil.which("git") is None:
            raise BadHistory("git is not there, and commits need it: install the package `git`")
        if not directory.is_dir():
            raise BadHistory(f"{directory}: no such directory")
        self.directory = Path(_git(directory, "rev-parse", "--absolute-git-dir").strip())

    def commits(self, good: str, bad: str) -> Commits:
        """All commits that `bad` has and `good` has not, behind `good`. Raises `BadHistory`."""
        first, last = self._hash(good), self._hash(bad)
        if first == last:
            raise BadHistory(f"{good} and {bad} are the same commit")
        base = _git(self.directory, "merge-base", first, last, may_fail=True).strip()
        if base != first:
            if base == last:
                raise BadHistory(f"{bad} comes before {good}: the older commit is --good, also with --find-fix")
            common = f"give --good {base[:12]}, which both have" if base else "they have nothing in common"
            raise BadHistory(f"{good} does not come before {bad}: {common}")
        listed = _git(self.directory, "rev-list", "--topo-order", "--reverse", "--parents", f"{first}..{last}")
        lines = [line.split() for line in listed.splitlines()]
        hashes = [first, *(line[0] for line in lines)]
        number = {commit: n for n, commit in enumerate(hashes)}
        # What the good end descends from is as good as that.
        parents = [(), *(tuple(sorted({number.get(one, 0) for one in line[1:]})) for line in lines)]
        titled = _git(self.directory, "log", "--no-walk=unsorted", "--stdin", "--format=%s", given=hashes)
        names = [commit[:12] for commit in hashes]
        return Commits(
            History.of(names, parents, (0,), len(hashes) - 1),
            tuple(hashes),
            tuple(titled.removesuffix("\n").split("\n")),
        )

    def clone(self, into: Path) -> Tree:
        """A tree of its own, without files yet."""
        _git(self.directory, "clone", "--quiet", "--shared", "--no-checkout", str(self.directory), str(into))
        return Tree(into)

    def _hash(self, revision: str) -> str:
        found = _git(
            self.directory,
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            f"{revision}^{{commit}}",
            may_fail=True,
        ).strip()
        if not found:
            raise BadHistory(f"{revision}: no commit of {self.directory} is called so")
        return found


class Tree:
    """A clone in which one commit after another is built. `built`: the last, and why that failed, "" if it did
    not."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.built: tuple[str, str] = ("", "")

    def build(self, commit: str, command: str, *, seconds: float, keep: bool) -> str:
        """Check a commit out and build it; why that did not work, "" if it did. `keep`: what the build of another
        commit left stays for it to use."""
        if self.built[0] == commit:
            return self.built[1]
        self.built = ("", "")
        _git(self.directory, "checkout", "--quiet", "--force", "--detach", commit)
        if not keep:
            _git(self.directory, "clean", "-ffdqx")
        failure = _build(self.directory, command, seconds)
        self.built = (commit, failure)
        return failure


def _build(directory: Path, command: str, seconds: float) -> str:
    try:
        done = child.run(["sh", "-c", command], seconds=seconds, cwd=directory)
    except subprocess.TimeoutExpired:
        return f"the build command gave no answer for {seconds:g} s"
    if not done.returncode:
        return ""
    if done.returncode < 0:
        # Whoever asked us to end has ended it.
        raise KeyboardInterrupt
    said = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
    what = "skipped" if done.returncode == 125 else f"the build failed with exit status {done.returncode}"
    return ": ".join((what, *said[-1:]))


def _git(directory: Path, *words: str, given: Sequence[str] = (), may_fail: bool = False) -> str:
    """What a git command says; with `given` as lines of its standard input."""
    argv = ["git", "-c", "advice.detachedHead=false", "-C", str(directory), *words]
    if given:
        done = subprocess.run(argv, input="\n".join(given) + "\n", capture_output=True, text=True, check=False)
    else:
        done = child.run(argv, seconds=_SECONDS)
    if done.returncode < 0:
        raise KeyboardInterrupt
    if done.returncode and not may_fail:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        line = said[-1].removeprefix("fatal: ") if said else f"exit status {done.returncode}"
        if words[0] in ("checkout", "clean", "clone"):
            raise SandboxFailed(f"git {words[0]}: {line}")
        raise BadHistory(f"{directory}: git {words[0]}: {line}")
    return done.stdout if not done.returncode else ""
