from __future__ import annotations

import io
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from rich.cells import cell_len
from rich.console import Console

from harness.model import Judged
from harness.policy import Policy
from harness.report import picture, terminal
from harness.report.reproduce import deferdiff_run
from harness.report.result import GateResult, Written
from tests.conftest import Golden
from tests.harness.report import sample


def shown(result: GateResult, width: int = 118, written: Written | None = None) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False, emoji=False, color_system=None)
    console.print(terminal.summary(result, written))
    assert isinstance(console.file, io.StringIO)
    return "".join(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines())


def test_golden(golden: Golden) -> None:
    golden("mixed.terminal.txt", shown(sample.mixed()))


@pytest.mark.parametrize(
    ("result", "verdict"),
    [
        (sample.result(sample.same()), " PASS   1 case agrees (exit status 0)"),
        (sample.result(sample.regressed()), " FAIL   1 of 1 case fails the gate (exit status 1)"),
        (sample.result(), " UNKNOWN   nothing was compared (exit status 3)"),
        (
            sample.result(sample.same(), planned=5, interrupted=True),
            " UNKNOWN   interrupted after 1 of 5 cases (exit status 3)",
        ),
    ],
)
def test_the_verdict_is_first_and_last(result: GateResult, verdict: str) -> None:
    lines = shown(result).splitlines()
    assert lines[-1] == verdict
    assert lines[-1].startswith(lines[0])


@pytest.mark.parametrize("width", [60, 80, 118, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    for result in (sample.mixed(), sample.result(sample.hostile())):
        assert max(map(cell_len, shown(result, width).splitlines())) <= width


def test_a_clean_run_is_short() -> None:
    assert len(shown(sample.result(sample.same(), sample.same("a/b"))).splitlines()) < 10


def test_what_is_shown_is_bounded() -> None:
    text = shown(sample.result(*(sample.regressed(f"order/case-{n}") for n in range(100))))
    assert "and 60 more" in text
    assert "95 more like these are in the reports" in text
    assert len(text.splitlines()) < 300


def test_hostile_output_steers_nothing() -> None:
    text = shown(sample.result(sample.hostile()))
    assert not {c for c in text if ord(c) < 32 and c != "\n"}
    assert "\u202e" not in text
    assert "[red]markup[/red]" in text


def test_the_weak_sandbox_is_loud() -> None:
    lines = shown(sample.mixed()).splitlines()
    box = next(n for n, line in enumerate(lines) if "WEAK SANDBOX: process" in line)
    assert box < 8
    assert sample.WEAK[0] in lines[box + 1]


def test_what_is_allowed_says_so() -> None:
    assert "allowed by the policy" in shown(sample.result(sample.regressed(), policy=Policy(regressed="allow")))


def test_one_side_that_could_not_be_built_or_traced() -> None:
    comparison = sample.regressed()
    bare = replace(comparison, pre=Judged(comparison.case, "x", comparison.pre.outcome))
    assert "✗ 10" in shown(sample.result(bare))


def test_a_stream_that_takes_only_ascii_is_no_reason_to_fail() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    terminal.console(stream).print(terminal.summary(sample.mixed()))
    stream.flush()
    assert b"FAIL" in raw.getvalue()


def test_the_picture_is_the_summary_and_fetches_nothing() -> None:
    drawn = picture.render(sample.result(sample.same(), sample.regressed(), sample.hostile()))
    root = ET.fromstring(drawn)
    words = "".join(root.itertext()).replace("\xa0", " ")
    assert "2 of 3 cases fail the gate" in words
    assert "open-coded/recover-with-two-pending" in words
    assert not {"image", "script", "foreignObject"} & {element.tag.rpartition("}")[2] for element in root.iter()}
    assert "url(http" not in drawn
    assert "href" not in drawn


def test_a_story_is_plain_text_that_ends_in_a_command_to_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours are asked for, and the command is longer than a line."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    long = sample.result(sample.regressed("open-coded/" + "x" * 100))
    *lines, empty, command = terminal.story(long, long.decided[0]).splitlines()
    assert empty == ""
    assert command == f"again  {deferdiff_run(long, long.decided[0].comparison)}"
    assert len(command) > 118 >= max(map(len, lines))
    assert "rule deferred-call-lost" in lines[0]
    assert "\x1b" not in "".join(lines)
