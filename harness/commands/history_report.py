"""Recorded runs on a terminal. All text of theirs is data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from harness.database.changes import Change, Changes, Kind
from harness.database.history import CaseHistory, OnToolchain, Point
from harness.database.overview import BucketLine, Day, Failing, Overview, RunLine
from harness.policy import Decision, Status
from harness.report.result import word
from harness.report.text import one_line

_BARS = "▁▂▃▄▅▆▇█"
_POINTS = 60
"""Runs of a case that its line shows."""
_SIGNS = {
    Decision.PASS.value: ("·", "dim"),
    Decision.EXPLAINED.value: ("e", "dim"),
    Decision.ACCEPTED.value: ("a", "yellow"),
    Decision.ALLOWED.value: ("a", "dim"),
    Decision.FAIL.value: ("✗", "bold red"),
    Decision.MACHINERY.value: ("?", "yellow"),
}
_SHADES = {Status.AGREE: "green", Status.DIFFERENCE: "red", Status.USAGE: "yellow", Status.MACHINERY: "yellow"}


def overview(found: Overview) -> RenderableType:
    """The latest runs, the days, the worst cases."""
    if not (found.runs or found.buckets):
        return Text("no run is recorded yet: deferdiff gate --record", "dim")
    parts: list[RenderableType] = [_runs(found.runs)]
    if found.days:
        parts += ["", _trend(found.days)]
    if found.failing:
        parts += ["", _failing(found.failing)]
    if found.buckets:
        parts += ["", _buckets(found.buckets)]
    return Group(*parts)


def _runs(lines: Sequence[RunLine]) -> Table:
    table = _table("run", "when (UTC)", "verdict", "pre", "post", "what")
    for line in lines:
        status = Status(line.status)
        table.add_row(
            str(line.number),
            _when(line.started),
            Text(word(status), _SHADES[status]),
            Text(one_line(line.pre)),
            Text(one_line(line.post)),
            Text(one_line(line.headline)),
        )
    return table


def _trend(days: Sequence[Day]) -> Text:
    worst = max(day.failed / day.compared if day.compared else 0.0 for day in days)
    bars = "".join(_bar(day.failed / day.compared if day.compared else 0.0, worst) for day in days)
    between = f"{days[0].day.isoformat()} … {days[-1].day.isoformat()}"
    runs, compared, failed = (
        sum(values) for values in zip(*((d.runs, d.compared, d.failed) for d in days), strict=True)
    )
    told = f"{failed:,} of {compared:,} comparisons failed in {runs:,} runs; worst day {worst:.1%}"
    return Text.assemble(("failing  ", "dim"), bars, f"  {between}  ", (told, "dim"))


def _bar(share: float, worst: float) -> str:
    """A bar of the share; only nothing at all has none."""
    if not share:
        return "·"
    return _BARS[min(len(_BARS) - 1, int(share / worst * (len(_BARS) - 1) + 0.5))]


def _failing(cases: Sequence[Failing]) -> Table:
    table = _table("fails most", "runs", "last in run")
    for case in cases:
        table.add_row(Text(one_line(case.case)), str(case.runs), str(case.last))
    return table


def _buckets(buckets: Sequence[BucketLine]) -> Table:
    table = _table("goes wrong by", "runs", "campaigns", "seen")
    for one in buckets:
        seen = f"{_when(one.seen_first)} … {_when(one.seen_last)}"
        table.add_row(Text(one_line(one.name)), str(one.runs), str(one.campaigns), seen)
    return table


def case(found: CaseHistory) -> RenderableType:
    """One case: since when, how steady, its runs in a line, and what it did on each toolchain."""
    files = "1 state of its file" if found.versions == 1 else f"{found.versions} states of its file"
    seen = f"first seen {_when(found.seen_first)}, last {_when(found.seen_last)}, {len(found.points)} runs, {files}"
    table = _table("toolchain", "last outcome", "all outcomes", "ran", "odd", "seen")
    for one in found.toolchains:
        table.add_row(*_toolchain(one))
    return Group(
        Text(one_line(found.case), "bold"), Text(seen, "dim"), "", _line(found.points), _steadiness(found), "", table
    )


def _line(points: Sequence[Point]) -> Text:
    shown = points[-_POINTS:]
    signs = [_SIGNS.get(point.decision, (" ", "")) for point in shown]
    line = Text.assemble(*(signs or [("no run", "dim")]))
    legend = "· passes  ✗ fails  e explained  a accepted, allowed  ? unknown"
    return Text.assemble(("…" if len(points) > _POINTS else "", "dim"), line, "   ", (legend, "dim"))


def _steadiness(found: CaseHistory) -> Text:
    if not found.ran:
        return Text("how steady it is is not known: it did not run, or all came from the store", "dim")
    told = f"flake rate {found.flake_rate:.1%}: {found.odd} of {found.ran} runs did something else than usual"
    return Text(told, "bold yellow" if found.odd else "dim")


def _toolchain(one: OnToolchain) -> tuple[RenderableType, ...]:
    outcomes = ", ".join(f"{number} {one_line(name)}" for name, number in one.outcomes.items())
    return (
        Text(one_line(one.text)),
        Text(one_line(one.last)),
        Text(outcomes),
        str(one.ran),
        Text(str(one.odd), "bold yellow" if one.odd else "dim"),
        f"{_when(one.seen_first)} … {_when(one.seen_last)}",
    )


def changes(found: Changes) -> RenderableType:
    """What changed from one run to another; how many did not."""
    parts: list[RenderableType] = []
    if not found.same_toolchains:
        parts.append(Text(f"run {found.was} and run {found.now} had different toolchains", "yellow"))
    parts += (_change(one) for one in found.changes)
    counts = [f"{sum(one.kind is kind for one in found.changes)} {kind.value}" for kind in Kind]
    told = f"run {found.was} → run {found.now}: {', '.join(counts)}, {found.alike} alike"
    parts.append(Text(told, "bold red" if found.changes else "bold green"))
    return Group(*parts)


def _change(one: Change) -> Text:
    name = one_line(one.case)
    match one.kind:
        case Kind.APPEARED:
            return Text.assemble((f"+ {name}", "bold"), f"  {one.now}")
        case Kind.VANISHED:
            return Text.assemble((f"- {name}", "bold"), f"  was {one.was}")
        case Kind.CHANGED:
            lines = "".join(f"\n    {one_line(why)}" for why in one.why)
            return Text.assemble((f"~ {name}", "bold"), f"  {one.was} → {one.now}", (lines, "dim"))


def _table(*headings: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="dim", padding=(0, 1), pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
