"""JUnit XML: one suite per toolchain, one test case per case in it.

A comparison that fails the gate has at least one `failure`, one of which nothing is known an `error`, and no other
has either: a CI system that reads only this file comes to the gate's own verdict.

GitLab knows a test by the names of the case alone, whatever suite it is in, shows the first of two that are called
the same, and refuses large files. The form for it has the side in each case's name, and less of what programs wrote
where all of it is too much.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from xml.etree import ElementTree

from junitparser import Attr, Error, Failure, JUnitXml, Skipped, TestCase, TestSuite
from junitparser.junitparser import FinalResult

from harness.model import BuildFailed, Diverges, Inconclusive, Installed, Judged, NotApplicable
from harness.policy import Decision
from harness.report import evidence, words
from harness.report.evidence import ADVICE, got
from harness.report.reproduce import case_path, deferdiff_run
from harness.report.result import UNEXPECTED, Decided, GateResult
from harness.report.text import excerpt, one_line, visible
from oracle import rules


@dataclass(frozen=True, slots=True)
class _Form:
    """`output`: how much of a program's output goes into the file, in bytes per stream (all of it is beside it, under
    rerun/); `story`: the same of a failure's text, in characters, None for all; `flat`: for GitLab."""

    output: int
    story: int | None = None
    flat: bool = False


class _Located(TestCase):
    """A test case that tells its file, as GitLab reads it."""

    file = Attr()


_PLAIN = _Form(16 << 10)
_FLAT = (_Form(16 << 10, flat=True), _Form(1 << 10, 4 << 10, flat=True), _Form(0, 400, flat=True))
GITLAB_LIMIT = 30_000_000
"""Bytes that GitLab reads of a file."""


def render(result: GateResult) -> bytes:
    """The whole file, UTF-8."""
    return _render(result, _PLAIN)


def render_for_gitlab(result: GateResult) -> bytes:
    """The whole file in GitLab's form: with as much of what programs wrote as its limit allows."""
    for form in _FLAT:
        if len(rendered := _render(result, form)) <= GITLAB_LIMIT:
            break
    return rendered


def _render(result: GateResult, form: _Form) -> bytes:
    report = JUnitXml("deferdiff gate")
    for role, installed in (("pre", result.pre), ("post", result.post)):
        report.append(_suite(result, role, installed, form))
    report.update_statistics()
    report.time = round(result.seconds, 3)
    buffer = BytesIO()
    report.write(buffer)
    return _plain_times(buffer.getvalue())


def _plain_times(xml: bytes) -> bytes:
    """The same file, with every time as a decimal in seconds: not all readers know 6e-05."""
    root = ElementTree.fromstring(xml)
    for element in root.iter():
        if "time" in element.attrib:
            element.set("time", f"{float(element.attrib['time']):.6f}")
    plain: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return plain


def _suite(result: GateResult, role: str, installed: Installed, form: _Form) -> TestSuite:
    suite = TestSuite(one_line(f"{role}: {installed.toolchain.text}"))
    suite.timestamp = result.started.isoformat(timespec="seconds")
    for name, value in (
        ("toolchain", installed.toolchain.text),
        ("release", f"{installed.engine} {installed.release}"),
        ("digest", installed.digest),
        ("sandbox", result.sandbox),
        *(("warning", weakness) for weakness in result.weaknesses),
        ("interrupted", str(result.interrupted).lower()),
        ("verdict", result.headline()),
    ):
        suite.add_property(name, one_line(value))
    suite.extend(_case(result, decided, role, form) for decided in result.decided)
    suite.update_statistics()
    return suite


