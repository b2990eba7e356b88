"""Campaigns as files: read back, gone on with, put together; refused where they do not belong together."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness import identity
from harness.data import record
from harness.data.chunk import TIGHT, Chunk
from harness.data.driver import Difference
from harness.data.record import Record
from harness.data.source import Drawn, Everything, Shard, Source
from harness.data.tally import Reduced, Tally
from harness.data.verdict import Broken
from harness.errors import BadCampaign, BadOutput
from oracle import rules
from tests.harness.fake import installed
from tests.oracle.programs import program

RELEASE = (1, 22)
SEVEN = Drawn(7, 60)
LOST = Broken(rules.DEFERRED_CALL_LOST, "", 3, "nothing more", "f1 is entered")


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.data.chunk.PROGRAMS", 10)
    monkeypatch.setattr("harness.data.everything.PROGRAMS", 10)


def counted(numbers: range, *, lost: bool = False, source: Source = SEVEN) -> Tally:
    at = installed("go1.22.10")
    tally = Tally(at.toolchain, at.release, at.digest)
    for number in numbers:
        made = source.make(number, RELEASE)
        tally.count(made, [(_difference(made), LOST)] if lost else [])
    return tally


def _difference(made: Chunk) -> Difference:
    return Difference(0, (made.number,), None, "")


def of(tally: Tally, *, complete: bool = True, shard: Shard = Shard(), source: Source = SEVEN) -> Record:  # noqa: B008
    return record.made(source, shard, RELEASE, [tally], complete=complete, seconds=1.5)


def test_a_smallest_program_is_kept_with_all_that_it_needs() -> None:
    tally = counted(range(6), lost=True)
    [bucket] = tally.buckets.values()
    bucket.keep(Reduced(program(main=["recover"]), LOST, 2, ranging=True, how=TIGHT, hints=(None, 7)))
    bucket.keep(Reduced(program(main=["recover", "recover"]), LOST, 1))
    first, second = of(tally).toolchains[0].buckets[0].smallest
    assert (first.ranging, first.tight, first.shapes) == (True, True, [None, 7])
    assert (second.ranging, second.tight, second.shapes) == (False, False, [])


def test_what_was_interrupted_stays_so_when_it_is_shown() -> None:
    assert not record.join([("one", of(counted(range(4)), complete=False))]).complete
    assert record.join([("one", of(counted(range(6))))]).complete


def test_what_one_part_does_not_explain_is_not_explained() -> None:
    def part(number: int, known: str) -> Record:
        made = of(counted(range(number, 6, 2), lost=True), shard=Shard(number + 1, 2))
        [bucket] = made.toolchains[0].buckets
        bucket.known, bucket.reason, bucket.mended = known, known and "because", 3 if known else 0
        return made

    for one, two, told in (("k", "k", ("k", "because", 6)), ("k", "", ("", "", 0)), ("", "k", ("", "", 0))):
        [ran] = record.join([("one", part(0, one)), ("two", part(1, two))]).toolchains
        [bucket] = ran.buckets
        assert (bucket.count, bucket.known, bucket.reason, bucket.mended) == (6, *told)


def test_chunks_of_another_size_are_not_gone_on_with() -> None:
    """The last chunk of a campaign may be a small one."""
    whole = Drawn(7, 25)
    made = of(counted(range(3), source=whole), source=whole)
    at = [installed("go1.22.10")]
    assert [tally.programs for tally in record.resume(made, whole, Shard(), at, Path("c.json"))] == [25]
    with pytest.raises(
        BadCampaign, match="its chunks have 25 programs, and would have 30: give --programs as before"
    ):
        record.resume(made, Drawn(7, 60), Shard(), at, Path("c.json"))


def test_a_file_holds_all_of_it(tmp_path: Path) -> None:
    made = of(counted(range(4), lost=True))
    file = tmp_path / "deep" / record.FILE
    record.write(made, file)
    assert record.read(file) == made
    [ran] = made.toolchains
    assert ran.chunks == [(0, 3)]
    assert (ran.programs, ran.differing) == (40, 4)
    assert ran.buckets[0].signature == "deferred-call-lost"
    assert list(file.parent.iterdir()) == [file]


def test_a_campaign_goes_on_as_if_it_had_never_stopped() -> None:
    whole = counted(range(6), lost=True)
    before = of(counted(range(3), lost=True), complete=False)
    [tally] = record.resume(before, SEVEN, Shard(), [installed("go1.22.10")], Path("x"))
    for number in range(3, 6):
        made = SEVEN.make(number, RELEASE)
        tally.count(made, [(_difference(made), LOST)])
    assert of(tally) == of(whole)


def test_one_that_was_told_apart_by_cause_goes_on_with_what_was_counted() -> None:
    """Interrupted after that, or gone on with when it was done: causes have estimates and examples in common."""
    tally = counted(range(3), lost=True)
    whole = of(tally, complete=False)
    [(signature, bucket)] = tally.buckets.items()
    assert bucket.count == len(bucket.examples) == 3
    tally.counted = tally.buckets
    tally.buckets = {
        f"{signature} ({what})": replace(bucket, signature=f"{signature} ({what})", count=count, estimated=True)
        for what, count in (("goexit", 1), ("recover", 2))
    }
    apart = of(tally, complete=False)
    assert [kept.count for kept in apart.toolchains[0].buckets] == [1, 2]
    [again] = record.resume(apart, SEVEN, Shard(), [installed("go1.22.10")], Path("x"))
    assert of(again, complete=False) == whole


@pytest.mark.parametrize(
    ("source", "shard", "name", "message"),
    [
        (Drawn(8, 60), Shard(), "go1.22.10", "other programs than now"),
        (Everything(3), Shard(), "go1.22.10", "other programs than now"),
        (SEVEN, Shard(1, 2), "go1.22.10", "other shard than now"),
        (SEVEN, Shard(), "go1.21.13", "other toolchains' contents than now"),
    ],
)
def test_another_campaign_is_not_gone_on_with(source: Source, shard: Shard, name: str, message: str) -> None:
    before = of(counted(range(3)), complete=False)
    with pytest.raises(BadCampaign, match=message):
        record.resume(before, source, shard, [installed(name)], Path("x"))


@pytest.mark.parametrize("made_with", ["model", "driver", "generator"])
def test_nor_one_that_was_made_with_something_else(monkeypatch: pytest.MonkeyPatch, made_with: str) -> None:
    before = of(counted(range(3)), complete=False)
    monkeypatch.setattr(f"harness.identity.{made_with}_digest", lambda: "0" * 64)
    with pytest.raises(BadCampaign, match=f"other {made_with}[a-z ]* than now"):
        record.resume(before, SEVEN, Shard(), [installed("go1.22.10")], Path("x"))
    another = of(counted(range(3, 6)), complete=False)
    with pytest.raises(BadCampaign, match=f"other {made_with}"):
        record.join([("a", before), ("b", another)])


def test_one_of_before_generators_were_told_apart_goes_on() -> None:
    before = of(counted(range(3)), complete=False).model_copy(update={"generator": ""})
    [tally] = record.resume(before, SEVEN, Shard(), [installed("go1.22.10")], Path("x"))
    assert tally.done == {0, 1, 2}


def test_the_generator_is_all_that_makes_programs() -> None:
    """Whatever of the data tier is loaded with the sources of programs."""
    loads = "import sys, harness.data.source; print(*(m for m in sys.modules if m.startswith('harness.data.')))"
    done = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True)
    assert {name.removeprefix("harness.data.") for name in done.stdout.split()} == set(identity._GENERATOR)


def test_parts_with_unlike_numbers_of_programs_are_not_the_whole() -> None:
    """The second part's last chunk is a small one, and not the last of all."""
    first, second = Drawn(7, 30), Drawn(7, 15)
    parts = [
        of(counted(range(0, 3, 2), source=first), shard=Shard(1, 2), source=first),
        of(counted(range(1, 2), source=second), shard=Shard(2, 2), source=second),
    ]
    joined = record.join([("a", parts[0]), ("b", parts[1])])
    assert (joined.toolchains[0].chunks, joined.toolchains[0].programs) == ([(0, 2)], 25)
    assert not joined.complete


