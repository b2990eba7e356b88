"""Do the two models agree? Programs -> the first on which they do not, and a digest of everything that was compared.

`oracle.spec` is the yardstick; `oracle.runtime` runs under each profile, with the stack still and, for random
programs, copied between any two steps as well. They share the compiled form of programs and nothing else.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from oracle import execute, spec
from oracle.code import Code, Ending, compile_program
from oracle.generate import Tree, program_of, random_program
from oracle.profile import POST_CL, PRE_CL, Profile
from oracle.program import Program

MODELS: Sequence[Profile] = (PRE_CL, POST_CL)

SIZES = (3, 40)
"""Actions of random programs, from and to."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A program on which a profile of the runtime gives other events, or another end, than the language owes.
    `moving`: the stack was copied between any two steps."""

    program: Program
    profile: Profile
    moving: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """What was compared: so many programs and events (of one model), a SHA-256 over all of them in order, and the
    smallest disagreement."""

    programs: int
    events: int
    digest: bytes
    disagreement: Disagreement | None


def compare_trees(trees: Iterable[Tree]) -> Batch:
    """Compare the models on these trees."""
    return _compare((repr(tree), program_of(tree), False) for tree in trees)


def compare_random(seed: int, first: int, last: int) -> Batch:
    """Compare the models on random programs number `first` to `last` (not included) of a seed; of every two one with
    a moving stack. The programs depend on seed and number alone."""
    return _compare(
        (f"{seed}:{number}", numbered_program(seed, number), number % 2 == 1) for number in range(first, last)
    )


def numbered_program(seed: int, number: int) -> Program:
    """Random program `number` of a seed."""
    rng = Random(f"{seed}:{number}")
    return random_program(rng, rng.randint(*SIZES))


def _compare(programs: Iterator[tuple[str, Program, bool]]) -> Batch:
    """Compare the models on programs, each with a text that names it and whether the stack is to move."""
    seen = hashlib.sha256()
    count = events = 0
    smallest: Disagreement | None = None
    for name, program, moving in programs:
        code = compile_program(program)
        owed: list[int] = []
        end = spec.run(code, owed.extend)
        count += 1
        events += len(owed)
        seen.update(f"{name}\n{end}\n".encode() + array("q", owed).tobytes())
        disagrees = smallest is None or program.size < smallest.program.size
        profile = first_unlike(code, owed, end, moving=moving) if disagrees else None
        if profile is not None:
            smallest = Disagreement(program, profile, moving)
    return Batch(count, events, seen.digest(), smallest)


def first_unlike(code: Code, owed: list[int], end: Ending, *, moving: bool) -> Profile | None:
    """The first profile under which the runtime does not give these events and this end."""
    for profile in MODELS:
        got: list[int] = []
        ended = execute.run(code, profile, got.extend, moves=_always if moving else None)
        if got != owed or ended != end:
            return profile
    return None


def _always() -> bool:
    return True


def join(batches: Iterable[Batch]) -> Batch:
    """Batches, in order, as one; the digest is that of their digests."""
    whole = hashlib.sha256()
    programs = events = 0
    smallest: Disagreement | None = None
    for batch in batches:
        programs += batch.programs
        events += batch.events
        whole.update(batch.digest)
        one = batch.disagreement
        if one is not None and (smallest is None or one.program.size < smallest.program.size):
            smallest = one
    return Batch(programs, events, whole.digest(), smallest)
