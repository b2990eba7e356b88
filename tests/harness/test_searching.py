"""The loop of a search: what is asked of the toolchains, what the log makes of it, what two ends must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness import delta
from harness.behaviour import Behaviour, Sort
from harness.bisect import Found, Refused, Several, Trouble, Unsure
from harness.history import Answer, History
from harness.searching import Watched, parts, search
from harness.searchlog import Log

GOOD = Behaviour(Sort.CONFORMS, "", "conforms", "0")
OTHER = Behaviour(Sort.CONFORMS, "", "conforms", "1")
LOST = Behaviour(Sort.FAILS, "diverges: deferred-call-lost", "lost", "2")
TWICE = Behaviour(Sort.FAILS, "diverges: deferred-call-twice", "twice", "3")
NOTHING = Behaviour(Sort.UNKNOWN, "build failed", "build failed: x", "")
LETTERS = {".": GOOD, "o": OTHER, "x": LOST, "t": TWICE, "?": NOTHING}


@dataclass
class World:
    """Toolchains called by numbers: each shows what its letter says, of several letters one after another."""

    shows: Sequence[str]
    asked: list[tuple[str, bool]] = field(default_factory=list)

    def __call__(self, points: Sequence[str], again: bool) -> list[Behaviour]:
        self.asked += [(point, again) for point in points]
        times = [sum(one == point for one, _ in self.asked) - 1 for point in points]
        letters = [self.shows[int(point)] for point in points]
        return [LETTERS[its[n % len(its)]] for its, n in zip(letters, times, strict=True)]

    @property
    def points(self) -> list[str]:
        return [point for point, _ in self.asked]


def watched(shows: Sequence[str], file: Path, **more: int) -> tuple[Watched, World]:
    world = World(shows)
    return Watched(world, Log(file), **more), world


def names(shows: Sequence[str]) -> list[str]:
    return [str(n) for n in range(len(shows))]


def run(shows: Sequence[str], file: Path, **how: bool) -> tuple[object, World]:
    its, world = watched(shows, file)
    return search(History.line(names(shows)), names(shows), its, **how).conclusion, world


@pytest.mark.parametrize(
    ("shows", "point"),
    [
        ("....xxxx", 4),
        ("....oooo", 4),
        ("ttttxxxx", 4),
        ("ooooxxxx", 4),
        (".x", 1),
        ("..........................xxxxxxxxxxx", 26),
    ],
)
def test_what_is_found(tmp_path: Path, shows: str, point: int) -> None:
    found, _ = run(shows, tmp_path / "log")
    assert isinstance(found, Found)
    assert found.points == (point,)


@pytest.mark.parametrize("shows", ["....?xxx", "...ttxxx", "....oxxx"])
def test_what_is_like_neither_end_says_nothing(tmp_path: Path, shows: str) -> None:
    """Of one end that conforms and one that fails, a point that conforms is like the first, whatever it prints."""
    found, _ = run(shows, tmp_path / "log")
    assert isinstance(found, Found)
    assert set(found.points) == {"....?xxx": {4, 5}, "...ttxxx": {3, 4, 5}, "....oxxx": {5}}[shows]


def test_any_fault_will_do_if_that_is_asked_for(tmp_path: Path) -> None:
    found, _ = run("...ttxxx", tmp_path / "log", any_fault=True)
    assert isinstance(found, Found)
    assert found.points == (3,)


@pytest.mark.parametrize(
    ("shows", "fix", "why"),
    [
        ("xxxx....", False, Trouble.SWAPPED),
        ("....xxxx", True, Trouble.SWAPPED),
        (".......", False, Trouble.NEITHER),
        ("xxxxxxx", False, Trouble.BOTH),
        ("?xxxxxx", False, Trouble.UNTESTABLE),
        ("......?", False, Trouble.UNTESTABLE),
    ],
)
def test_ends_between_which_there_is_nothing_to_find(tmp_path: Path, shows: str, fix: bool, why: Trouble) -> None:
    found, world = run(shows, tmp_path / "log", fix=fix)
    assert isinstance(found, Refused)
    assert found.why is why
    assert set(world.points) <= {"0", str(len(shows) - 1)}


def test_where_a_fault_went(tmp_path: Path) -> None:
    found, _ = run("xxx.....", tmp_path / "log", fix=True)
    assert isinstance(found, Found)
    assert found.points == (3,)


def test_a_fault_that_shows_itself_late(tmp_path: Path) -> None:
    """The last end conforms when it is run first."""
    found, _ = run([*"....", *["x", "x", "x", ".xxx"]], tmp_path / "log")
    assert isinstance(found, Found | Unsure)
    assert 4 in found.points


def test_only_what_is_run_again_is_run_afresh(tmp_path: Path) -> None:
    _, world = run("....xxxx", tmp_path / "log")
    seen: set[str] = set()
    for point, again in world.asked:
        assert again == (point in seen)
        seen.add(point)


def test_a_second_search_tests_nothing(tmp_path: Path) -> None:
    first, world = run("....xxxx", tmp_path / "log")
    assert world.asked
    again, world = run("....xxxx", tmp_path / "log")
    assert (again, world.asked) == (first, [])


def test_an_interrupted_search_goes_on(tmp_path: Path) -> None:
    whole = run("..........xxxxxxxxxx", tmp_path / "whole")[1].asked
    for cut in range(1, len(whole)):
        file = tmp_path / f"log{cut}"
        its, world = watched("..........xxxxxxxxxx", file)
        lines = (tmp_path / "whole").read_bytes().splitlines(keepends=True)
        file.write_bytes(b"".join(lines[:cut]) + lines[cut][:7])
        its = Watched(world, Log(file))
        search(History.line(names(world.shows)), names(world.shows), its)
        assert world.asked == whole[cut:]
        assert file.read_bytes().count(b"\n") == len(whole)


def test_a_search_for_the_repair_uses_the_same_log(tmp_path: Path) -> None:
    shows = "..xxxxxxxx..."
    its, world = watched(shows, tmp_path / "log")
    search(History.line(names(shows[:10])), names(shows[:10]), its)
    before = len(world.asked)
    points = names(shows)[9:]
    its = Watched(world, Log(tmp_path / "log"))
    found = search(History.line(points), points, its, fix=True).conclusion
    assert isinstance(found, Found)
    assert "9" not in world.points[before : before + 1]


def test_several_runs_of_each_point(tmp_path: Path) -> None:
    """Where building is what takes long, a point need not be visited twice."""
    shows = "....xxxx?x"
    its, world = watched(shows, tmp_path / "log", times=6)
    assert isinstance(search(History.line(names(shows)), names(shows), its).conclusion, Found)
    visits = [point for n, point in enumerate(world.points) if n == 0 or point != world.points[n - 1]]
    inner = [point for point in visits if point not in ("0", "9")]
    assert len(inner) == len(set(inner))
    assert world.points.count("8") <= 1


def test_a_scan_tests_everything(tmp_path: Path) -> None:
    its, world = watched("..xx..?xx", tmp_path / "log")
    outcome = search(History.line(names(world.shows)), names(world.shows), its, scan=True)
    assert set(world.points) == set(names(world.shows))
    assert [(one.since, one.point, one.shows) for one in outcome.changes] == [
        (1, 2, True),
        (3, 4, False),
        (5, 7, True),
    ]


def test_a_scan_that_shows_several_changes_accuses_none(tmp_path: Path) -> None:
    """One release of 26 has the fault long before it comes to stay: it was tried until that was no chance."""
    shows = "." + "x" + "." * 20 + "xxxx"
    its, world = watched(shows, tmp_path / "log")
    outcome = search(History.line(names(shows)), names(shows), its, scan=True)
    assert isinstance(outcome.conclusion, Several)
    assert [one.point for one in outcome.changes] == [1, 2, 22]
    assert world.points.count("1") > 3


def test_a_scan_in_which_one_run_failed_by_chance_names_the_cause(tmp_path: Path) -> None:
    shows = [".", "x.....", *["."] * 20, *["x"] * 4]
    its, _ = watched(shows, tmp_path / "log")
    outcome = search(History.line(names(shows)), names(shows), its, scan=True)
    assert isinstance(outcome.conclusion, Found)
    assert outcome.conclusion.points == (22,)


def test_results_that_contradict_each_other_are_scanned(tmp_path: Path) -> None:
    shows = "..xx....xxxxxxxxxxxx"
    its, _ = watched(shows, tmp_path / "log")
    its.run(["2", "7"])
    outcome = search(History.line(names(shows)), names(shows), its)
    assert isinstance(outcome.conclusion, Several)
    assert outcome.scanned
    assert [one.point for one in outcome.changes] == [2, 4, 8]
    assert outcome.answers[5] == (Answer.NO,)


def test_parts(tmp_path: Path) -> None:
    """Sets of five hunks, of which the second and the fourth together lose a call, and the fifth needs the first."""
    asked: list[str] = []

    def observe(points: Sequence[str], again: bool) -> list[Behaviour]:
        assert again == (points[0] in asked)
        asked.extend(points)
        sets = [set(point.split(",")) for point in points]
        return [NOTHING if "4" in one and "0" not in one else LOST if {"1", "3"} <= one else GOOD for one in sets]

    def name(chosen: delta.Parts) -> str:
        return ",".join(map(str, sorted(chosen)))

    its = Watched(observe, Log(tmp_path / "log"))
    found, first, last = parts(5, name, its, at_once=2)
    assert isinstance(found, delta.Smallest)
    assert found == delta.Smallest(frozenset((1, 3)), frozenset((1, 3)))
    assert (first, last) == (GOOD, LOST)
    assert sorted(each for each in set(asked) if asked.count(each) > 1) == ["1", "1,3", "3"]
    asked.clear()
    assert parts(5, name, Watched(observe, Log(tmp_path / "log")))[0] == found
    assert asked == []


def test_parts_that_once_seemed_to_make_the_difference(tmp_path: Path) -> None:
    """The first run of the second hunk alone loses a call by chance; it takes the third, too."""
    asked: list[str] = []

    def observe(points: Sequence[str], again: bool) -> list[Behaviour]:
        asked.extend(points)
        lost = {"1,2", "0,1,2", *(["1"] if asked.count("1") == 1 else [])}
        return [LOST if point in lost else GOOD for point in points]

    its = Watched(observe, Log(tmp_path / "log"))
    found, _, _ = parts(3, lambda chosen: ",".join(map(str, sorted(chosen))), its)
    assert found == delta.Smallest(frozenset((1, 2)), frozenset((1, 2)))


def test_parts_of_which_nothing_is_sure(tmp_path: Path) -> None:
    """Where runs never agree, the search ends, and none of its sets was run without end."""
    asked: list[str] = []

    def observe(points: Sequence[str], again: bool) -> list[Behaviour]:
        asked.extend(points)
        return [LOST if len(asked) % 3 and point else GOOD for point in points]

    its = Watched(observe, Log(tmp_path / "log"))
    parts(3, lambda chosen: ",".join(map(str, sorted(chosen))), its)
    assert max(map(asked.count, asked)) <= 6


@pytest.mark.parametrize(("none", "whole"), [(GOOD, GOOD), (LOST, LOST), (NOTHING, LOST), (GOOD, NOTHING)])
def test_parts_that_make_no_difference(tmp_path: Path, none: Behaviour, whole: Behaviour) -> None:
    its = Watched(lambda points, _: [whole if point else none for point in points], Log(tmp_path / "log"))
    found, _, _ = parts(3, lambda chosen: ",".join(map(str, chosen)), its)
    assert isinstance(found, Refused)
