"""The runtime model with one place of its source changed: what a broken runtime would do."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from unittest.mock import patch

from oracle import execute, runtime, spec, stackcopy
from oracle.code import Code, Ending, compile_program
from oracle.generate import program_of, trees
from oracle.profile import POST_CL, Profile
from oracle.program import Program

Run = Callable[..., Ending]


def mutant(*changes: tuple[str, str]) -> Run:
    """`oracle.execute.run` over a runtime whose source has each `old`, which must be there once, replaced."""
    source = inspect.getsource(runtime)
    for old, new in changes:
        assert source.count(old) == 1, f"not there once: {old!r}"
        source = source.replace(old, new)
    changed = _module("oracle.runtime", source)
    with patch.dict(sys.modules, {"oracle.runtime": changed}):
        copying = _module("oracle.stackcopy", inspect.getsource(stackcopy))
        with patch.dict(sys.modules, {"oracle.stackcopy": copying}):
            run: Run = _module("oracle.execute", inspect.getsource(execute)).run
    return run


def _module(name: str, source: str) -> ModuleType:
    module = ModuleType(name)
    with patch.dict(sys.modules, {name: module}):
        exec(compile(source, f"<{name}, changed>", "exec"), module.__dict__)
    return module


def differs(run: Run, code: Code, profile: Profile = POST_CL, *, moving: bool = False) -> bool:
    """Whether a run of the mutant is not what the language owes."""
    owed: list[int] = []
    got: list[int] = []
    end = spec.run(code, owed.extend)
    return run(code, profile, got.extend, moves=(lambda: True) if moving else None) != end or got != owed


def programs(most: int) -> Iterator[Program]:
    """All programs of up to `most` actions, the smallest first."""
    for size in range(most + 1):
        yield from map(program_of, trees(size))


def smallest(run: Run, most: int, profile: Profile = POST_CL, *, moving: bool = False) -> Program | None:
    """The first of all programs of up to `most` actions on which the mutant shows."""
    shows = (p for p in programs(most) if differs(run, compile_program(p), profile, moving=moving))
    return next(shows, None)
