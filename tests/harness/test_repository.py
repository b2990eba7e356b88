"""Commits of a real git repository: found with few builds, on straight and on merged histories; nothing of the user's
is changed."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from harness.behaviour import Behaviour, Sort
from harness.bisect import Found
from harness.errors import BadHistory
from harness.history import History
from harness.repository import Repository, Tree
from harness.searching import Watched, search
from harness.searchlog import Log

COMMITS = 200
BUILD = "test ! -e broken || exit 1; test ! -e skipped || exit 125; cp source built"


def git(directory: Path, *words: str, given: str = "") -> str:
    done = subprocess.run(
        ["git", "-C", str(directory), *words], input=given, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def history(directory: Path, parents: Sequence[Sequence[int]], files: Sequence[dict[str, str]]) -> list[str]:
    """A repository with these commits, each with its files; the last is checked out. Gives their hashes."""
    directory.mkdir()
    git(directory, "init", "--quiet")
    lines = []
    for number, (its, content) in enumerate(zip(parents, files, strict=True)):
        lines += [f"commit refs/heads/main\nmark :{number + 1}\ncommitter A <a@b> {1700000000 + number} +0000"]
        title = f"commit {number}\n"
        lines += [f"data {len(title)}\n{title}"]
        lines += [f"{'merge' if n else 'from'} :{parent + 1}" for n, parent in enumerate(its)]
        lines += ["deleteall"]
        lines += [f"M 644 inline {name}\ndata {len(text)}\n{text}" for name, text in content.items()]
    git(directory, "fast-import", "--quiet", "--export-marks=marks", given="\n".join(lines) + "\n")
    git(directory, "checkout", "--quiet", "main")
    marks = dict(line.split() for line in (directory / "marks").read_text().splitlines())
    (directory / "marks").unlink()
    return [marks[f":{number + 1}"] for number in range(len(parents))]


def made(directory: Path, parents: Sequence[Sequence[int]], cause: int, unbuildable: Sequence[int]) -> list[str]:
    """A repository whose source is bad from commit `cause` on, and in which some commits do not build."""
    whole = History.of([str(n) for n in range(len(parents))], parents, (0,), len(parents) - 1)
    ancestors = [0] * len(parents)
    for number, its in enumerate(parents):
        ancestors[number] = 1 << number
        for parent in its:
            ancestors[number] |= ancestors[parent]
    assert whole.suspects >> cause & 1
    files = []
    for number in range(len(parents)):
        content = {"source": f"{'bad' if ancestors[number] >> cause & 1 else 'good'} {number}\n"}
        if number in unbuildable:
            content["broken" if number % 2 else "skipped"] = ""
        files.append(content)
    return history(directory, parents, files)


def straight(count: int) -> list[tuple[int, ...]]:
    return [(n - 1,) if n else () for n in range(count)]


def merging(count: int) -> list[tuple[int, ...]]:
    """Branches of some commits that are merged again."""
    rng = Random(5)
    parents: list[tuple[int, ...]] = [()]
    tip = 0
    while len(parents) < count - 1:
        start = rng.randrange(max(0, tip - 5), tip + 1)
        branch: list[int] = []
        for _ in range(rng.randint(1, 6)):
            parents.append((branch[-1] if branch else start,))
            branch.append(len(parents) - 1)
        if branch[0] != tip + 1 or start != tip:
            parents.append((tip, branch[-1]))
        tip = len(parents) - 1
    return [*parents, (tip,)]


class Builds:
    """Builds commits, and looks at what was built."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.built: list[str] = []

    def __call__(self, points: Sequence[str], again: bool) -> list[Behaviour]:
        return [self.show(point) for point in points]

    def show(self, point: str) -> Behaviour:
        if self.tree.built[0] != point:
            self.built.append(point)
        failure = self.tree.build(point, BUILD, seconds=60, keep=False)
        if failure:
            return Behaviour(Sort.UNKNOWN, "does not build", failure, "")
        shows = (self.tree.directory / "built").read_text()
        good = shows.startswith("good")
        return Behaviour(Sort.CONFORMS if good else Sort.FAILS, "" if good else "bad", shows, shows)


@pytest.mark.parametrize("parents", [straight(COMMITS), merging(COMMITS)], ids=["straight", "merged"])
@pytest.mark.parametrize("at", [0.1, 0.5, 0.93])
def test_the_commit_is_found(tmp_path: Path, parents: Sequence[Sequence[int]], at: float) -> None:
    rng = Random(round(100 * at))
    whole = History.of([str(n) for n in range(len(parents))], parents, (0,), len(parents) - 1)
    suspects = [n for n in range(1, len(parents)) if whole.suspects >> n & 1]
    cause = suspects[int(at * len(suspects))]
    unbuildable = [n for n in range(1, len(parents) - 1) if rng.random() < 0.15 and n not in (cause, *parents[cause])]
    hashes = made(tmp_path / "repo", parents, cause, unbuildable)
    before = state(tmp_path / "repo")
    repository = Repository(tmp_path / "repo")
    commits = repository.commits(hashes[0], "main")
    builds = Builds(repository.clone(tmp_path / "tree"))
    outcome = search(commits.history, commits.hashes, Watched(builds, Log(tmp_path / "log"), times=6))
    assert isinstance(outcome.conclusion, Found)
    assert [commits.hashes[point] for point in outcome.conclusion.points] == [hashes[cause]]
    assert commits.titles[outcome.conclusion.points[0]] == f"commit {cause}"
    assert len(builds.built) <= 25
    assert state(tmp_path / "repo") == before


