"""Which rule an event broke that must not come, and what was owed instead."""

from __future__ import annotations

from typing import NoReturn

from oracle import rules
from oracle.events import Enter
from oracle.owed import UNWINDING, Owed, is_call_of, is_run_by
from oracle.rules import Broken, Rule
from oracle.settle import Language
from oracle.stack import Frame, Goroutine
from oracle.words import describe_pending


def refuse_lost(language: Language, owed: Owed) -> NoReturn:
    """Something else came than the deferred call that is owed, and it is no call."""
    raise Broken(rules.DEFERRED_CALL_LOST, describe_pending(owed.frame, language.functions))


def rule_broken(language: Language, g: Goroutine, owed: Owed, event: Enter) -> Rule:
    """Another call came than the deferred call that is owed: lost, out of order, or run again?"""
    if any(is_call_of(p, event) for p in owed.frame.pending[:-1]):
        return rules.DEFERRED_CALL_ORDER
    return rules.DEFERRED_CALL_TWICE if _ran_before(language, g, owed, event) else rules.DEFERRED_CALL_LOST


def _ran_before(language: Language, g: Goroutine, owed: Owed, event: Enter) -> bool:
    """Whether what begins has run as a deferred call already: its record is no longer pending, or, where it has
    none, it looks like a call of a frame that control has not left, whose deferred calls entered its function."""
    if event.deferred:
        return not is_pending(g, event.deferred)
    if event.via in UNWINDING:
        above = g.stack[g.stack.index(owed.frame) :]
        return any(event.function in entry.ran for entry in above if isinstance(entry, Frame))
    return is_run_by(owed, event, language.functions) and event.function in owed.frame.ran


def is_pending(g: Goroutine, record: int) -> bool:
    """Whether the defer statement's call has not begun."""
    return any(p.record == record for f in g.stack if isinstance(f, Frame) for p in f.pending)


def refuse_call(language: Language, g: Goroutine, event: Enter) -> NoReturn:
    """A call from lines that are not the running function's."""
    left = g.left
    if left is not None and language.holds(left, event.line) and event.function in left.ran:
        raise Broken(rules.DEFERRED_CALL_TWICE, "the deferring function has returned: nothing of it is pending")
    raise Broken(rules.CONTROL_FLOW, "a call made by the running function")


def refuse_ended(g: Goroutine, *, deferred_call: bool = False) -> NoReturn:
    """A deed of a goroutine that does nothing more."""
    if g.exiting is not None:
        raise Broken(rules.PROCESS_END, f"the process exits with status {g.exiting}")
    if deferred_call:
        why = "the process dies by the uncaught panic" if g.dying else "the goroutine has ended"
        raise Broken(rules.DEFERRED_CALL_TWICE, f"{why}: no deferred call is pending")
    if g.dying:
        raise Broken(rules.UNCAUGHT_PANIC, "the process dies by the uncaught panic")
    if g.ended_by_goexit:
        raise Broken(rules.GOEXIT_UNWINDS, "the goroutine has ended by Goexit")
    raise Broken(rules.GOROUTINE_END, "the goroutine has ended")


def refuse_astray(language: Language, running: Frame) -> NoReturn:
    """A deed of a function that does not run."""
    name = language.functions[running.function].name
    raise Broken(rules.CONTROL_FLOW, f"{name} goes on: it is the function that runs")