def test_parts_make_the_whole() -> None:
    """In whatever order chunks ran: sums of hashes do not depend on it."""
    parts = [
        of(counted(range(part - 1, 6, 3), lost=part == 2), complete=True, shard=Shard(part, 3)) for part in (1, 2, 3)
    ]
    joined = record.join([(f"part {n}", part) for n, part in enumerate(reversed(parts))])
    [ran], [expected] = joined.toolchains, of(counted(range(6))).toolchains
    assert (ran.chunks, ran.programs, ran.events) == (expected.chunks, expected.programs, expected.events)
    assert ran.programs_sha256 == expected.programs_sha256
    assert ran.traces_sha256 != expected.traces_sha256
    assert (ran.differing, ran.buckets[0].count) == (2, 2)
    assert joined.shards == [(1, 3), (2, 3), (3, 3)]
    assert joined.complete


def test_a_part_that_is_missing_is_told() -> None:
    everything = Everything(2)
    parts = [
        of(counted(range(part - 1, 5, 2), source=everything), shard=Shard(part, 2), source=everything)
        for part in (1, 2)
    ]
    assert record.join([("a", parts[0]), ("b", parts[1])]).complete
    assert not record.join([("a", parts[0])]).complete


def test_what_does_not_belong_together_is_refused() -> None:
    first = of(counted(range(3)))
    with pytest.raises(BadCampaign, match=r"b: chunk 2 on go1.22.10 is in another of the files, too"):
        record.join([("a", first), ("b", of(counted(range(2, 4))))])
    with pytest.raises(BadCampaign, match="b: is no part of the campaign of a: other programs"):
        record.join([("a", first), ("b", of(counted(range(3, 4), source=Drawn(8, 60)), source=Drawn(8, 60)))])
    other = first.model_copy(update={"driver": "0" * 64})
    with pytest.raises(BadCampaign, match="other driver"):
        record.join([("a", first), ("b", other)])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"extra": 1}, "unknown key 'extra'"),
        ({"format": 2}, "format must be 1"),
        ({"toolchains": []}, "toolchains must not be empty"),
        ({"model": None}, "model must be text"),
    ],
)
def test_a_damaged_file_is_told_in_one_line(tmp_path: Path, change: dict[str, object], message: str) -> None:
    file = tmp_path / record.FILE
    file.write_text(json.dumps({**of(counted(range(1))).model_dump(mode="json"), **change}, indent=1))
    with pytest.raises(BadCampaign, match=message) as caught:
        record.read(file)
    assert str(caught.value).startswith(f"{file}:")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]"])
def test_what_is_no_campaign_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / record.FILE
    file.write_bytes(content)
    with pytest.raises(BadCampaign):
        record.read(file)


def test_a_file_that_is_not_there_or_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(BadCampaign, match="cannot be read: No such file"):
        record.read(tmp_path / "none.json")
    (tmp_path / "file").write_text("")
    with pytest.raises(BadOutput, match="cannot be written"):
        record.write(of(counted(range(1))), tmp_path / "file" / record.FILE)
