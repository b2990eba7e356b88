from __future__ import annotations

import re

from harness.report import explain_text
from oracle.explain import explain
from oracle.profile import PRE_CL
from oracle.snapshot import State
from tests.conftest import Golden
from tests.harness.report import runs


def test_golden(golden: Golden) -> None:
    golden("explain.txt", explain_text.render("pending.yaml", [runs.one()]))


def test_golden_of_everything(golden: Golden) -> None:
    golden("explain-rich.txt", explain_text.render("rich.yaml", [runs.rich()]))


def test_golden_of_both(golden: Golden) -> None:
    golden("explain-both.txt", explain_text.render("pending.yaml", runs.both()))


def test_plus_and_minus_lead_from_state_to_state() -> None:
    """` ` and `-` are the state before, ` ` and `+` the one behind."""
    run = runs.rich()
    before: list[str] = []
    for moment in run.moments:
        after = explain_text.state_lines(run.code, moment.after)
        shown = explain_text.changes(before, after)
        assert [line[2:] for line in shown if line[0] in " -"] == before
        assert [line[2:] for line in shown if line[0] in " +"] == after
        assert {line[:2] for line in shown} <= {"  ", "- ", "+ "}
        before = after
    assert explain_text.state_lines(run.code, State()) == []


def test_a_state_that_did_not_change_is_not_shown_again() -> None:
    text = explain_text.render("x", [runs.one()])
    assert "f3 prints boom.\n" in text
    told = text.partition("f3 prints boom.\n")[2].splitlines()
    assert told[1].strip() == "(the state is as before)"


def test_every_moment_has_its_number_and_its_rule() -> None:
    run = runs.rich()
    text = explain_text.render("x", [run])
    numbers = [int(n) for n in re.findall(r"^ {0,3}(\d+)  \S* ", text, re.MULTILINE) if int(n)]
    assert numbers[-1] == len(run.moments)
    assert len(re.findall(r"^ +by \S+, \S+$", text, re.MULTILINE)) == len(run.moments)


def test_the_conclusion_is_last() -> None:
    lawful = explain_text.render("x", [runs.one()])
    assert lawful.endswith("\npost-cl-515856: the language's rules give the same events and the same end.\n")
    assert explain_text.render("x", [runs.parted()]).endswith(
        "\npost-cl-515856: NOT what the language's rules give, from moment 10 on: owed was: recover in f3 gives nil,"
        " by recover-gives-nil (https://go.dev/ref/spec#Handling_panics).\n"
    )


def test_the_head_says_what_ran() -> None:
    head = explain_text.render("x.yaml", [explain(runs.PENDING, PRE_CL, moves=True)]).splitlines()[0]
    assert re.fullmatch(r"x\.yaml on pre-cl-515856 \(\d+ moments, the stack copied between any two steps\)", head)


def test_no_line_ends_in_space() -> None:
    for line in explain_text.render("x", [runs.rich()]).splitlines():
        assert line == line.rstrip()
