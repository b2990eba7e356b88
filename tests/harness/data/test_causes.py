"""Buckets by cause: one for each rule and each least set of what smallest programs have; no program is lost."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from harness.data.causes import by_cause
from harness.data.tally import Bucket, Example, Reduced
from harness.data.verdict import Broken
from harness.known import Known, Need
from oracle import rules
from oracle.program import Program
from oracle.rules import Rule
from tests.oracle.programs import program

RECOVERS = program(main=["recover"])
GOEXIT = program(main=["goexit"])
BOTH = program(main=["recover", "goexit"])
PANICS = program(main=[{"panic": "p"}])
PROGRAMS = (RECOVERS, GOEXIT, BOTH, PANICS)


def broken(rule: Rule, how: str = "") -> Broken:
    return Broken(rule, how, 0, "this", "that")


def raw(name: str, count: int, *smallest: tuple[Program, Rule], alike: int = 0) -> Bucket:
    bucket = Bucket(name, broken(rules.PROCESS_END), count, alike, [Example(count, 0, 1)], after=float(count))
    for one, rule in smallest:
        bucket.keep(Reduced(one, broken(rule), 1))
    return bucket


def nothing(_rule: str, _died: str, _programs: Sequence[frozenset[Need]]) -> Known | None:
    return None


def counts(*buckets: Bucket) -> dict[str, tuple[int, bool]]:
    return {name: (b.count, b.estimated) for name, b in by_cause(buckets, nothing).items()}


def test_what_differs_in_other_words_and_has_one_cause_is_one_bucket() -> None:
    lost = rules.DEFERRED_CALL_LOST
    found = by_cause([raw("a", 2, (GOEXIT, lost), alike=1), raw("b", 5, (GOEXIT, lost), alike=2)], nothing)
    [bucket] = found.values()
    assert (bucket.signature, bucket.count, bucket.alike) == ("deferred-call-lost (goexit)", 7, 3)
    assert (bucket.first.rule, bucket.after, len(bucket.examples)) == (lost, 2.0, 2)
    assert [(one.program, one.examples) for one in bucket.reduced] == [(GOEXIT, 2)]


def test_what_is_known_of_a_raw_bucket_is_not_told_of_two_causes() -> None:
    lost = rules.DEFERRED_CALL_LOST
    split = raw("a", 4, (GOEXIT, lost), (RECOVERS, lost), alike=3)
    found = by_cause([split, raw("b", 9, (GOEXIT, lost), alike=1)], nothing)
    goexit, recovers = (found[f"deferred-call-lost ({what})"] for what in ("goexit", "recover"))
    assert (goexit.alike, goexit.after, recovers.alike, recovers.after) == (1, 9.0, 0, None)


def test_a_program_that_has_more_is_of_the_cause_that_needs_less() -> None:
    lost = rules.DEFERRED_CALL_LOST
    assert counts(raw("a", 2, (GOEXIT, lost), (BOTH, lost))) == {"deferred-call-lost (goexit)": (2, False)}


def test_least_sets_that_differ_are_causes_that_differ() -> None:
    lost = rules.DEFERRED_CALL_LOST
    assert counts(raw("a", 9, (GOEXIT, lost), (RECOVERS, lost))) == {
        "deferred-call-lost (goexit)": (5, True),
        "deferred-call-lost (recover)": (4, True),
    }
    # Where all of a bucket were reduced, nothing is estimated.
    assert counts(raw("a", 2, (GOEXIT, lost), (RECOVERS, lost))) == {
        "deferred-call-lost (goexit)": (1, False),
        "deferred-call-lost (recover)": (1, False),
    }


def test_rules_and_deaths_that_differ_are_never_one() -> None:
    dead = raw("c", 3)
    dead.keep(Reduced(GOEXIT, broken(rules.PROCESS_END, "fatal error: x"), 1))
    found = counts(raw("a", 1, (GOEXIT, rules.DEFERRED_CALL_LOST)), raw("b", 1, (GOEXIT, rules.CONTROL_FLOW)), dead)
    assert set(found) == {
        "deferred-call-lost (goexit)",
        "control-flow (goexit)",
        "process-end: fatal error: x (goexit)",
    }


def test_a_bucket_of_which_nothing_was_reduced_stays() -> None:
    assert counts(raw("a", 3), raw("b", 1, (GOEXIT, rules.CONTROL_FLOW))) == {
        "a": (3, False),
        "control-flow (goexit)": (1, False),
    }


def test_what_is_found_out_later_does_not_come_to_stand_in_what_was_counted() -> None:
    counted = raw("a", 3)
    [bucket] = by_cause([counted], nothing).values()
    bucket.behind.append((RECOVERS, GOEXIT))
    bucket.join(raw("a", 2))
    assert (counted.count, counted.behind, len(counted.examples)) == (3, [], 1)


def test_a_known_difference_is_named() -> None:
    """Programs that are known are one bucket, whatever else they have."""
    asked = []
    entry = Known.model_validate(
        {
            "rule": "control-flow",
            "needs": "goexit",
            "on": "gc <1.22",
            "reason": "x",
            "issue": "unreported",
            "source": "https://go.dev/x",
        }
    )

    def explain(rule: str, died: str, programs: Sequence[frozenset[Need]]) -> Known | None:
        asked.append((rule, died, sorted(sorted(need.value for need in one) for one in programs)))
        return entry if rule == "control-flow" and Need.PANIC not in programs[0] else None

    found = by_cause(
        [
            raw("a", 1, (GOEXIT, rules.DEFERRED_CALL_LOST)),
            raw("b", 2, (GOEXIT, rules.CONTROL_FLOW), (BOTH, rules.CONTROL_FLOW)),
            raw("c", 1, (PANICS, rules.CONTROL_FLOW)),
        ],
        explain,
    )
    assert {name: bucket.known for name, bucket in found.items()} == {
        "deferred-call-lost (goexit)": None,
        "control-flow (goexit)": entry,
        "control-flow (panic)": None,
    }
    assert sorted(asked) == [
        ("control-flow", "", [["goexit"]]),
        ("control-flow", "", [["goexit", "recover"]]),
        ("control-flow", "", [["panic"]]),
        ("deferred-call-lost", "", [["goexit"]]),
    ]


raws = st.lists(
    st.tuples(
        st.integers(1, 1000),
        st.lists(
            st.tuples(st.sampled_from(PROGRAMS), st.sampled_from((rules.CONTROL_FLOW, rules.DEFERRED_CALL_LOST))),
            max_size=6,
        ),
    ),
    max_size=5,
)


@given(raws)
def test_all_programs_are_in_one_bucket(drawn: list[tuple[int, list[tuple[Program, Rule]]]]) -> None:
    buckets = [
        raw(f"raw {number}", count + len(smallest), *smallest) for number, (count, smallest) in enumerate(drawn)
    ]
    found = by_cause(buckets, nothing)
    assert sum(bucket.count for bucket in found.values()) == sum(bucket.count for bucket in buckets)
    assert sum(one.examples for bucket in found.values() for one in bucket.reduced) == sum(
        len(smallest) for _, smallest in drawn
    )
    again = by_cause(found.values(), nothing)
    assert {name: bucket.count for name, bucket in again.items()} == {
        name: bucket.count for name, bucket in found.items()
    }