def _case(result: GateResult, decided: Decided, role: str, form: _Form) -> TestCase:
    comparison = decided.comparison
    side = comparison.pre if role == "pre" else comparison.post
    family, _, behaviour = side.case.name.partition("/")
    run = side.plain or side.traced
    group = f"{role} {family}" if form.flat else family
    located = _Located(one_line(behaviour or family), one_line(group), run.seconds if run else 0.0)
    if form.flat:
        located.file = one_line(case_path(result, comparison).as_posix())
    case: TestCase = located
    ending = _ending(result, decided, side, role)
    if ending is not None:
        if form.story is not None and ending.text:
            ending.text = excerpt(ending.text, form.story)
        case.append(ending)
    if run is not None and ending is not None and form.output:
        if run.stdout:
            case.system_out = excerpt(run.stdout, form.output)
        if run.stderr:
            case.system_err = excerpt(run.stderr, form.output)
    return case


def _ending(result: GateResult, decided: Decided, side: Judged, role: str) -> FinalResult | None:
    """What JUnit says of one side: None if it passed."""
    if isinstance(side.outcome, NotApplicable):
        return Skipped(words.detail(side.outcome), "not applicable")
    if isinstance(side.outcome, Inconclusive):
        kind = Error if decided.decision is Decision.MACHINERY else Skipped
        return _with_text(kind(words.detail(side.outcome), "machinery"), visible(side.outcome.detail))
    if decided.decision is Decision.FAIL and _blamed(decided, side, role):
        message, cause = _complaint(decided, side)
        return _with_text(Failure(message, cause), _story(result, decided, side, message))
    if words.excused(side) and side.known is not None:
        return Skipped(one_line(f"known fault: {side.known.reason} ({side.known.issue})"), "xfail")
    if words.fails(side.outcome) or side.unexpected_pass:
        message, cause = _complaint(decided, side)
        return Skipped(f"{message} ({_excuse(decided)})", cause)
    return None


def _excuse(decided: Decided) -> str:
    """Why a side that fails is not shown as a failure."""
    match decided.decision:
        case Decision.MACHINERY:
            return "the other side is unknown"
        case Decision.ACCEPTED:
            return evidence.acceptance(decided)
        case Decision.ALLOWED | Decision.EXPLAINED | Decision.PASS | Decision.FAIL:
            return "allowed by the policy"


def _blamed(decided: Decided, side: Judged, role: str) -> bool:
    """Whether a failing comparison is shown at this side: where something failed, else at post."""
    comparison = decided.comparison
    if words.fails(side.outcome) or side.unexpected_pass:
        return True
    other = comparison.post if role == "pre" else comparison.pre
    return role == "post" and not (words.fails(other.outcome) or other.unexpected_pass)


def _complaint(decided: Decided, side: Judged) -> tuple[str, str]:
    """The message of a failure and its type."""
    if side.unexpected_pass and side.known is not None:
        message = f"{UNEXPECTED}: {ADVICE} ({side.known.reason})"
        return one_line(message), UNEXPECTED
    match side.outcome:
        case Diverges(divergence):
            return (
                one_line(f"{divergence.rule.name}: {got(side)}; owed: {divergence.owed}"),
                one_line(divergence.rule.name),
            )
        case outcome if words.fails(outcome):
            kind = words.kind(outcome)
            return f"{kind}: {words.detail(outcome)}", kind
        case _:
            verdict = decided.comparison.verdict.value
            return f"{verdict}: both sides are lawful, and the policy does not allow this verdict", verdict


def _story(result: GateResult, decided: Decided, side: Judged, message: str) -> str:
    lines = [message, "", f"verdict:    {decided.word}"]
    match side.outcome:
        case Diverges(divergence):
            lines += [
                f"rule:       {divergence.rule.name}: {divergence.rule.statement}",
                f"source:     {divergence.rule.source}",
                *([f"event:      {divergence.index + 1}"] if divergence.rule in rules.ALL else []),
                f"got:        {got(side)}",
                f"owed:       {divergence.owed}",
            ]
        case BuildFailed(text):
            lines += ["compiler:", *text.splitlines()]
        case _:
            pass
    if side.known is not None:
        lines.append(f"known:      {side.known.reason} ({side.known.issue})")
    lines += [f"reproduce:  {deferdiff_run(result, decided.comparison)}", ""]
    return visible("\n".join(lines))


def _with_text(ending: FinalResult, text: str) -> FinalResult:
    ending.text = text
    return ending
