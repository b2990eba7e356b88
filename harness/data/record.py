"""A campaign as a file: what ran, on what, and what came of it.

It is the certificate of what was compared, is read again to go on with a campaign that was interrupted, and records
of several shards make one. Chunks are named by number, so that nothing is lost and nothing counts twice.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import filelock
from pydantic import BaseModel, ConfigDict, Field

from harness import atomic, identity
from harness.data.chunk import TIGHT
from harness.data.source import Drawn, Everything, Shard, Source
from harness.data.tally import Bucket, Example, Tally, earliest
from harness.data.verdict import Broken
from harness.errors import BadCampaign, BadOutput
from harness.model import Installed
from harness.programs import dump
from harness.yamltext import Document
from oracle import rules

FILE = "campaign.json"
_HEX = r"^[0-9a-f]{64}$"


class _Part(BaseModel):
    """Base of the parts of the file: no unknown keys."""

    model_config = ConfigDict(extra="forbid")


class Smallest(_Part):
    """A smallest program of a bucket. `actions`: how many it has; `as_go`: what it does alone, as a Go program, and
    `as_go_differs`: if it differs so there; `tight`: it was found so on tight stacks; `shapes`: of its functions,
    where it differs with these only."""

    program: str
    actions: int
    examples: int
    got: str
    owed: str
    as_go: str = ""
    as_go_differs: bool = False
    file: str = ""
    ranging: bool = False
    tight: bool = False
    shapes: list[int | None] = []


class BucketRecord(_Part):
    """Programs that differ alike. `examples`: chunk, place in it, and words owed, of some of them; `behind`: for some
    that do what they owe alone, the programs behind which they differ, themselves last; `again`: of those whose chunk
    ran once more, how many differed again; `mended`: how many of these do not with the known fault taken out;
    `after`: seconds of the campaign until the first was seen. They begin with the first program; in one that was
    gone on with, all that it took before counts."""

    signature: str
    rule: str
    died: str
    index: int
    got: str
    owed: str
    count: int = Field(ge=1)
    alone_alike: int = 0
    examples: list[tuple[int, int, int]] = []
    smallest: list[Smallest] = []
    behind: list[list[str]] = []
    estimated: bool = False
    known: str = ""
    again: int | None = None
    mended: int = 0
    reason: str = ""
    after: float | None = None


class Ran(_Part):
    """What ran on one toolchain. `chunks`: first and last numbers of those that ran to their end; `counted`: the
    buckets before they were told apart by cause, which is done anew when the campaign is gone on with."""

    toolchain: str
    text: str
    release: str
    digest: str
    chunks: list[tuple[int, int]]
    programs: int = Field(ge=0)
    events: int = Field(ge=0)
    differing: int = Field(ge=0)
    programs_sha256: str = Field(pattern=_HEX)
    traces_sha256: str = Field(pattern=_HEX)
    buckets: list[BucketRecord] = []
    counted: list[BucketRecord] = []

    @property
    def done(self) -> set[int]:
        """The numbers of the chunks."""
        return {number for first, last in self.chunks for number in range(first, last + 1)}


class Record(_Part):
    """A campaign. `model`, `driver`, `generator`: digests of what it was made with, "" in files from before there was
    one; `seconds`: how long it took, with all that was compiled and explained; `complete`: all that was asked for has
    run."""

    format: Literal[1] = 1
    source: dict[str, Any]
    shards: list[tuple[int, int]]
    release: tuple[int, int]
    model: str
    driver: str
    generator: str = ""
    complete: bool
    seconds: float = 0.0
    toolchains: list[Ran] = Field(min_length=1)


def made(
    source: Source,
    shard: Shard,
    release: tuple[int, int],
    tallies: Sequence[Tally],
    *,
    complete: bool,
    seconds: float,
) -> Record:
    """The record of a campaign as it stands."""
    return Record(
        source=source.describe(),
        shards=[(shard.part, shard.parts)],
        release=release,
        model=identity.model_digest(),
        driver=identity.driver_digest(),
        generator=identity.generator_digest(),
        complete=complete,
        seconds=round(seconds, 3),
        toolchains=[_ran(tally) for tally in tallies],
    )


def _ran(tally: Tally) -> Ran:
    with tally.lock:
        return Ran(
            toolchain=tally.toolchain.name,
            text=tally.toolchain.text,
            release=tally.release,
            digest=tally.digest,
            chunks=list(_ranges(tally.done)),
            programs=tally.programs,
            events=tally.events,
            differing=tally.differing,
            programs_sha256=f"{tally.programs_sum:064x}",
            traces_sha256=f"{tally.traces_sum:064x}",
            buckets=[_bucket(bucket) for bucket in tally.buckets.values()],
            counted=[_bucket(replace(bucket, reduced=[])) for bucket in tally.counted.values()],
        )


def _ranges(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    first = last = None
    for number in sorted(numbers):
        if first is None or last is None or number != last + 1:
            if first is not None and last is not None:
                yield first, last
            first = number
        last = number
    if first is not None and last is not None:
        yield first, last


def _bucket(bucket: Bucket) -> BucketRecord:
    first = bucket.first
    return BucketRecord(
        signature=bucket.signature,
        rule=first.rule.name,
        died=first.how,
        index=first.index,
        got=first.got,
        owed=first.owed,
        count=bucket.count,
        alone_alike=bucket.alike,
        estimated=bucket.estimated,
        examples=[(one.chunk, one.index, one.words) for one in bucket.examples],
        smallest=[
            Smallest(
                program=dump(one.program),
                actions=one.program.size,
                examples=one.examples,
                got=one.broken.got,
                owed=one.broken.owed,
                as_go=one.as_go,
                as_go_differs=one.agrees,
                file="" if one.file is None else str(one.file),
                ranging=one.ranging,
                tight=one.how == TIGHT,
                shapes=list(one.hints),
            )
            for one in bucket.reduced
        ],
        behind=[[dump(program) for program in programs] for programs in bucket.behind],
        known="" if bucket.known is None else bucket.known.issue,
        again=bucket.again,
        mended=bucket.mended,
        reason="" if bucket.known is None else " ".join(bucket.known.reason.split()),
        after=None if bucket.after is None else round(bucket.after, 3),
    )


# --- Files --------------------------------------------------------------------------------------------------------


def write(record: Record, file: Path) -> None:
    """Write a record, whole or not at all; makes the directory. Raises `BadOutput`."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        atomic.replace(file, (json.dumps(record.model_dump(mode="json"), indent=1) + "\n").encode())
    except OSError as trouble:
        raise BadOutput(f"{file}: cannot be written: {trouble.strerror}") from None


