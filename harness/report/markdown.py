"""Markdown, fit for a comment on a pull request: the verdict, a table of what differs, details to unfold.

A comment may have `LIMIT` characters, a step summary more; what does not fit is left out from the end, and the last
line says how much.
Whatever a program, a compiler or a case's author wrote is shown as text: it makes no markup, mentions nobody.
"""

from __future__ import annotations

import re
from typing import Final

from harness.model import Verdict
from harness.policy import Decision, Status
from harness.report import evidence
from harness.report.lanes import Lanes, Step
from harness.report.reproduce import deferdiff_run
from harness.report.result import Decided, GateResult, label, word
from harness.report.text import excerpt, one_line, padded, shortened, visible

LIMIT = 65_536
"""GitHub's limit on a comment. It counts characters; bytes are counted here, which is never fewer."""
_SHARE_OF_TABLE = 0.366
_ROOM_FOR_LAST_LINE = 300
_LANE = 62
"""Columns of one lane of events."""
_CELL = 160
_MISSES = 10
"""Details too long for the room that is left, after which no shorter ones are looked for."""
_OUTPUT = 1_200

_SIGN: Final = {Status.AGREE: "✅", Status.DIFFERENCE: "❌", Status.USAGE: "⚠️", Status.MACHINERY: "⚠️"}
_PUNCTUATION: Final = re.compile(r"[^\w\s.,/=-]|[_*~]|^[-=]")
_LINK: Final = re.compile(r"https://[A-Za-z0-9./#%?=&+_:~-]+")


def render(result: GateResult, limit: int = LIMIT) -> str:
    """The whole file, at most `limit` bytes of UTF-8."""
    notable = result.notable()
    room = limit - _ROOM_FOR_LAST_LINE
    head = _head(result)
    table, rows_left_out = _table(notable, min(int(limit * _SHARE_OF_TABLE), room - _size(head)))
    room -= _size(head) + _size(table)
    blocks: list[str] = []
    misses = 0
    for decided in notable:
        details = _details(result, decided)
        if _size(details) <= room:
            room -= _size(details)
            blocks.append(details)
        elif (misses := misses + 1) == _MISSES:
            break
    details_left_out = len(notable) - len(blocks)
    left_out = []
    if rows_left_out:
        left_out.append(f"{rows_left_out} rows of the table")
    if details_left_out:
        left_out.append(f"the details of {details_left_out} cases")
    last = (
        f"\nLeft out for length: {' and '.join(left_out)}. They are in report.json and rerun/.\n" if left_out else ""
    )
    return head + table + "".join(blocks) + last


def code(text: str) -> str:
    """Program-made text on one line, in the font of code. Every sign that could be markup is written as its number;
    in a code element GitHub looks for neither mentions nor references."""
    return f"<code>{_numbered(one_line(text))}</code>" if text else ""


def prose(text: str) -> str:
    """An author's sentence. A zero-width space after each @ and # keeps it from mentioning."""
    told = _numbered(" ".join(visible(text).split()))
    return told.replace("&#64;", "&#64;\u200b").replace("&#35;", "&#35;\u200b")


