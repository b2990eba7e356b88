"""JSON: everything a program would want to know of a gate, in the form that `schema.json` beside this file describes.

`format` goes up when a key changes its meaning or goes away; new keys may come at any time.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from importlib import resources
from typing import Any

from harness.acceptance import Acceptance
from harness.judge import describe
from harness.model import Comparison, Diverges, Installed, Judged, Run
from harness.policy import Decision
from harness.report import words
from harness.report.reproduce import deferdiff_run
from harness.report.result import NEITHER, Decided, GateResult, word
from harness.report.text import visible
from oracle.canonical import canonical

FORMAT = 1
_OUTPUT = 64 << 10
"""How much of a stream goes into the file, in bytes; the rest is counted, and is whole under rerun/."""

Json = dict[str, Any]


def render(result: GateResult) -> str:
    """The whole file."""
    return json.dumps(document(result), indent=1, ensure_ascii=True) + "\n"


def schema() -> Json:
    """The JSON schema of `document`."""
    text = resources.files(__package__).joinpath("schema.json").read_text(encoding="utf-8")
    loaded: Json = json.loads(text)
    return loaded


def document(result: GateResult) -> Json:
    """The file as plain data."""
    return {
        "format": FORMAT,
        "tool": {"name": "deferdiff", "version": result.version},
        "verdict": {"word": word(result.status), "status": int(result.status), "text": result.headline()},
        "started": result.started.isoformat(timespec="seconds"),
        "seconds": round(result.seconds, 3),
        "interrupted": result.interrupted,
        "planned": result.planned,
        "compared": result.compared,
        "cached": result.cached,
        "sandbox": {"kind": result.sandbox, "weaknesses": list(result.weaknesses)},
        "toolchains": {"pre": _toolchain(result.pre), "post": _toolchain(result.post)},
        "policy": result.policy.model_dump(),
        "verdicts": {verdict.value: number for verdict, number in result.verdicts().items()},
        "decisions": _decisions(result),
        "acceptances": {"unmatched": [_acceptance(one) for one in result.unmatched], "elsewhere": result.elsewhere},
        "cases": [_case(result, decided) for decided in result.decided],
    }


def _toolchain(installed: Installed) -> Json:
    return {
        "name": installed.toolchain.name,
        "text": installed.toolchain.text,
        "engine": installed.engine,
        "release": installed.release,
        "digest": installed.digest,
        "replaced": sorted(installed.overlay),
    }


def _case(result: GateResult, decided: Decided) -> Json:
    comparison = decided.comparison
    plain = decided.decision is Decision.PASS
    found: Json = {
        "name": comparison.case.name,
        "path": str(comparison.case.path),
        "title": comparison.case.title,
        "tags": list(comparison.case.tags),
        "verdict": comparison.verdict.value,
        "explained": comparison.explained,
        "decision": decided.standing,
        "pre": _side(comparison.pre, brief=plain),
        "post": _side(comparison.post, brief=plain),
    }
    if decided.acceptance is not None:
        found["acceptance"] = _acceptance(decided.acceptance)
    if not plain:
        found["owes"] = comparison.case.owes.strip()
        found["sources"] = list(comparison.case.sources)
        found["differs"] = _lawful(comparison)
        found["reproduce"] = deferdiff_run(result, comparison)
    return found


def _acceptance(one: Acceptance) -> Json:
    return {
        "case": one.difference.case,
        "verdict": one.difference.verdict.value,
        "reason": one.reason,
        "owner": one.owner,
        "expires": one.expires.isoformat(),
    }


def _decisions(result: GateResult) -> Json:
    counted = Counter(decided.standing for decided in result.decided)
    return {name: counted[name] for name in (*(decision.value for decision in Decision), NEITHER)}


def _lawful(comparison: Comparison) -> list[Json]:
    return [{"on": entry.on, "because": entry.because} for entry in comparison.case.differs]


def _side(side: Judged, *, brief: bool) -> Json:
    found: Json = {"outcome": words.kind(side.outcome), "detail": words.detail(side.outcome)}
    if isinstance(side.outcome, Diverges):
        divergence = side.outcome.divergence
        found["divergence"] = {
            "rule": divergence.rule.name,
            "statement": divergence.rule.statement,
            "source": divergence.rule.source,
            "event": divergence.index + 1,
            "got": visible(divergence.got),
            "owed": visible(divergence.owed),
        }
    if side.known is not None:
        known = side.known
        found["known"] = {"on": known.on, "reason": known.reason, "issue": known.issue}
        found["unexpected_pass"] = side.unexpected_pass
    if side.trace is not None:
        histories = canonical(side.trace.events, side.trace.functions)
        found["events"] = sum(len(history) * goroutines for history, goroutines in histories.items())
    if not brief:
        for name, run in (("plain", side.plain), ("traced", side.traced)):
            if run is not None:
                found[name] = _run(run)
    return found


def _run(run: Run) -> Json:
    return {
        "ending": describe(run.ending),
        "seconds": round(run.seconds, 6),
        "stdout": _stream(run.stdout),
        "stderr": _stream(run.stderr),
    }


def _stream(data: bytes) -> Json:
    """Text as it was written where it is text, else base64."""
    kept = data[:_OUTPUT]
    found: Json = {"bytes": len(data), "kept": len(kept)}
    try:
        found["text"] = kept.decode("utf-8")
    except UnicodeDecodeError:
        found["base64"] = base64.b64encode(kept).decode("ascii")
    return found
