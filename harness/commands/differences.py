"""What a campaign found, cause by cause, as a person reads it: how often, in which ways, and the smallest program."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from harness.data.record import BucketRecord, Ran, Record, Smallest
from harness.data.tally import earliest
from harness.report.text import visible

_WAYS = 3
"""Ways to differ that are named for a toolchain; damaged memory shows in dozens."""
_LINES = 40
"""Lines of a program that are shown."""


@dataclass(frozen=True, slots=True)
class _Cause:
    """Buckets that one known difference explains, or, where none does, that have one signature."""

    first: BucketRecord
    seen: list[tuple[Ran, BucketRecord]] = field(default_factory=list)

    @property
    def buckets(self) -> Iterator[BucketRecord]:
        return (bucket for _, bucket in self.seen)

    @property
    def rank(self) -> tuple[bool, int]:
        """What nothing explains comes first, then what is seen most."""
        return bool(self.first.known), -sum(bucket.count for bucket in self.buckets)


def shown(whole: Record, where: str) -> list[RenderableType]:
    """All causes, one below the other. `where`: the files that have the rest."""
    causes: dict[tuple[str, str], _Cause] = {}
    for ran in whole.toolchains:
        for bucket in ran.buckets:
            key = (bucket.known, bucket.reason if bucket.known else bucket.signature)
            causes.setdefault(key, _Cause(bucket)).seen.append((ran, bucket))
    return [
        part
        for cause in sorted(causes.values(), key=lambda each: each.rank)
        for part in (_title(cause.first), _counts(cause), _programs(cause, where))
    ]


def _title(first: BucketRecord) -> Text:
    if not first.known:
        return Text(f"\n{visible(first.signature)}", "bold red")
    return Text.assemble(("\nknown: ", "bold yellow"), f"{visible(first.reason)} ({visible(first.known)})")


def _counts(cause: _Cause) -> Table:
    """A line for each toolchain."""
    table = Table(box=None, show_header=False, padding=(0, 0, 0, 2))
    table.add_column(overflow="fold", ratio=2)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold", ratio=3)
    for ran in dict.fromkeys(ran.text for ran, _ in cause.seen):
        buckets = sorted((bucket for at, bucket in cause.seen if at.text == ran), key=lambda each: -each.count)
        count = f"{sum(bucket.count for bucket in buckets):,}"
        about = "about " if any(bucket.estimated for bucket in buckets) else ""
        first = earliest(bucket.after for bucket in buckets)
        after = [] if first is None else [f"the first after {first:.1f} s"]
        table.add_row(visible(ran), f"{about}{count}", "; ".join([*_ways(cause, buckets), *after]))
    return table


def _ways(cause: _Cause, buckets: Sequence[BucketRecord]) -> list[str]:
    """How programs differ, the most usual first; that stands in the title if nothing explains it."""
    if not cause.first.known:
        return []
    if len(buckets) == 1:
        return [visible(buckets[0].signature)]
    named = len(buckets) if len(buckets) == _WAYS + 1 else _WAYS
    ways = [f"{bucket.count:,} {visible(bucket.signature)}" for bucket in buckets[:named]]
    return [*ways, *([f"{len(buckets) - named} ways more"] if len(buckets) > named else [])]


def _programs(cause: _Cause, where: str) -> Text:
    """What tells of the cause: the smallest programs, or one if it is known. Where there are none and nobody knows
    why, those behind which one differs."""
    text = Text()
    if mended := sum(bucket.mended for bucket in cause.buckets):
        text.append(f"  of {mended:,} that were tried, none differs with that fault taken out\n")
    tried = [bucket.again for bucket in cause.buckets if bucket.again is not None]
    if not cause.first.known and tried and not any(tried):
        text.append("  none of them differed again when its chunk ran once more\n", "yellow")
    if alike := sum(bucket.alone_alike for bucket in cause.buckets):
        text.append(f"  {alike:,} that were run alone did what they owe: what ran before them matters\n", "yellow")
    found: dict[tuple[str, bool], tuple[Smallest, Ran]] = {}
    for ran, bucket in cause.seen:
        for each in bucket.smallest:
            found.setdefault((each.program, each.ranging), (each, ran))
    smallest = sorted(found.values(), key=lambda each: (not each[0].as_go_differs, each[0].actions))
    told = smallest[:1] if cause.first.known else smallest
    for each, ran in told:
        _smallest(text, each, ran)
    if not told and not cause.first.known:
        _behind(text, cause.buckets)
    if len(told) < len(smallest):
        text.append(f"  {len(smallest) - len(told):,} more in {where}\n", "dim")
    text.rstrip()
    return text


def _smallest(text: Text, each: Smallest, ran: Ran) -> None:
    text.append(f"  got   {visible(each.got)}\n  owed  {visible(each.owed)}\n")
    _program(text, each.program)
    if each.ranging:
        text.append("  (its loops are over functions, which only the Go file says)\n")
    if each.as_go:
        style = "" if each.as_go_differs else "yellow"
        text.append(f"  as Go {visible(each.as_go).splitlines()[0]}\n", style)
    if each.file and Path(each.file).exists():
        again = Path(each.file).with_suffix(".go") if each.ranging else each.file
        text.append(f"  again: deferdiff run {again} -t {shlex.quote(visible(ran.text))}\n", "dim")


def _behind(text: Text, buckets: Iterable[BucketRecord]) -> None:
    """The fewest and shortest programs behind which one differs."""
    among = [(behind, bucket) for bucket in buckets for behind in bucket.behind]
    if among:
        behind, bucket = min(among, key=lambda each: sum(map(len, each[0])))
        text.append(f"  got   {visible(bucket.got)}\n  owed  {visible(bucket.owed)}\n")
        text.append("  differs as the last of these, which run one after another in one process:\n")
        for number, program in enumerate(behind):
            text.append("    ---\n" if number else "")
            _program(text, program)


def _program(text: Text, program: str) -> None:
    lines = program.splitlines()
    for line in lines[:_LINES]:
        text.append(f"    {visible(line)}\n")
    if len(lines) > _LINES:
        text.append(f"    and {len(lines) - _LINES} lines more\n", "dim")
