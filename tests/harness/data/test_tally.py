"""Buckets: the smallest examples and the smallest programs are kept."""

from __future__ import annotations

from harness.data.tally import EXAMPLES, Bucket, Example, Reduced
from harness.data.verdict import Broken
from oracle import rules
from oracle.rules import Rule
from tests.oracle.programs import program

SMALL = program(main=["recover"])


def broken(rule: Rule) -> Broken:
    return Broken(rule, "", 0, "this", "that")


def test_a_smallest_program_is_kept_once() -> None:
    bucket = Bucket("x", broken(rules.PROCESS_END))
    for _ in range(3):
        bucket.keep(Reduced(SMALL, broken(rules.PROCESS_END), 1))
    assert [(r.program, r.examples) for r in bucket.reduced] == [(SMALL, 3)]


def test_what_differs_in_two_ways_is_kept_twice() -> None:
    bucket = Bucket("x", broken(rules.PROCESS_END))
    for rule in (rules.PROCESS_END, rules.CONTROL_FLOW, rules.PROCESS_END):
        bucket.keep(Reduced(SMALL, broken(rule), 1))
    assert [(r.broken.rule, r.examples) for r in bucket.reduced] == [(rules.PROCESS_END, 2), (rules.CONTROL_FLOW, 1)]


def test_of_many_examples_the_smallest_are_remembered() -> None:
    bucket = Bucket("x", broken(rules.PROCESS_END))
    for number in range(10 * EXAMPLES):
        bucket.add(Example(number, 0, 1 + (number * 7) % (10 * EXAMPLES)))
    assert bucket.count == 10 * EXAMPLES
    assert len(bucket.examples) <= 2 * EXAMPLES
    assert [example.words for example in bucket.smallest(3)] == [1, 2, 3]
