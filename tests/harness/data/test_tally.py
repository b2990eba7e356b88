"""Buckets: what breaks one rule when it is reduced is one bucket, and the smallest programs are kept."""

from __future__ import annotations

from harness.data.tally import EXAMPLES, Bucket, Example, Reduced, Tally
from harness.data.verdict import Broken
from harness.model import Toolchain
from oracle import rules
from oracle.rules import Rule
from tests.oracle.programs import program

SMALL = program(main=["recover"])
LARGE = program(main=["recover", "goexit"])


def broken(rule: Rule) -> Broken:
    return Broken(rule, "", 0, "this", "that")


def test_buckets_of_one_rule_are_joined() -> None:
    tally = Tally(Toolchain("t", "t", "t"))
    for name, rule, found in (
        ("process-end", rules.DEFERRED_CALL_LOST, LARGE),
        ("uncaught-panic", rules.DEFERRED_CALL_LOST, SMALL),
        ("control-flow", rules.CONTROL_FLOW, SMALL),
    ):
        bucket = tally.buckets[name] = Bucket(name, broken(rules.PROCESS_END), count=2, alike=1)
        bucket.keep(Reduced(found, broken(rule), 1))
    tally.buckets["twice"] = Bucket("twice", broken(rules.DEFERRED_CALL_TWICE), count=5)
    tally.join_alike()
    assert {name: (b.count, b.alike) for name, b in tally.buckets.items()} == {
        "deferred-call-lost": (4, 2),
        "control-flow": (2, 1),
        "twice": (5, 0),
    }
    lost = tally.buckets["deferred-call-lost"]
    assert [r.program for r in lost.reduced] == [SMALL, LARGE]
    assert lost.first.rule is rules.DEFERRED_CALL_LOST
    assert tally.differing == 11


def test_a_smallest_program_is_kept_once() -> None:
    bucket = Bucket("x", broken(rules.PROCESS_END))
    for _ in range(3):
        bucket.keep(Reduced(SMALL, broken(rules.PROCESS_END), 1))
    assert [(r.program, r.examples) for r in bucket.reduced] == [(SMALL, 3)]


def test_of_many_examples_the_smallest_are_remembered() -> None:
    bucket = Bucket("x", broken(rules.PROCESS_END))
    for number in range(10 * EXAMPLES):
        bucket.add(Example(number, 0, 1 + (number * 7) % (10 * EXAMPLES)))
    assert bucket.count == 10 * EXAMPLES
    assert len(bucket.examples) <= 2 * EXAMPLES
    assert [example.words for example in bucket.smallest(3)] == [1, 2, 3]
