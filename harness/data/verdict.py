"""What is wrong with a program's words: the rule that they break, what came, and what was owed instead.

The driver tells less than a trace does (not who runs a deferred call, nor where a call stands), but all that is owed
is known beforehand, so the first word that differs says which rule is broken.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass

from harness import signature
from harness.data import wire
from harness.data.driver import LOST, Difference
from harness.model import Ending, Exited, OutOfMemory, OutputLimit, Signaled, TimedOut
from oracle import rules
from oracle.code import HOW, SHIFT, Code, Deed, Word, describe, word
from oracle.rules import Rule


@dataclass(frozen=True, slots=True)
class Broken:
    """`rule`: the first that is broken; `how`: what the process died of, "" if it did not; `index`: of the word;
    `got`, `owed`: in words."""

    rule: Rule
    how: str
    index: int
    got: str
    owed: str

    @property
    def signature(self) -> str:
        """What two programs have in common whose difference looks alike."""
        return f"{self.rule.name}: {self.how}" if self.how else self.rule.name

    @property
    def led_nowhere(self) -> bool:
        """Whether nothing more came, for control went nowhere."""
        return self.got.endswith(tuple(f": {death}" for death in NOWHERE))

    @property
    def lost_goroutine(self) -> bool:
        """Whether nothing more came, for a goroutine ended too early."""
        return self.got.endswith(f": {LOST}")


def broken(code: Code, owed: Sequence[int], difference: Difference) -> Broken:
    """The verdict on a program that differs. `code` may have other programs too; `owed`: this one's words."""
    got, lost = difference.got, difference.got[-1:] == (wire.LOST,)
    if lost:
        got = got[:-1]
    index = next((n for n, (a, b) in enumerate(zip(owed, got, strict=False)) if a != b), min(len(owed), len(got)))
    wanted = _in_words(code, owed[index]) if index < len(owed) else "nothing more"
    if index == len(got):
        how = LOST if lost else _death(difference)
        due = _event(code, owed[index]) if index < len(owed) else None
        if how in NOWHERE and due is not None and due.is_deferred_call:
            return Broken(rules.DEFERRED_CALL_LOST, "", index, f"nothing more: {how}", wanted)
        said = "nothing more" if lost else "the process died"
        return Broken(rules.PROCESS_END, how, index, f"{said}: {how}", wanted)
    rule = _rule(code, owed, got, index)
    return Broken(rule, "", index, _in_words(code, got[index]), wanted)


def _rule(code: Code, owed: Sequence[int], got: Sequence[int], index: int) -> Rule:
    if index == len(owed):
        return rules.PROCESS_END
    right, wrong = owed[index], got[index]
    if right >= wire.END_MARK and wrong >= wire.END_MARK:
        return rules.UNCAUGHT_PANIC
    due, came = _event(code, right), _event(code, wrong)
    if came is not None and came.is_deferred_call and list(got[: index + 1]).count(wrong) > list(owed).count(wrong):
        # It ran before as well, unless it was never deferred.
        return rules.DEFERRED_CALL_TWICE
    if due is not None and due.is_deferred_call:
        later = came is not None and came.is_deferred_call and right in got[index + 1 :]
        return rules.DEFERRED_CALL_ORDER if later else rules.DEFERRED_CALL_LOST
    if came is not None and came.is_deferred_call:
        return rules.DEFERRED_CALL_EARLY
    if due is not None and due.deed is Deed.RECOVER and right >> SHIFT == wrong >> SHIFT:
        return rules.RECOVER_GIVES_NIL if due.value == "nil" else rules.RECOVER_GIVES_PANIC
    if max(right, wrong) >= wire.END_MARK:
        return rules.PROCESS_END
    return rules.CONTROL_FLOW


def _event(code: Code, given: int) -> Word | None:
    """What a word tells; None for an ending, and for what no program of `code` can have written: what comes from
    damaged memory may be any word."""
    if given >= wire.END_MARK:
        return None
    try:
        told = word(code, given)
    except IndexError:
        return None
    return told if told.how < len(HOW) else None


def _in_words(code: Code, given: int) -> str:
    match given & ~0xFF:
        case wire.RETURNED:
            return "the program ends: its first function returns"
        case wire.GOEXIT:
            return "the program ends by Goexit"
        case wire.ENDLESS:
            return "the program does not come to an end"
        case wire.PANICKED:
            value = given & 0xFF
            text = code.values[value] if value < len(code.values) else "a value that is not the program's"
            return f"the program ends: panic: {text}"
    if _event(code, given) is None:
        return f"{given:#x}, which is no event of the program"
    return describe(code, given).replace("(a deferred call, by the return)", "(a deferred call)")


NOWHERE = (*signature.NOWHERE, LOST)

_FATAL = re.compile(r"^(fatal error: .*|panic: .*|SIG[A-Z]+: .*|data: .*)$", re.MULTILINE)


def _death(difference: Difference) -> str:
    """How the driver died, in words that are the same for programs which die alike."""
    if (said := _FATAL.search(difference.said)) is not None:
        return signature.alike(said[1])
    match difference.died:
        case TimedOut() | Signaled(signal=signal.SIGKILL):
            return signature.HANGS
        case _:
            return _ended(difference.died)


def _ended(ending: Ending | None) -> str:
    match ending:
        case Exited(status=status):
            return f"exit status {status}"
        case Signaled(signal=number):
            return f"signal {number}"
        case OutOfMemory():
            return "out of memory"
        case OutputLimit():
            return "too much output"
    return "unknown"