def read(file: Path) -> Record:
    """The record in a file. Raises `BadCampaign`."""
    return Document.read(file, BadCampaign).validate(Record)


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Keep other campaigns out of a directory, as they would be kept in the same file. Makes the directory. Raises
    `BadCampaign` if one is at work there, and `BadOutput`."""
    lock = filelock.FileLock(directory / ".lock", timeout=0)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except filelock.Timeout:
        raise BadCampaign(f"{directory}: a campaign is at work there; wait for it or name another --out") from None
    except OSError as trouble:
        raise BadOutput(f"{directory}: cannot be written: {trouble.strerror}") from None
    try:
        yield
    finally:
        lock.release()


# --- Going on, and putting together -------------------------------------------------------------------------------


def resume(record: Record, source: Source, shard: Shard, installed: Sequence[Installed], where: Path) -> list[Tally]:
    """What was counted before, to go on from. Raises `BadCampaign` if that was another campaign."""
    asked = {
        "programs": ([record.source], [source.describe()]),
        "shard": (record.shards, [(shard.part, shard.parts)]),
        "toolchains": ([ran.text for ran in record.toolchains], [one.toolchain.text for one in installed]),
        "toolchains' contents": ([ran.digest for ran in record.toolchains], [one.digest for one in installed]),
        **_made_with(record, identity.model_digest(), identity.driver_digest(), identity.generator_digest()),
    }
    for what, (before, now) in asked.items():
        if before != now:
            raise BadCampaign(f"{where}: cannot be gone on with: other {what} than now: {before} there, {now} here")
    for ran in record.toolchains:
        if ran.programs != (now := sum(source.size(number) for number in ran.done)):
            raise BadCampaign(
                f"{where}: cannot be gone on with: its chunks have {ran.programs:,} programs, and would have {now:,}:"
                " give --programs as before"
            )
    begun = time.monotonic() - record.seconds
    return [_tally(ran, one, begun) for ran, one in zip(record.toolchains, installed, strict=True)]


def _made_with(record: Record, model: str, driver: str, generator: str) -> dict[str, tuple[object, object]]:
    made: dict[str, tuple[object, object]] = {"model": (record.model, model), "driver": (record.driver, driver)}
    if record.generator and generator:
        made["generator of programs"] = (record.generator, generator)
    return made


def _tally(ran: Ran, installed: Installed, begun: float) -> Tally:
    named = {rule.name: rule for rule in rules.ALL}
    tally = Tally(installed.toolchain, installed.release, installed.digest, begun=begun)
    tally.programs, tally.events, tally.done = ran.programs, ran.events, ran.done
    tally.programs_sum, tally.traces_sum = int(ran.programs_sha256, 16), int(ran.traces_sha256, 16)
    for kept in ran.counted or ran.buckets:
        if kept.rule not in named:
            raise BadCampaign(f"campaign: no rule is called {kept.rule}")
        first = Broken(named[kept.rule], kept.died, kept.index, kept.got, kept.owed)
        bucket = Bucket(kept.signature, first, kept.count, after=kept.after)
        bucket.examples = [Example(*example) for example in kept.examples]
        if kept.after is not None:
            tally.seen[kept.signature] = kept.after
        tally.buckets[kept.signature] = bucket
    return tally


def join(records: Sequence[tuple[str, Record]]) -> Record:
    """Records of shards of one campaign, each with a name for it, as one. Raises `BadCampaign` if they are not, or if
    they have chunks in common."""
    (where, first), *others = records
    whole = first.model_copy(deep=True)
    for ran in whole.toolchains:
        ran.counted = []
    for other_where, other in others:
        differ = {
            "programs": (first.source, other.source),
            "toolchains": (
                [(r.text, r.digest) for r in first.toolchains],
                [(r.text, r.digest) for r in other.toolchains],
            ),
            "release": (first.release, other.release),
            **_made_with(first, other.model, other.driver, other.generator),
        }
        for what, (one, two) in differ.items():
            if one != two:
                raise BadCampaign(
                    f"{other_where}: is no part of the campaign of {where}: other {what}: {two}, not {one}"
                )
        for mine, its in zip(whole.toolchains, other.toolchains, strict=True):
            if common := mine.done & its.done:
                raise BadCampaign(f"{other_where}: chunk {min(common)} on {its.text} is in another of the files, too")
            _add(mine, its)
        whole.shards = sorted({*whole.shards, *other.shards})
        whole.seconds += other.seconds
    source = source_of(whole)
    whole.complete = all(one.complete for _, one in records) and all(
        _is_all(source, parts) for parts in zip(*(one.toolchains for _, one in records), strict=True)
    )
    return whole


def source_of(record: Record) -> Source:
    """Where the programs of a record come from. Raises `BadCampaign`."""
    match record.source:
        case {"programs": "random", "seed": int(seed)}:
            return Drawn(seed)
        case {"programs": "all", "actions": int(actions)}:
            return Everything(actions)
    raise BadCampaign(f"a campaign of programs that are not known here: {record.source}")


def _is_all(source: Source, parts: Sequence[Ran]) -> bool:
    """Whether these have all chunks there are; of random ones, all up to the last, and only that one may have fewer
    programs than it could."""
    done = set[int]().union(*(part.done for part in parts))
    if source.total is not None:
        return done == set(Shard().numbers(source))
    last = len(done) - 1
    full = all(last in part.done or part.programs == sum(map(source.size, part.done)) for part in parts)
    return full and done == set(range(len(done)))


def _add(mine: Ran, its: Ran) -> None:
    mine.chunks = list(_ranges(mine.done | its.done))
    mine.programs += its.programs
    mine.events += its.events
    mine.differing += its.differing
    for name in ("programs_sha256", "traces_sha256"):
        whole = (int(getattr(mine, name), 16) + int(getattr(its, name), 16)) % (1 << 256)
        setattr(mine, name, f"{whole:064x}")
    known = {bucket.signature: bucket for bucket in mine.buckets}
    for bucket in its.buckets:
        if bucket.signature not in known:
            mine.buckets.append(bucket)
            continue
        joined = known[bucket.signature]
        joined.count += bucket.count
        joined.alone_alike += bucket.alone_alike
        joined.estimated = joined.estimated or bucket.estimated
        joined.examples += bucket.examples
        joined.behind += bucket.behind
        joined.after = earliest((joined.after, bucket.after))
        if (joined.known, joined.reason) != (bucket.known, bucket.reason):
            # What one part does not explain is not explained.
            joined.known, joined.reason, joined.mended = "", "", 0
        else:
            joined.mended += bucket.mended
        if bucket.again is not None:
            joined.again = (joined.again or 0) + bucket.again
        programs = {(one.program, one.ranging) for one in joined.smallest}
        joined.smallest += [one for one in bucket.smallest if (one.program, one.ranging) not in programs]
