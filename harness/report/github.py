"""For GitHub Actions: annotations as workflow commands, to be printed by a step, and the step's summary.

GitHub shows ten annotations of each level that a step prints and drops the others without a word. So the tenth of a
level says how many more there are, where there are more.
"""

from __future__ import annotations

from typing import assert_never

from harness.policy import Decision, Status
from harness.report import markdown
from harness.report.finding import Finding, finding
from harness.report.result import GateResult, word
from harness.report.text import one_line

PER_LEVEL = 10
"""Annotations of one level that GitHub shows of a step."""
_TITLE = "deferdiff gate"
_VERDICT = {Status.AGREE: "notice", Status.DIFFERENCE: "error", Status.USAGE: "error", Status.MACHINERY: "warning"}
SUMMARY_LIMIT = 1 << 20
"""Bytes that the summary of a step may have."""


def summary(result: GateResult) -> str:
    """The step's summary, to be appended to the file `$GITHUB_STEP_SUMMARY`."""
    return markdown.render(result, SUMMARY_LIMIT)


def commands(result: GateResult) -> str:
    """One workflow command a line. The first of its level is the verdict."""
    notable = result.notable()
    lines: list[str] = []
    for level in ("error", "warning", "notice"):
        room = PER_LEVEL
        if level == _VERDICT[result.status]:
            verdict = f"{word(result.status)}: {result.headline()}"
            lines.append(_command(level, verdict, title=_TITLE))
            room -= 1
        members = [decided for decided in notable if _level(decided.decision) == level]
        shown = members if len(members) <= room else members[: room - 1]
        lines += (_annotation(level, finding(result, decided)) for decided in shown)
        if more := len(members) - len(shown):
            told = f"{more} more of this level, which GitHub would not show: see the step's summary or report.html"
            lines.append(_command(level, told, title=_TITLE))
    return "".join(f"{line}\n" for line in lines)


def _level(decision: Decision) -> str:
    match decision:
        case Decision.FAIL:
            return "error"
        case Decision.MACHINERY:
            return "warning"
        case Decision.ALLOWED | Decision.EXPLAINED | Decision.ACCEPTED | Decision.PASS:
            return "notice"
        case _:
            assert_never(decision)


def _annotation(level: str, found: Finding) -> str:
    told = f"{found.check}: {found.message}\nreproduce: {found.reproduce}"
    return _command(level, told, file=found.path.as_posix(), line=str(found.line), title=found.title)


def _command(level: str, message: str, **properties: str) -> str:
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {told}::{_data(message)}"


def _data(text: str) -> str:
    """A message: lines of its own are told as such, and nothing in it ends the command."""
    return "%0A".join(one_line(line).replace("%", "%25").replace("\r", "%0D") for line in text.split("\n"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
