"""For GitHub Actions: annotations as workflow commands, to be printed by a step, and the step's summary.

GitHub shows ten annotations of each level that a step prints and drops the others without a word. So the tenth of a
level says how many more there are, where there are more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from harness.policy import Decision, Status
from harness.report import markdown
from harness.report.finding import Finding, findings
from harness.report.result import GateResult, word
from harness.report.text import one_line

PER_LEVEL = 10
"""Annotations of one level that GitHub shows of a step."""
SUMMARY_LIMIT = 1 << 20
"""Bytes that the summary of a step may have."""


def summary(result: GateResult) -> str:
    """The step's summary, to be appended to the file `$GITHUB_STEP_SUMMARY`."""
    return markdown.render(result, SUMMARY_LIMIT)


def commands(result: GateResult) -> str:
    """One workflow command a line. The first is the verdict."""
    of_level: dict[str, list[str]] = {"error": [], "warning": [], "notice": []}
    verdict = f"{word(result.status)}: {result.headline()}"
    of_level[_VERDICT[result.status]].append(_command(_VERDICT[result.status], verdict, title="deferdiff gate"))
    for finding in findings(result):
        level = _level(finding.decided.decision)
        of_level[level].append(_annotation(level, finding))
    return "".join(f"{line}\n" for level, lines in of_level.items() for line in _limited(level, lines))


_VERDICT = {Status.AGREE: "notice", Status.DIFFERENCE: "error", Status.USAGE: "error", Status.MACHINERY: "warning"}


def _limited(level: str, lines: list[str]) -> Iterable[str]:
    if len(lines) <= PER_LEVEL:
        return lines
    more = len(lines) - PER_LEVEL + 1
    told = f"{more} more of this level, which GitHub would not show: see the step's summary or report.html"
    return [*lines[: PER_LEVEL - 1], _command(level, told, title="deferdiff gate")]


def _level(decision: Decision) -> str:
    match decision:
        case Decision.FAIL:
            return "error"
        case Decision.MACHINERY:
            return "warning"
        case Decision.ALLOWED | Decision.EXPLAINED | Decision.PASS:
            return "notice"
        case _:
            assert_never(decision)


def _annotation(level: str, finding: Finding) -> str:
    told = f"{finding.check}: {finding.message}\nreproduce: {finding.reproduce}"
    return _command(level, told, file=finding.path.as_posix(), line=str(finding.line), title=finding.title)


def _command(level: str, message: str, **properties: str) -> str:
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {told}::{_data(message)}"


def _data(text: str) -> str:
    """A message: lines of its own are told as such, and nothing in it ends the command."""
    return "%0A".join(one_line(line).replace("%", "%25").replace("\r", "%0D") for line in text.split("\n"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