def block(text: str, language: str = "") -> str:
    """Program-made lines, fenced so that no line of theirs can end the fence."""
    told = visible(text).rstrip("\n")
    longest = max((len(run) for run in re.findall(r"`+", told)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{told}\n{fence}\n"


def link(text: str) -> str:
    """A link if the text is a plain https address, else code."""
    return f"<{text}>" if _LINK.fullmatch(text) else code(text)


def _head(result: GateResult) -> str:
    lines = [f"## {_SIGN[result.status]} {word(result.status)}: {result.headline()}", ""]
    if result.weaknesses:
        lines += ["> [!WARNING]", f"> The {prose(result.sandbox)} sandbox protects less than a container:"]
        lines += [*(f"> - {prose(weakness)}" for weakness in result.weaknesses), ""]
    for role, side in (("pre", result.pre), ("post", result.post)):
        lines.append(
            f"- **{role}** {code(shortened(side.toolchain.text, 400))} ({prose(side.engine)} {prose(side.release)})"
        )
    counts = result.tally()
    if aside := len(result.decided) - result.compared:
        counts.append(f"{aside} apply to neither side")
    lines.append(f"- {', '.join(counts) or 'no case'}")
    lines += [f"- {prose(told)}" for told in evidence.useless_acceptances(result)]
    cached = f", {result.cached} runs from the store" if result.cached else ""
    lines.append(
        f"- {prose(result.sandbox)} sandbox, {result.seconds:.1f} s{cached}, deferdiff {prose(result.version)}"
    )
    return "\n".join(lines) + "\n\n"


def _table(notable: list[Decided], room: int) -> tuple[str, int]:
    """The table of what differs, and how many rows of it did not fit."""
    if not notable:
        return "", 0
    table = "| case | pre | post | verdict | rule | first divergence |\n| --- | --- | --- | --- | --- | --- |\n"
    for number, decided in enumerate(notable):
        comparison = decided.comparison
        cells = (
            code(comparison.case.name),
            evidence.outcome(comparison.pre),
            evidence.outcome(comparison.post),
            _verdict(decided),
            code(evidence.rule(comparison)),
            code(shortened(evidence.summary(comparison), _CELL)),
        )
        row = f"| {' | '.join(cells)} |\n"
        if _size(table) + _size(row) > room:
            return table + "\n", len(notable) - number
        table += row
    return table + "\n", 0


def _verdict(decided: Decided) -> str:
    verdict = decided.word
    match decided.decision:
        case Decision.FAIL:
            return f"**{verdict}**"
        case Decision.EXPLAINED | Decision.ACCEPTED | Decision.ALLOWED:
            return f"{verdict}, {decided.decision.value}"
        case Decision.MACHINERY | Decision.PASS:
            return verdict


def _details(result: GateResult, decided: Decided) -> str:
    comparison = decided.comparison
    case = comparison.case
    parts = [f"<details><summary>{code(case.name)} {_verdict(decided).replace('**', '')}</summary>\n\n"]
    if case.owes:
        parts.append(f"{prose(shortened(' '.join(case.owes.split()), 600))} {' '.join(map(link, case.sources))}\n\n")
    if told := evidence.acceptance(decided):
        parts.append(f"- {prose(told)}\n")
    parts += map(_fault, evidence.faults(comparison))
    if comparison.verdict is Verdict.CHANGED:
        parts += (f"- lawful on {code(entry.on)}: {prose(entry.because)}\n" for entry in case.differs)
    parts.append("\n")
    if lines := evidence.source(comparison):
        shown = [f"{'>' if line.here else ' '} {line.number:4}  {shortened(line.text, 110)}" for line in lines]
        parts.append(block("\n".join(shown), "go") + "\n")
    if lanes := evidence.lanes(comparison):
        parts.append(block(lane_text(lanes, result)) + "\n")
    parts += _outputs(decided)
    parts.append(block(deferdiff_run(result, comparison), "sh") + "\n</details>\n\n")
    return "".join(parts)


def _fault(fault: evidence.Fault) -> str:
    known = fault.side.known
    tail = f"\n  - known: {prose(known.reason)} {link(known.issue)}" if known else ""
    if text := evidence.build_text(fault.side):
        return f"- **{fault.role}** does not compile it:{tail}\n\n{block(excerpt(text, _OUTPUT))}\n"
    if fault.divergence is None:
        return f"- **{fault.role}** {code(fault.text)}{tail}\n"
    rule, place = fault.divergence.rule, evidence.place(fault.divergence) or "got"
    return (
        f"- **{fault.role}** breaks {code(rule.name)}: {prose(rule.statement)} {link(rule.source)}\n"
        f"  - {place}: {code(shortened(evidence.got(fault.side), 600))}\n"
        f"  - owed: {code(shortened(one_line(fault.divergence.owed), 600))}{tail}\n"
    )


def _outputs(decided: Decided) -> list[str]:
    """What the program printed, where the two sides printed different things."""
    comparison = decided.comparison
    parts = []
    for stream in evidence.differing_output(comparison):
        for role, side in (("pre", comparison.pre), ("post", comparison.post)):
            data: bytes = getattr(side.plain, stream)
            shown = block(excerpt(data, _OUTPUT)) if data else "nothing\n"
            parts.append(f"{stream} of {role}:\n\n{shown}\n")
    return parts


def lane_text(lanes: Lanes, result: GateResult) -> str:
    """Both lanes in fixed columns: `|` stands between the lanes where they differ, `✗` before a broken rule."""
    left, right = (one_line(name) for name in (label("pre", result.pre), label("post", result.post)))
    lines = [f"{'':8}{padded(left, _LANE)}   {'':8}{shortened(right, _LANE)}".rstrip()]
    if lanes.goroutine:
        lines.append(f"{'':8}(goroutine {lanes.goroutine} only)")
    if lanes.above:
        lines.append(f"{'':8}{padded('…', _LANE)}   {'':8}…")
    lines += (f"{_step(row.pre)} {' ' if row.same else '|'} {_step(row.post)}".rstrip() for row in lanes.rows)
    if lanes.below:
        lines.append(f"{'':8}{padded('…', _LANE)}   {'':8}…")
    return "\n".join(lines)


def _step(step: Step | None) -> str:
    if step is None:
        return " " * (8 + _LANE)
    return f"{'✗' if step.broken else ' '}{step.number:5}  {padded(step.words, _LANE)}"


def _numbered(text: str) -> str:
    return _PUNCTUATION.sub(lambda match: f"&#{ord(match.group())};", text)


def _size(text: str) -> int:
    return len(text.encode())
