"""The report on a terminal: the verdict first and last, what differs in between, the differing first.

`summary` is a pure function of the result and the width. Program-made text is never markup: it comes as `Text`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import TextIO

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from harness.model import Conforms, NotApplicable
from harness.policy import Decision, Status
from harness.report import evidence
from harness.report.lanes import Lanes, Row, Step
from harness.report.reproduce import deferdiff_run
from harness.report.result import Decided, GateResult, Written, label, word
from harness.report.text import excerpt, one_line, shortened

ROWS = 40
"""Rows of the table at most."""
PANELS = 5
"""Differences shown in full at most."""
_LONGEST = 400
"""Columns of what came and what was owed."""
_WIDTH = 118
"""Columns where nobody knows better: a log file."""

_COLOUR = {
    Status.AGREE: "green",
    Status.DIFFERENCE: "red",
    Status.USAGE: "yellow",
    Status.MACHINERY: "yellow",
}
_SHADE = {
    Decision.FAIL: "red",
    Decision.MACHINERY: "yellow",
    Decision.ACCEPTED: "dim",
    Decision.ALLOWED: "dim",
    Decision.EXPLAINED: "dim",
    Decision.PASS: "",
}


class _Console(Console):
    """A console that leaves it to its caller what becomes of output that nobody reads."""

    def on_broken_pipe(self) -> None:
        """Called where the error is handled: rich would end the process with status 1, a difference."""
        raise  # noqa: PLE0704


def console(stream: TextIO | None = None) -> Console:
    """A console on `stream` (standard output) that takes program-made text as it is."""
    stream = stream or sys.stdout
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")  # a terminal without our signs shows question marks, no traceback
    width = None if stream.isatty() else _WIDTH
    return _Console(file=stream, highlight=False, markup=False, emoji=False, width=width)


def summary(result: GateResult, written: Written | None = None) -> RenderableType:
    """The whole report. `written`: where the other reports are."""
    return Group(*_parts(result, written))


def _parts(result: GateResult, written: Written | None) -> Iterator[RenderableType]:
    notable = result.notable()
    important = [d for d in notable if d.decision in (Decision.FAIL, Decision.MACHINERY)]
    yield verdict_line(result)
    yield ""
    yield _pair(result)
    if result.weaknesses:
        yield ""
        yield _warning(result)
    if notable:  # the table has an empty line of its own before and after it
        yield _table(notable)
        if len(notable) > ROWS:
            yield Text(f"  and {len(notable) - ROWS} more", "dim")
            yield ""
    else:
        yield ""
    for decided in important[:PANELS]:
        yield _panel(result, decided)
        yield ""
    if len(important) > PANELS:
        yield Text(f"  {len(important) - PANELS} more like these are in the reports", "dim")
        yield ""
    yield _facts(result, written)
    yield ""
    yield verdict_line(result, status=True)


def verdict_line(result: GateResult, *, status: bool = False) -> Text:
    """The verdict in one line; with the exit `status` at the end."""
    tail = f" (exit status {int(result.status)})" if status else ""
    colour = _COLOUR[result.status]
    return Text.assemble(
        (f" {word(result.status)} ", f"bold reverse {colour}"), f"  {result.headline()}", (tail, "dim")
    )


def _pair(result: GateResult) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(style="dim", no_wrap=True)
    for role, side in (("pre", result.pre), ("post", result.post)):
        table.add_row(f"  {role}", Text(one_line(side.toolchain.text)), f"{side.engine} {one_line(side.release)}")
    return table


def _warning(result: GateResult) -> Panel:
    lines = Text("\n".join(one_line(weakness) for weakness in result.weaknesses))
    title = Text(f" WEAK SANDBOX: {one_line(result.sandbox)} ", "bold reverse yellow")
    return Panel(lines, title=title, title_align="left", box=box.HEAVY, border_style="yellow", padding=(0, 1))


def _table(notable: list[Decided]) -> Table:
    """A case's first divergence stands below its other columns and has the width of all of them: what was owed comes
    last in it, and would be cut off."""
    shown = notable[:ROWS]
    rows = [(_outcome(each, "pre"), _outcome(each, "post"), Text(evidence.rule(each.comparison))) for each in shown]
    heads = (Text("pre"), Text("post"), Text("rule"))
    widths = [max(text.cell_len for text in column) for column in zip(heads, *rows, strict=True)]

    def beside(case: str | Text, cells: Sequence[Text]) -> Table:
        grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
        grid.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        for width in widths:
            grid.add_column(no_wrap=True, overflow="ellipsis", width=width)
        grid.add_row(case, *cells)
        return grid

    table = Table(box=box.SIMPLE_HEAD, header_style="dim", padding=(0, 1), pad_edge=True, expand=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column(beside("case, first divergence", heads), ratio=1)
    for decided, cells in zip(shown, rows, strict=True):
        divergence = Text(why(decided), "dim", no_wrap=True, overflow="ellipsis")
        name = Text(one_line(decided.comparison.case.name))
        table.add_row(Text(_short_verdict(decided), _SHADE[decided.decision]), Group(beside(name, cells), divergence))
    return table


def _short_verdict(decided: Decided) -> str:
    return decided.word.removesuffix(" differently").removesuffix(" pass")


def _outcome(decided: Decided, role: str) -> Text:
    side = decided.comparison.pre if role == "pre" else decided.comparison.post
    plain = isinstance(side.outcome, Conforms | NotApplicable) and not side.unexpected_pass
    told = "passes" if side.unexpected_pass else evidence.outcome(side).removesuffix(" (known)")
    return Text(told, "dim" if plain else _SHADE[decided.decision])


def why(decided: Decided) -> str:
    """The first divergence; for what is excused, who excuses it."""
    match decided.decision:
        case Decision.EXPLAINED:
            return f"header: {evidence.reason(decided.comparison)}"
        case Decision.ACCEPTED:
            return evidence.acceptance(decided)
        case Decision.ALLOWED:
            return f"allowed by the policy: {evidence.summary(decided.comparison)}"
        case Decision.FAIL | Decision.MACHINERY | Decision.PASS:
            lapsed = evidence.acceptance(decided)
            return ": ".join(filter(None, (lapsed, evidence.summary(decided.comparison))))


def story(result: GateResult, decided: Decided) -> str:
    """One difference in full, as lines of plain text: rule, divergence, source, traces, the command to repeat it."""
    plain = Console(
        file=StringIO(),
        width=_WIDTH,
        color_system=None,
        force_terminal=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    with plain.capture() as captured:
        plain.print(_evidence(result, decided))
    lines = [line.rstrip() for line in captured.get().splitlines()]
    return "\n".join([*lines, "", _again(result, decided)])


def _panel(result: GateResult, decided: Decided) -> Panel:
    shade = _SHADE[decided.decision]
    title = Text.assemble(
        " ", (one_line(decided.comparison.case.name), "bold default"), "  ", (_short_verdict(decided), shade), " "
    )
    return Panel(
        Group(_evidence(result, decided), "", Text(_again(result, decided), "dim", overflow="fold")),
        title=title,
        title_align="left",
        box=box.ROUNDED,
        border_style="bright_black",
        padding=(1, 1),
    )


def _again(result: GateResult, decided: Decided) -> str:
    return f"again  {deferdiff_run(result, decided.comparison)}"


def _evidence(result: GateResult, decided: Decided) -> Group:
    comparison = decided.comparison
    parts: list[RenderableType] = [_fault(fault) for fault in evidence.faults(comparison, merged=True)]
    if not parts:
        parts = [Text(evidence.summary(comparison))]
    if lines := evidence.source(comparison):
        parts += ["", _source(lines)]
    if lanes := evidence.lanes(comparison):
        parts += ["", _lanes(result, lanes)]
    elif streams := evidence.differing_output(comparison):
        parts += ["", _outputs(decided, streams[0])]
    return Group(*parts)


def _fault(fault: evidence.Fault) -> RenderableType:
    role = (f"{fault.role:5}", "bold")
    if text := evidence.build_text(fault.side):
        return Group(
            Text.assemble(role, "does not compile it"), Padding(Text(excerpt(text, 1_000), "red"), (0, 0, 0, 5))
        )
    if fault.divergence is None:
        return Text.assemble(role, shortened(fault.text, _LONGEST))
    rule = fault.divergence.rule
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True, min_width=4)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(Text(fault.role, "bold"), Text("rule", "dim"), Text.assemble((one_line(rule.name), "bold")))
    table.add_row("", "", Text(one_line(rule.statement), "dim"))
    table.add_row("", Text("got", "dim"), Text(shortened(evidence.got(fault.side), _LONGEST), "red"))
    table.add_row("", Text("owed", "dim"), Text(shortened(one_line(fault.divergence.owed), _LONGEST), "green"))
    return table


def _source(lines: list[evidence.SourceLine]) -> Table:
    table = Table.grid()
    table.add_column(no_wrap=True, min_width=8)
    table.add_column(no_wrap=True, overflow="ellipsis")
    for line in lines:
        mark = "▸" if line.here else " "
        table.add_row(Text(f"{mark} {line.number:3} │ ", "dim"), Text(line.text, "" if line.here else "dim"))
    return table


def _lanes(result: GateResult, lanes: Lanes) -> Table:
    table = Table(box=None, expand=True, padding=(0, 1, 0, 0), header_style="bold", pad_edge=False)
    for role, side in (("pre", result.pre), ("post", result.post)):
        table.add_column(" ", min_width=5, justify="right", style="dim", no_wrap=True)
        only = f" (goroutine {lanes.goroutine})" if lanes.goroutine else ""
        table.add_column(Text(one_line(label(role, side)) + only), ratio=1, no_wrap=True, overflow="ellipsis")
    if lanes.above:
        table.add_row("", Text("…", "dim"), "", Text("…", "dim"))
    for row in lanes.rows:
        table.add_row(*_step(row.pre, row), *_step(row.post, row))
    if lanes.below:
        table.add_row("", Text("…", "dim"), "", Text("…", "dim"))
    return table


def _step(step: Step | None, row: Row) -> tuple[Text, Text]:
    if step is None:
        return Text(), Text("·", "dim")
    if step.broken:
        return Text(f"✗ {step.number}", "bold red"), Text(step.words, "bold red")
    return Text(str(step.number), "dim"), Text(step.words, "dim" if row.same else "bold")


def _outputs(decided: Decided, stream: str) -> Table:
    """What each side printed, where that is all that differs."""
    table = Table(box=None, expand=True, padding=(0, 1, 0, 0), header_style="bold", pad_edge=False)
    cells = []
    for role, side in (("pre", decided.comparison.pre), ("post", decided.comparison.post)):
        table.add_column(f"{stream} of {role}", ratio=1, overflow="fold")
        cells.append(Text(excerpt(getattr(side.plain, stream), 500).rstrip("\n")))
    table.add_row(*cells)
    return table


def _facts(result: GateResult, written: Written | None) -> Table:
    counts = result.tally()
    if aside := len(result.decided) - result.compared:
        counts.append(f"{aside} not for these toolchains")
    run = [f"{result.seconds:.1f} s", f"{one_line(result.sandbox)} sandbox"]
    if result.cached:
        run.append(f"{result.cached} runs from the store")
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("  cases", ", ".join(counts) or "none")
    if broken := evidence.rule_counts(result.notable()):
        table.add_row("  rules", ", ".join(f"{number} {name}" for name, number in broken.items()))
    for number, told in enumerate(evidence.useless_acceptances(result)):
        table.add_row("" if number else "  reviews", told)
    table.add_row("  run", ", ".join(run))
    if written is not None:
        places = [written.page, written.markdown, written.json, written.junit, written.picture]
        places += [written.rerun] if written.rerun else []
        table.add_row("  reports", "\n".join(one_line(str(place)) for place in places))
    return table
