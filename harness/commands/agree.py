"""`deferdiff agree`: the two models against each other, on all programs up to a size and on random ones.

Prints a certificate: what was compared, how much, and a hash by which two runs can be told to have done the same.
"""

from __future__ import annotations

import json
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import Annotated, TypeVar

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from harness import identity, programs
from harness.campaign import default_jobs, in_order, workers
from harness.commands import options
from harness.policy import Status
from harness.report import terminal
from oracle import agreement, generate
from oracle.agreement import Batch

_TREES = 2_000
"""Trees to a task."""
_RANDOM = 500
"""Random programs to a task."""

Task = TypeVar("Task")


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of the certificate: what was compared, in words, and the batches of it as one."""

    what: str
    batch: Batch
    seconds: float


def agree(
    size: Annotated[int, typer.Option(min=0, max=12, help="All programs of up to so many actions.")] = 5,
    random: Annotated[int, typer.Option(min=0, metavar="N", help="So many random programs as well.")] = 10_000,
    seed: Annotated[int, typer.Option(help="The seed of the random programs.")] = 1,
    jobs: Annotated[int, typer.Option(min=1, help="Processes: as many as there are cores.")] = default_jobs(),
    as_json: options.AsJson = False,
) -> None:
    """Compare the models: the language's rules, and the runtime before and after CL 515856.

    All programs up to a size, without those that differ in names only, then random ones with everything that a
    program can do; of these, half with a stack that is copied between any two steps. Exit status: 0 they agree, 1
    they do not (the smallest program is printed), 2 bad input, 3 interrupted or a worker died.
    """
    total = sum(generate.count(n) for n in range(size + 1))
    with options.interruptible() as stop, workers(jobs) as pool:
        trees = chain.from_iterable(generate.trees(n) for n in range(size + 1))
        run = partial(_run, partial(in_order, pool, ahead=4 * jobs, stop=stop))
        parts = [
            run(f"all programs of up to {size} actions", total, agreement.compare_trees, _batched(trees, _TREES)),
            run(f"random programs, seed {seed}", random, partial(_compare_random, seed), _ranges(random, _RANDOM)),
        ]
        if stop.is_set():
            raise KeyboardInterrupt
    disagreement = agreement.join(part.batch for part in parts).disagreement
    if as_json:
        typer.echo(json.dumps(_plain(parts, size), indent=2))
    else:
        _print(parts)
    raise typer.Exit(int(Status.AGREE if disagreement is None else Status.DIFFERENCE))


def _compare_random(seed: int, numbers: tuple[int, int]) -> Batch:
    return agreement.compare_random(seed, *numbers)


def _run(
    spread: Callable[..., Iterator[Batch]],
    what: str,
    total: int,
    work: Callable[[Task], Batch],
    tasks: Iterable[Task],
) -> _Part:
    begun = time.monotonic()
    with _progress() as progress:
        shown = progress.add_task(what, total=total)
        batches = []
        for batch in spread(work, tasks):
            batches.append(batch)
            progress.advance(shown, batch.programs)
    return _Part(what, agreement.join(batches), time.monotonic() - begun)


def _progress() -> Progress:
    """A bar on standard error, where somebody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=terminal.console(sys.stderr), transient=True, disable=not sys.stderr.isatty())


def _batched(trees: Iterator[generate.Tree], most: int) -> Iterator[list[generate.Tree]]:
    while batch := list(islice(trees, most)):
        yield batch


def _ranges(total: int, most: int) -> Iterator[tuple[int, int]]:
    for first in range(0, total, most):
        yield first, min(first + most, total)


def _models() -> str:
    return ", ".join(("the language's rules", *(profile.name for profile in agreement.MODELS)))


def _print(parts: Iterable[_Part]) -> None:
    console = terminal.console()
    found = None
    for part in parts:
        batch = part.batch
        rate = batch.programs / part.seconds if part.seconds else 0
        console.print(f"{part.what}: {batch.programs:,} programs, {batch.events:,} events of each model")
        console.print(f"  sha256 {batch.digest.hex()}", highlight=False)
        console.print(f"  {part.seconds:.1f} s, {rate:,.0f} programs/s")
        found = found or batch.disagreement
    console.print(f"models: {_models()}")
    console.print(f"  oracle {identity.model_digest()[:16]}, Python {platform.python_version()}")
    console.print(f"not in the first part: {generate.NOT_COVERED}")
    if found is None:
        console.print("they agree")
        return
    moving = ", the stack copied between any two steps" if found.moving else ""
    console.print(f"THEY DO NOT AGREE: {found.profile.name}{moving} gives other events than the language owes:")
    console.print(programs.dump(found.program), markup=False)


def _plain(parts: Iterable[_Part], size: int) -> dict[str, object]:
    shown = []
    for part in parts:
        found = part.batch.disagreement
        shown.append(
            {
                "what": part.what,
                "programs": part.batch.programs,
                "events": part.batch.events,
                "sha256": part.batch.digest.hex(),
                "seconds": round(part.seconds, 3),
                "disagreement": None
                if found is None
                else {
                    "profile": found.profile.name,
                    "moving": found.moving,
                    "program": programs.dump(found.program),
                },
            }
        )
    return {
        "size": size,
        "models": ["spec", *(profile.name for profile in agreement.MODELS)],
        "oracle": identity.model_digest(),
        "python": platform.python_version(),
        "not_covered": generate.NOT_COVERED,
        "parts": shown,
    }
