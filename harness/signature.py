"""What runs that differ alike have in common: the rule that is broken, and what the process died of."""

from __future__ import annotations

import re

from harness.model import Crashed, Diverges, Judged, RanTooLong, TimedOut
from harness.report import words
from oracle import rules
from oracle.check import Divergence

HANGS = "it hangs"
NOWHERE = ("fatal error: all goroutines are asleep - deadlock!", HANGS)
"""Deaths that tell no more than that control went nowhere: what was owed next is lost."""

GONE = "fatal error: no goroutines (main called runtime.Goexit) - deadlock!"
"""All goroutines have ended. Where more was owed, one of them ended too early."""

_DEATH = re.compile(r"fatal error: (?!fatal error: ).*|SIG[A-Z0-9]+: .*")


def alike(said: str) -> str:
    """Words of a dying process without the numbers that differ from one run to the next."""
    return re.sub(r"0x[0-9a-f]+|\d+", "N", said)


def death_in(said: str) -> str:
    """The runtime's own words on its death, alike for all that die so; "" if there are none."""
    found = _DEATH.search(said)
    return alike(found[0]) if found is not None else ""


def parts(judged: Judged) -> tuple[str, str]:
    """The rule that a Go program broke, or else how it ended; and what its process died of, "" if it did not. The
    same whether or not it is known what the program owes: where control went nowhere, only that is said."""
    match judged.outcome:
        case Diverges(divergence=found):
            died = HANGS if _is_stopped(judged, found) else death_in(found.got)
            return (rules.PROCESS_END if died in NOWHERE else found.rule).name, died
        case Crashed(detail=detail):
            return rules.PROCESS_END.name, death_in(detail) or alike(detail.partition(": ")[2])
        case RanTooLong():
            return rules.PROCESS_END.name, HANGS
    return words.kind(judged.outcome), ""


def _is_stopped(judged: Judged, found: Divergence) -> bool:
    """Whether what was owed did not come, for a time limit ended the process."""
    stopped = judged.traced is not None and isinstance(judged.traced.ending, TimedOut)
    return stopped and judged.trace is not None and found.index >= len(judged.trace.events)


def of(judged: Judged) -> str:
    """Both in one."""
    return ": ".join(filter(None, parts(judged)))
