"""SARIF 2.1.0: what code scanning and editors read. A result's two traces are thread flows of one code flow.

What a header explains or a person has accepted is in it as suppressed, with the reason; what machinery failed is no
result but a notification of the run. GitHub reads at most `_RESULTS` results of a file, the rest is counted in a
notification.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC
from typing import Any, assert_never
from urllib.parse import quote

from harness.policy import Decision, Status
from harness.report import evidence
from harness.report.finding import Finding, findings, language_source, rules_of
from harness.report.lanes import Lanes, Row
from harness.report.result import Decided, GateResult, label
from harness.report.text import one_line
from harness.report.words import Narrator
from oracle.rules import Rule

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ABOUT = "https://go.dev/cl/515856"
_RESULTS = 5_000

_LINK = re.compile(r"\[(?=[^\]]*\]\()")
"""Where a viewer would see a link in a message."""

Json = dict[str, Any]


def render(result: GateResult) -> str:
    """The whole file."""
    return json.dumps(document(result), indent=1, ensure_ascii=True) + "\n"


def document(result: GateResult) -> Json:
    """The file as plain data."""
    known = [f for f in findings(result) if f.decided.decision is not Decision.MACHINERY]
    shown = known[:_RESULTS]
    rules = rules_of(shown)
    number = {rule.name: index for index, rule in enumerate(rules)}
    driver = {
        "name": "deferdiff",
        "semanticVersion": result.version,
        "informationUri": _ABOUT,
        "rules": [_rule(rule) for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(result, len(known) - len(shown))],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The directory in which the gate ran."}}},
        "results": [_result(result, finding, number[finding.check]) for finding in shown],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> Json:
    found: Json = {
        "id": one_line(rule.name),
        "shortDescription": {"text": rule.statement},
        "fullDescription": {"text": f"{rule.statement} ({rule.source})"},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["defer", "panic", "recover"]},
    }
    if source := language_source(rule):
        found["helpUri"] = source
    return found


def _invocation(result: GateResult, left_out: int) -> Json:
    return {
        "executionSuccessful": result.status in (Status.AGREE, Status.DIFFERENCE),
        "exitCode": int(result.status),
        "startTimeUtc": result.started.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "toolExecutionNotifications": list(_notifications(result, left_out)),
    }


def _notifications(result: GateResult, left_out: int) -> Iterator[Json]:
    yield _notification("note", result.headline())
    yield from (_notification("warning", weakness) for weakness in result.weaknesses)
    if left_out:
        yield _notification("warning", f"{left_out} more results are not in this file, which may have {_RESULTS}")
    for finding in findings(result):
        if finding.decided.decision is Decision.MACHINERY:
            name = one_line(finding.decided.comparison.case.name)
            yield _notification("error", f"{name}: {finding.message}") | {"locations": [_location(finding)]}


def _notification(level: str, text: str) -> Json:
    return {"level": level, "message": _message(one_line(text))}


def _message(text: str) -> Json:
    """`text` with nothing in it that is a link to a viewer."""
    return {"text": _LINK.sub(r"\\[", text)}


def _result(result: GateResult, finding: Finding, rule: int) -> Json:
    comparison = finding.decided.comparison
    found: Json = {
        "ruleId": finding.check,
        "ruleIndex": rule,
        "level": _level(finding.decided.decision),
        "message": _message(f"{finding.title}: {finding.message}\n\nReproduce: {finding.reproduce}"),
        "locations": [_location(finding)],
        "partialFingerprints": {"deferdiff/v1": finding.fingerprint},
        "properties": {
            "verdict": comparison.verdict.value,
            "decision": finding.decided.decision.value,
            "pre": evidence.outcome(comparison.pre),
            "post": evidence.outcome(comparison.post),
        },
    }
    if lanes := evidence.lanes(comparison):
        found["codeFlows"] = [_code_flow(result, finding, lanes)]
    if (reason := _excused(finding.decided)) is not None:
        found["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
    return found


def _excused(decided: Decided) -> str | None:
    """Why somebody has excused it, None if nobody has."""
    match decided.decision:
        case Decision.EXPLAINED:
            return evidence.reason(decided.comparison)
        case Decision.ACCEPTED:
            return evidence.acceptance(decided)
        case _:
            return None


def _level(decision: Decision) -> str:
    match decision:
        case Decision.FAIL:
            return "error"
        case Decision.MACHINERY | Decision.ALLOWED:
            return "warning"
        case Decision.EXPLAINED | Decision.ACCEPTED | Decision.PASS:
            return "note"
        case _:
            assert_never(decision)


def _code_flow(result: GateResult, finding: Finding, lanes: Lanes) -> Json:
    flows = []
    for role, side in (("pre", result.pre), ("post", result.post)):
        locations = list(_thread_flow(finding, role, lanes))
        if locations:
            message = _message(one_line(label(role, side)))
            flows.append({"id": role, "message": message, "locations": locations})
    return {"message": {"text": "Both traces around the first divergence."}, "threadFlows": flows}


def _thread_flow(finding: Finding, role: str, lanes: Lanes) -> Iterator[Json]:
    comparison = finding.decided.comparison
    trace = comparison.pre.trace if role == "pre" else comparison.post.trace
    if trace is None:
        return
    narrator = Narrator(trace)
    for order, row in enumerate(lanes.rows):
        step = row.pre if role == "pre" else row.post
        if step is not None:
            where = _location(finding, narrator.line(step.number - 1)) | {"message": _message(step.words)}
            yield {
                "executionOrder": order,
                "location": where,
                "importance": _importance(row, broken=step.broken),
            }


def _importance(row: Row, *, broken: bool) -> str:
    if broken:
        return "essential"
    return "unimportant" if row.same else "important"


def _location(finding: Finding, line: int = 0) -> Json:
    """A line of the case's file: the finding's own, if none is given."""
    if finding.path.is_absolute():
        artifact = {"uri": "file://" + quote(bytes(finding.path))}
    else:
        artifact = {"uri": quote(bytes(finding.path)), "uriBaseId": "%SRCROOT%"}
    return {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": line or finding.line}}}
