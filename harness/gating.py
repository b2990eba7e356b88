"""The gate without its reports: which cases there are, and what two toolchains make of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from harness import cases, generated, machine, programs
from harness.acceptance import Reviewed
from harness.errors import BadCase, UsageError
from harness.model import Case, Installed, Toolchain
from harness.pipeline import Side, World, conclude, observe, refuse_uncompilable
from harness.policy import Policy
from harness.report.result import FromStore, GateResult, decide_all
from harness.sandbox import Limits

Review = Callable[[Installed, Installed], Reviewed]
"""What is accepted of two toolchains, once they are installed."""

DEFAULT_SUITE = "default"
"""The suite that is run where none is named; a directory of cases need not have it, and then it is all of them."""


def choose(roots: Sequence[Path], suite: str = DEFAULT_SUITE, only: Sequence[str] = ()) -> tuple[Case, ...]:
    """The cases of a suite below the directories `roots`, or of those the ones that `only` selects
    (`harness.cases.select`). Raises `BadCase`, and `UsageError` if that is none."""
    found = cases.load_cases(*roots)
    if not found:
        raise UsageError(
            f"{', '.join(map(str, roots))}: no cases there; give a directory with <family>/<behaviour>.go"
        )
    suites = {name: its for root in roots for name, its in cases.load_suites(root).items()}
    if suite in suites:
        found = cases.select(found, suites[suite].select)
    elif suite != DEFAULT_SUITE:
        raise UsageError(f"{suite}: no such suite; there are {', '.join(sorted(suites)) or 'none'}")
    return cases.select(found, only) if only else found


def program_at(path: Path) -> Case:
    """The program in a file, Go or (YAML) one of the algebra, as a case. Raises `BadCase` and `BadProgram`."""
    return generated.load_program(path) if path.suffix in programs.SUFFIXES else cases.load_program(path)


def refuse_alike(chosen: Sequence[Case]) -> None:
    """Raise `BadCase` for two cases of one name: what is known of a case is kept under it."""
    known: dict[str, Case] = {}
    for case in chosen:
        if (earlier := known.setdefault(case.name, case)) is not case:
            raise BadCase(f"{case.path}: has the same name as {earlier.path}; rename one of them")


def pair(pre: Toolchain, post: Toolchain) -> tuple[Side, Side]:
    """The two sides of a gate, of which nothing is known yet."""
    return Side(pre, role="pre"), Side(post, role="post")


def nothing_is_reviewed(pre: Installed, post: Installed) -> Reviewed:
    """Of a gate that asks nobody what was accepted."""
    return Reviewed(pre, post, datetime.now(UTC).date())


def gate(
    world: World,
    chosen: Sequence[Case],
    before: Side,
    after: Side,
    *,
    policy: Policy,
    stop: threading.Event,
    command: str = "",
    reviewed: Review = nothing_is_reviewed,
) -> GateResult:
    """Run, check and compare the cases on both sides, which are filled. `command`: see `GateResult`.

    If `stop` is set meanwhile, the result is of what was done until then. Raises `KeyboardInterrupt` if that is
    nothing at all, `BadCase` for a case that neither toolchain compiles, and what installing a toolchain raises.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    observe(world, chosen, (before, after), stop)
    if before.installed is None or after.installed is None:
        raise KeyboardInterrupt
    refuse_uncompilable(chosen, (before, after))
    compared = conclude(world, chosen, before, after, stop)
    accepted = reviewed(before.installed, after.installed)
    wall = world.limits.wall
    return GateResult(
        pre=before.installed,
        post=after.installed,
        sandbox=world.sandbox,
        weaknesses=machine.weaknesses(world, (before, after)),
        started=started,
        seconds=time.monotonic() - clock,
        policy=policy,
        decided=decide_all(policy, compared, accepted),
        planned=len(chosen),
        version=version("deferdiff"),
        interrupted=len(compared) < len(chosen),
        stored=FromStore(frozenset(before.cached), frozenset(after.cached)),
        directory=Path.cwd(),
        timeout=None if wall == Limits().wall else wall,
        command=command,
        unmatched=accepted.unmatched(compared),
        elsewhere=accepted.elsewhere,
    )