def test_unbuildable_commits_beside_the_cause_stay_suspect(tmp_path: Path) -> None:
    hashes = made(tmp_path / "repo", straight(60), 30, [28, 29, 30, 31])
    repository = Repository(tmp_path / "repo")
    commits = repository.commits(hashes[0], "HEAD")
    builds = Builds(repository.clone(tmp_path / "tree"))
    outcome = search(commits.history, commits.hashes, Watched(builds, Log(tmp_path / "log"), times=6))
    assert isinstance(outcome.conclusion, Found)
    assert [commits.hashes[point] for point in outcome.conclusion.points] == hashes[28:33]


def state(directory: Path) -> dict[str, bytes]:
    """All files of a repository, its git directory among them."""
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file()
    }


def test_uncommitted_work_is_left_alone(tmp_path: Path) -> None:
    hashes = made(tmp_path / "repo", straight(12), 7, [])
    (tmp_path / "repo" / "source").write_text("half done\n")
    (tmp_path / "repo" / "new").write_text("of mine\n")
    git(tmp_path / "repo", "add", "new")
    before = state(tmp_path / "repo")
    repository = Repository(tmp_path / "repo")
    commits = repository.commits(hashes[0], hashes[-1])
    builds = Builds(repository.clone(tmp_path / "tree"))
    outcome = search(commits.history, commits.hashes, Watched(builds, Log(tmp_path / "log"), times=6))
    assert isinstance(outcome.conclusion, Found)
    assert state(tmp_path / "repo") == before


def test_what_another_build_left_is_gone_unless_it_is_wanted(tmp_path: Path) -> None:
    hashes = made(tmp_path / "repo", straight(3), 1, [])
    tree = Repository(tmp_path / "repo").clone(tmp_path / "tree")
    assert tree.build(hashes[0], "touch left", seconds=60, keep=False) == ""
    assert tree.build(hashes[1], "test ! -e left", seconds=60, keep=False) == ""
    assert tree.build(hashes[0], "touch left", seconds=60, keep=False) == ""
    assert tree.build(hashes[2], "test -e left", seconds=60, keep=True) == ""


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("echo one; echo 'no rule' >&2; exit 2", "the build failed with exit status 2: one"),
        ("exit 125", "skipped"),
        ("exit 3", "the build failed with exit status 3"),
        ("sleep 60", "the build command gave no answer for 0.2 s"),
        ("cannot-be-found-anywhere", "exit status 127"),
    ],
)
def test_builds_that_fail(tmp_path: Path, command: str, says: str) -> None:
    hashes = made(tmp_path / "repo", straight(2), 1, [])
    tree = Repository(tmp_path / "repo").clone(tmp_path / "tree")
    assert says in tree.build(hashes[0], command, seconds=0.2 if "sleep" in command else 60, keep=False)
    assert tree.built[0] == hashes[0]


def test_bad_ranges(tmp_path: Path) -> None:
    parents = [(), (0,), (1,), (0,), (3,), (2, 4)]
    hashes = made(tmp_path / "repo", parents, 3, [])
    repository = Repository(tmp_path / "repo")
    for good, bad, says in [
        ("nowhere", "main", "nowhere: no commit of"),
        ("main", "--help", "--help: no commit of"),
        ("main", hashes[5], "are the same commit"),
        (hashes[5], hashes[1], f"{hashes[1]} comes before {hashes[5]}: the older commit is --good"),
        (hashes[2], hashes[4], f"give --good {hashes[0][:12]}, which both have"),
    ]:
        with pytest.raises(BadHistory) as caught:
            repository.commits(good, bad)
        assert says in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_merged_side_that_began_before_the_good_end(tmp_path: Path) -> None:
    """What the good end descends from is as good, also as the parent of a commit that it has not."""
    parents = [(), (0,), (1,), (0,), (3,), (2, 4), (5,)]
    hashes = made(tmp_path / "repo", parents, 4, [])
    repository = Repository(tmp_path / "repo")
    commits = repository.commits(hashes[2], "main")
    assert set(commits.hashes) == {hashes[n] for n in (2, 3, 4, 5, 6)}
    builds = Builds(repository.clone(tmp_path / "tree"))
    outcome = search(commits.history, commits.hashes, Watched(builds, Log(tmp_path / "log"), times=6))
    assert isinstance(outcome.conclusion, Found)
    assert [commits.hashes[point] for point in outcome.conclusion.points] == [hashes[4]]


def test_no_repository(tmp_path: Path) -> None:
    for directory, says in ((tmp_path, "not a git repository"), (tmp_path / "none", "no such directory")):
        with pytest.raises(BadHistory, match=says):
            Repository(directory)
