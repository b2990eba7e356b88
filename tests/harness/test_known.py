"""Known differences: what an entry explains and what not, and the one line that a bad list is refused with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.errors import BadKnown
from harness.known import FILE, Known, Need, find, load, load_if_there, mendable, needs
from tests.oracle.programs import program

SHIPPED = Path(__file__).resolve().parents[2] / FILE

ENTRY = """\
differences:
  - rule: deferred-call-lost
    needs: [goexit, recover]
    on: "gc <1.22"
    reason: x
    issue: unreported
    source: https://go.dev/x
"""
BOTH = frozenset((Need.GOEXIT, Need.RECOVER))


def entry(**instead: Any) -> Known:
    plain = {
        "rule": "deferred-call-lost",
        "needs": ["goexit", "recover"],
        "on": "gc <1.22",
        "reason": "x",
        "issue": "unreported",
        "source": "https://go.dev/x",
    }
    return Known.model_validate({**plain, **instead})


@pytest.mark.parametrize(
    ("engine", "release", "rule", "died", "programs", "explained"),
    [
        ("gc", "1.21.13", "deferred-call-lost", "", [BOTH], True),
        ("gc", "1.21.13", "deferred-call-lost", "", [BOTH, BOTH | {Need.LOOP}], True),
        ("gc", "1.22.0", "deferred-call-lost", "", [BOTH], False),
        ("gccgo", "12", "deferred-call-lost", "", [BOTH], False),
        ("gc", "1.21.13", "control-flow", "", [BOTH], False),
        ("gc", "1.21.13", "deferred-call-lost", "fatal error: x", [BOTH], False),
        ("gc", "1.21.13", "deferred-call-lost", "", [frozenset((Need.GOEXIT,))], False),
        ("gc", "1.21.13", "deferred-call-lost", "", [BOTH, frozenset((Need.GOEXIT,))], False),
        ("gc", "1.21.13", "deferred-call-lost", "", [], False),
    ],
)
def test_what_an_entry_explains(
    engine: str, release: str, rule: str, died: str, programs: list[frozenset[Need]], explained: bool
) -> None:
    one = entry()
    assert find([entry(rule="process-end"), one], engine, release, rule, died, programs) == (
        one if explained else None
    )


def test_a_death_is_a_pattern() -> None:
    one = entry(died="bad recovery|not in")
    for died, explained in (("fatal error: bad recovery", True), ("fatal error: other", False), ("", False)):
        assert one.explains("gc", "1.21.13", "deferred-call-lost", died, [BOTH]) is explained


def test_what_a_program_has() -> None:
    of = program(
        main=[{"go": "f1"}, {"defer": "f1", "as": "method"}, {"fault": "nil"}],
        f1={
            "frame": "linked",
            "large": True,
            "body": ["recover", {"defer": "f2", "times": 2, "loop": True}, {"defer": "nil"}, {"panic": "p"}],
        },
        f2=["grow", "collect", {"set": 1}, "goexit"],
    )
    expected = {
        *(Need.GOROUTINE, Need.METHOD, Need.FAULT, Need.LINKED, Need.LARGE, Need.RECOVER, Need.LOOP, Need.NIL),
        *(Need.PANIC, Need.GROW, Need.COLLECT, Need.GOEXIT),
    }
    assert needs(of) == expected
    assert needs(of, ranging=True) == expected | {Need.RANGE_OVER_FUNC}
    assert needs(program(main=[{"call": "f1"}], f1=[]), ranging=True) == frozenset()
    assert needs(program(main=[{"defer": "f1"}], f1=[{"set-outer": 1}])) == {Need.OUTER}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("deferred-call-lost", "lost", "known.yaml:2: differences.0.rule.0: no such rule; there are "),
        ("goexit", "nothing", "no program has that; there are nil function value, goexit"),
        ("gc <1.22", "go <1.22", "known.yaml:4: differences.0.on: "),
        ("reason: x", "died: '('", "no regular expression"),
        ("unreported", "http://x", "known.yaml:6: differences.0.issue must"),
        ("    reason: x\n", "", "reason"),
        ("rule:", "rules:", "rules"),
        ("differences:", "- differences", "known.yaml:"),
    ],
)
def test_a_bad_list_is_refused_with_one_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    file = tmp_path / "known.yaml"
    assert old in ENTRY
    file.write_text(ENTRY.replace(old, new, 1))
    with pytest.raises(BadKnown) as told:
        load(file)
    assert says in str(told.value)
    assert "\n" not in str(told.value)


def test_a_list_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadKnown, match="cannot be read: No such file"):
        load(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadKnown, match="not UTF-8"):
        load(tmp_path / "bytes.yaml")
    assert load_if_there(tmp_path / "none.yaml") == ()


def test_a_patch_is_named_from_the_lists_directory(tmp_path: Path) -> None:
    file = tmp_path / "known.yaml"
    file.write_text(ENTRY + "    mend: it.patch\n")
    with pytest.raises(BadKnown, match=r"mend: it\.patch: no such file beside the list"):
        load(file)
    (tmp_path / "it.patch").touch()
    [one] = load(file)
    assert one.mend == tmp_path / "it.patch"
    listed = [entry(), one]
    assert list(mendable(listed, "gc", "1.21.13")) == [one]
    assert list(mendable(listed, "gc", "1.22.0")) == []


def test_the_shipped_list() -> None:
    listed = load(SHIPPED)
    found = find(
        listed, "gc", "1.27.3", "process-end", "fatal error: bad recovery", [frozenset((Need.NIL, Need.GOEXIT))]
    )
    assert found is listed[0]
    assert find(listed, "gc", "1.22.10", "deferred-call-lost", "", [BOTH | {Need.PANIC}]) is None
