"""Programs written as `oracle.text` has them, and runs of the models as lines that can be read."""

from __future__ import annotations

from typing import Any

from oracle import execute, spec
from oracle.code import Ending, compile_program, describe
from oracle.profile import POST_CL, Profile
from oracle.program import Program
from oracle.steps import Step
from oracle.text import from_plain


def program(**functions: Any) -> Program:
    """`program(main=[{"defer": "f1"}], f1=["recover"])`."""
    return from_plain({"functions": functions})


def owed(of: Program) -> tuple[list[str], Ending]:
    """What the language owes, in words."""
    code = compile_program(of)
    events: list[int] = []
    end = spec.run(code, events.extend)
    return [describe(code, event) for event in events], end


def ran(of: Program, profile: Profile = POST_CL, *, moving: bool = False) -> tuple[list[str], Ending]:
    """What the runtime model does, in words."""
    code = compile_program(of)
    events: list[int] = []
    end = execute.run(code, profile, events.extend, moves=(lambda: True) if moving else None)
    return [describe(code, event) for event in events], end


def steps(of: Program, profile: Profile = POST_CL) -> list[Step]:
    """The runtime's steps."""
    seen: list[Step] = []
    execute.run(compile_program(of), profile, lambda events: None, observe=seen.append)
    return seen
