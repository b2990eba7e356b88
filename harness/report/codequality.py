"""GitLab's code-quality report: what `codequality.schema.json` beside this file describes.

What a case's header explains, or a person has accepted, is left out, since it asks for nothing to be done.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, assert_never

from harness.model import Verdict
from harness.policy import Decision
from harness.report.finding import Finding, finding, is_shown
from harness.report.result import Decided, GateResult
from harness.report.text import one_line

Json = dict[str, Any]


def render(result: GateResult) -> str:
    """The whole file."""
    issues = [_issue(finding(result, decided)) for decided in result.notable() if is_shown(decided)]
    return json.dumps(issues, indent=1, ensure_ascii=True) + "\n"


def schema() -> Json:
    """The JSON schema of the file."""
    text = resources.files(__package__).joinpath("codequality.schema.json").read_text(encoding="utf-8")
    loaded: Json = json.loads(text)
    return loaded


def _issue(found: Finding) -> Json:
    return {
        "description": f"{found.title}: {found.message}",
        "check_name": found.check,
        "fingerprint": found.fingerprint,
        "severity": _severity(found.decided),
        "location": {"path": one_line(found.path.as_posix()), "lines": {"begin": found.line}},
    }


def _severity(decided: Decided) -> str:
    match decided.decision:
        case Decision.FAIL:
            return "critical" if decided.comparison.verdict is Verdict.REGRESSED else "major"
        case Decision.MACHINERY:
            return "minor"
        case Decision.ALLOWED | Decision.EXPLAINED | Decision.ACCEPTED | Decision.PASS:
            return "info"
        case _:
            assert_never(decided.decision)
