"""Runs to explain."""

from __future__ import annotations

from dataclasses import replace

from oracle.explain import Explanation, Parting, explain
from oracle.profile import POST_CL, PRE_CL
from oracle.program import Program
from oracle.rules import RECOVER_GIVES_NIL
from oracle.text import from_plain

PENDING: Program = from_plain(
    {
        "functions": {
            "main": [{"call": "f1"}],
            "f1": [{"defer": "f2"}, {"defer": "f3"}, {"panic": "boom"}],
            "f2": [{"emit": 1}],
            "f3": [{"recover": "shown"}],
        }
    }
)
"""f3 recovers while f2 is pending."""

RICH: Program = from_plain(
    {
        "functions": {
            "main": [{"defer": "f1"}, {"call": "f2", "result": "shown"}],
            "f1": ["recover"],
            "f2": {
                "frame": "linked",
                "large": True,
                "body": [
                    {"defer": "f3", "as": "promoted"},
                    {"defer": "f4", "times": 2, "loop": True},
                    {"defer": "nil"},
                    {"set": 5},
                    "goexit",
                ],
            },
            "f3": [{"go": "f5"}, {"fault": "index"}],
            "f4": [{"defer": "f6"}, {"panic": "a"}],
            "f5": ["grow", "recover"],
            "f6": ["recover", {"set-outer": 7}],
        }
    }
)
"""Everything that a state can show: wrappers, linked calls in heap and frame, goroutines, copies, results, Goexit."""


def one() -> Explanation:
    return explain(PENDING)


def both() -> list[Explanation]:
    return [explain(PENDING, PRE_CL), explain(PENDING, POST_CL)]


def rich() -> Explanation:
    return explain(RICH)


def parted() -> Explanation:
    """As if the language owed something else."""
    return replace(one(), parting=Parting(9, "recover in f3 gives nil", RECOVER_GIVES_NIL))
