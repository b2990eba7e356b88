"""What the bisections have in common: the program that is searched for, how it is run, and where the log is."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from harness import behaviour, cases, gating, generated, golang, programs
from harness.behaviour import Behaviour, Sort
from harness.data import record
from harness.errors import BadCase, BadPatch, BadProgram
from harness.model import Case, Toolchain
from harness.pipeline import OwnStop, Side, World, observe, verdict
from harness.searchlog import Log
from harness.toolchain import default_directory

CAMPAIGN = "campaign.json"


def load(program: str, directory: Path, bucket: int | None) -> Case:
    """A Go file, a program of the algebra, a bucket of a campaign's directory (by its number), or a case by its name.
    Raises `BadCase`, `BadProgram`, `BadCampaign`."""
    path = Path(program)
    if path.is_dir() and (path / CAMPAIGN).exists():
        return _of_bucket(path, bucket)
    if bucket is not None:
        raise BadProgram(f"{program}: --bucket goes with the directory of a fuzz campaign")
    if path.exists() or path.suffix in (".go", *programs.SUFFIXES):
        return gating.program_at(path)
    of_that_name = directory / f"{program}.go"
    if of_that_name.exists():
        return cases.load_case(of_that_name, directory)
    raise BadCase(f"{program}: no file is called so, and no case below {directory}")


def _of_bucket(directory: Path, bucket: int | None) -> Case:
    kept = record.read(directory / CAMPAIGN)
    found = [each for ran in kept.toolchains for each in ran.buckets if each.smallest]
    names = "; ".join(f"{number} {each.signature}" for number, each in enumerate(found, 1))
    if not found:
        raise BadProgram(f"{directory}: no program of this campaign differs")
    if bucket is None and len(found) > 1:
        raise BadProgram(f"{directory}: which bucket? give --bucket: {names}")
    number = 1 if bucket is None else bucket
    if not 1 <= number <= len(found):
        raise BadProgram(f"{directory}: there is no bucket {number}: {names}")
    smallest = found[number - 1].smallest[0]
    path = directory / f"bucket-{number}.yaml"
    program = programs.loads(smallest.program, str(path))
    return generated.stand_alone(
        program, path.stem, path, title=found[number - 1].signature, ranging=smallest.ranging
    )


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs a program on toolchains. `fresh`: the same world, in which known runs count for nothing; `make`: the
    toolchain that a word of the log means. One whose patches do not apply, or do not compile, cannot be tested."""

    world: World
    fresh: World
    case: Case
    stop: threading.Event
    make: Callable[[str], Toolchain]
    sides: list[Side]

    def __call__(self, points: Sequence[str], again: bool) -> list[Behaviour]:
        """What the program shows on each toolchain."""
        with ThreadPoolExecutor(len(points)) as pool:
            found = list(pool.map(lambda point: self._show(point, self.fresh if again else self.world), points))
        if self.stop.is_set():
            raise KeyboardInterrupt
        return found

    def _show(self, point: str, world: World) -> Behaviour:
        try:
            side = Side(self.make(point))
            observe(world, [self.case], [side], OwnStop(self.stop))
        except BadPatch as trouble:
            return Behaviour(Sort.UNKNOWN, "bad patch", str(trouble), "")
        self.sides.append(side)
        if side.installed is None:
            return Behaviour(Sort.UNKNOWN, "interrupted", "interrupted", "")
        return behaviour.of(verdict(self.case, side))


def log_of(case: Case, world: World, kind: str, file: Path | None, *, fresh: bool) -> Log:
    """The log of all searches of a kind for a program, run in this way; it stands in the cache unless a `file` is
    named."""
    whole = "\0".join((case.source, golang.digest(), world.sandbox, repr(world.limits), kind))
    name = hashlib.sha256(whole.encode()).hexdigest()[:32]
    return Log(default_directory() / "searches" / f"{name}.jsonl" if file is None else file, fresh=fresh)
