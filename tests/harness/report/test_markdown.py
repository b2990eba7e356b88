from __future__ import annotations

import re

import pytest

from harness.report import markdown
from harness.report.result import GateResult
from tests.conftest import Golden
from tests.harness.report import sample

FENCED = re.compile(r"^(`{3,})[a-z]*\n.*?\n\1$", re.MULTILINE | re.DOTALL)


def outside_fences(text: str) -> str:
    return FENCED.sub("", text)


def test_golden(golden: Golden) -> None:
    golden("mixed.report.md", markdown.render(sample.mixed()))


@pytest.mark.parametrize(
    ("result", "first"),
    [
        (sample.result(), "## ⚠️ UNKNOWN: nothing was compared"),
        (sample.result(sample.same()), "## ✅ PASS: 1 case agrees"),
        (sample.result(sample.same(), planned=7, interrupted=True), "## ⚠️ UNKNOWN: interrupted after 1 of 7 cases"),
        (sample.result(sample.regressed()), "## ❌ FAIL: 1 of 1 case fails the gate"),
        (
            sample.result(sample.same(), sample.fixed_as_foreseen()),
            "## ✅ PASS: 1 of 2 cases agrees, 1 explained by its header",
        ),
    ],
)
def test_the_verdict_comes_first(result: GateResult, first: str) -> None:
    assert markdown.render(result).splitlines()[0] == first


@pytest.mark.timeout(120)
def test_ten_thousand_differences_fit_a_comment_and_what_is_left_out_is_counted() -> None:
    number = 10_000
    text = markdown.render(sample.result(*(sample.regressed(f"order/case-{n}") for n in range(number))))
    assert len(text.encode()) <= markdown.LIMIT
    assert len(text.encode()) > markdown.LIMIT * 0.9
    rows, details = text.count("\n| <code>"), text.count("<details>")
    assert rows > 20
    assert details > 5
    assert f"{number - rows} rows of the table and the details of {number - details} cases" in text
    assert text.count("<details>") == text.count("</details>")


def test_long_words_of_a_program_are_cut() -> None:
    result = sample.result(*(sample.hostile() for _ in range(50)))
    assert len(markdown.render(result).encode()) <= markdown.LIMIT


def test_program_made_text_makes_no_markup() -> None:
    text = markdown.render(sample.result(sample.hostile()))
    bare = outside_fences(text)
    assert "<script" not in bare
    assert "```" not in bare
    assert "@golang" not in bare
    assert "@everyone" not in bare
    assert "[red]" not in bare
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert bare.count("<details>") == bare.count("</details>") == 1
    assert set(re.findall(r"</?([a-z]+)>", bare)) == {"code", "details", "summary"}
    rows = [line for line in bare.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {7}


def test_mentions_and_references_in_prose_are_broken_up() -> None:
    assert markdown.prose("ask @golang/team, see #12") == "ask &#64;\u200bgolang/team, see &#35;\u200b12"


def test_a_fence_is_longer_than_any_in_the_text() -> None:
    assert markdown.block("a\n`````\nb") == "``````\na\n`````\nb\n``````\n"


@pytest.mark.parametrize("text", ["javascript:alert(1)", "https://x.y/) [a](b", "https://x.y/<b>", "see section 4"])
def test_only_plain_addresses_become_links(text: str) -> None:
    assert markdown.link(text).startswith("<code>")


def test_weaknesses_are_loud() -> None:
    text = markdown.render(sample.mixed())
    assert text.index("> [!WARNING]") < text.index("| case |")
    for weakness in sample.WEAK:
        assert markdown.prose(weakness) in text


def test_a_known_fault_is_a_bullet_of_its_own() -> None:
    lines = markdown.render(sample.result(sample.fixed_as_foreseen())).splitlines()
    owed = next(n for n, line in enumerate(lines) if line.startswith("  - owed: "))
    assert lines[owed].endswith("</code>")
    assert lines[owed + 1].startswith("  - known: deferred calls are lost")


def test_a_rule_on_the_whole_output_names_no_event() -> None:
    text = markdown.render(sample.result(sample.other_output()))
    assert "  - got: <code>plain run&#58; standard output is empty</code>\n  - owed: <code>line 1" in text
    assert "event" not in text.split("<details>")[1].partition("```")[0]
