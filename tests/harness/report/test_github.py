from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from harness.policy import Policy
from harness.report import github, markdown
from harness.report.result import GateResult
from tests.harness.report import sample

COMMAND = re.compile(r"::(error|warning|notice) ((?:[a-z]+=[^,:\n]*,?)+)::([^\n]+)\n")


def parsed(result: GateResult) -> list[tuple[str, dict[str, str], str]]:
    """As the runner reads them: level, properties, message."""
    found = []
    for line in github.commands(result).splitlines(keepends=True):
        command = COMMAND.fullmatch(line)
        assert command is not None, line
        properties = dict(pair.split("=", 1) for pair in command[2].split(","))
        found.append((command[1], {k: unescaped(v) for k, v in properties.items()}, unescaped(command[3])))
    return found


def unescaped(text: str) -> str:
    for code, sign in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, sign)
    return text


def test_what_fails_is_an_error_at_its_line() -> None:
    verdict, found = parsed(sample.result(sample.regressed()))
    assert verdict == ("error", {"title": "deferdiff gate"}, "FAIL: 1 of 1 case fails the gate")
    level, properties, message = found
    assert level == "error"
    assert properties == {
        "file": "cases/open-coded/recover-with-two-pending.go",
        "line": "14",
        "title": "regressed: open-coded/recover-with-two-pending",
    }
    first, second = message.split("\n")
    assert first.startswith("deferred-call-lost: deferred call f.func1 begins")
    assert second.startswith("reproduce: deferdiff run cases/open-coded/")


def test_each_decision_has_its_level() -> None:
    lenient = Policy(changed="allow")
    result = sample.result(
        sample.changed(), sample.fixed_as_foreseen(), sample.inconclusive(), sample.same(), policy=lenient
    )
    titles = {properties["title"].partition(":")[0]: level for level, properties, _ in parsed(result)}
    assert titles == {
        "deferdiff gate": "warning",
        "changed": "notice",
        "fixed": "notice",
        "inconclusive": "warning",
    }


@pytest.mark.parametrize(("number", "shown", "more"), [(9, 9, 0), (10, 8, 2), (40, 8, 32)])
def test_more_than_github_shows_are_counted(number: int, shown: int, more: int) -> None:
    found = parsed(sample.result(*(sample.regressed(f"order/case-{n}") for n in range(number))))
    assert len(found) == min(number + 1, github.PER_LEVEL)
    assert sum("file" in properties for _, properties, _ in found) == shown
    assert more == 0 or found[-1][2].startswith(f"{more} more of this level")


def test_no_program_gives_commands_to_the_runner() -> None:
    evil = "x%0A::set-output name=a::b\r\n::stop-commands::token\n%25, a:b"
    comparison = sample.crashed(evil)
    comparison = replace(comparison, case=replace(comparison.case, path=Path(f"cases/{evil}.go")))
    [_, (level, properties, message)] = parsed(sample.result(comparison))
    assert level == "error"
    assert properties["title"].startswith("regressed: x%0A::set-output name=a::b\\x0d\\n::stop-commands")
    assert properties["file"].startswith("cases/x%0A::set-output name=a::b\\x0d\n::stop-commands")
    assert message.count("\n") == 1
    assert all(line.startswith("::error ") for line in github.commands(sample.result(sample.hostile())).splitlines())


def test_a_summary_keeps_to_its_limit_and_says_more_than_a_comment() -> None:
    result = sample.result(*(sample.regressed(f"order/case-{n}") for n in range(60)))
    text = github.summary(result)
    assert text.count("<details>") == 60 > markdown.render(result).count("<details>") > 0
    assert len(text.encode()) <= github.SUMMARY_LIMIT


def test_a_summary_that_is_too_long_says_what_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github, "SUMMARY_LIMIT", 80_000)
    text = github.summary(sample.result(*(sample.regressed(f"order/case-{n}") for n in range(60))))
    assert len(text.encode()) <= 80_000
    assert "Left out for length: " in text
