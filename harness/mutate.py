"""How many small changes to the runtime's own defer logic the gate notices: its strength, measured.

Each mutant is compiled into the data tier's driver, which must then differ from what is owed; a mutant that the
driver does not notice is compiled into all cases. What neither notices has survived: either nothing that a program
can show depends on it, or programs are missing. Of one that survives it is found out whether any program comes
into the blocks around it: if none does, nothing notices what else is changed there.
"""

from __future__ import annotations

import difflib
import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from queue import Empty, SimpleQueue

from harness import behaviour
from harness.behaviour import Behaviour, Sort
from harness.data import chunk, verdict, wire
from harness.data.chunk import Chunk
from harness.data.compiled import Compiled
from harness.data.driver import Difference, Driver, release_of
from harness.errors import BadPatch, MachineryError
from harness.golang.mutants import Block, Mutant
from harness.model import Case, Installed
from harness.pipeline import OwnStop, Side, World, observe
from harness.pipeline import verdict as outcome
from harness.sandbox import Sandbox

SEED = 20
CHUNKS = 8
PROGRAMS = 20_000
"""Of a chunk: all chunks together take a second."""
_DATA = "data: "


class Fate(Enum):
    """What became of a mutant. Values are stable: files hold them."""

    KILLED = "killed"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"
    STILLBORN = "does not compile"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Tried:
    """`by`: what noticed it, or why it does not compile, or which machinery failed, or the block into which no
    program comes; `seconds`: all that it took."""

    mutant: Mutant
    fate: Fate
    by: str
    seconds: float

    @property
    def is_of_cases(self) -> bool:
        """Whether it may be other with other cases."""
        return self.fate is not Fate.STILLBORN and not self.by.startswith(_DATA)


@dataclass(slots=True)
class Prey:
    """The toolchain whose file at `path` (below GOROOT) is changed, the programs and cases. `before`: what the cases
    show without a change; `reached`: whether a program comes into a block, where that is known."""

    world: World
    installed: Installed
    path: str
    chunks: Sequence[Chunk]
    cases: Sequence[Case]
    stop: threading.Event
    before: dict[str, Behaviour] = field(default_factory=dict)
    reached: dict[Block, bool] = field(default_factory=dict)


def original(installed: Installed, path: str) -> str:
    """The text of a file of a toolchain, with its patches. Raises `OSError`."""
    if path in installed.overlay:
        return installed.overlay[path]
    assert installed.root is not None, "a toolchain whose files can be read"
    return (Path(installed.root) / path).read_text("utf-8")


def prepare(world: World, installed: Installed, path: str, cases: Sequence[Case], stop: threading.Event) -> Prey:
    """Find out what the toolchain shows unchanged: a chunk of which programs differ already, and a case that does not
    come to an end, are no use. Raises `MachineryError`."""
    release = release_of(installed)
    made = [chunk.make(SEED, number, PROGRAMS, release) for number in range(CHUNKS)]
    prey = Prey(world, installed, path, made, cases, stop)
    with world.open(installed) as sandbox:
        driver = Driver(sandbox, installed, world.limits)
        prey.chunks = [each for each in made if not list(driver.run(each))]
    if not prey.chunks:
        raise MachineryError(f"{installed.toolchain.name}: programs differ in every chunk, also without a mutant")
    prey.before = _cases(prey, installed)
    return prey


def run(prey: Prey, mutants: Iterable[Mutant], jobs: int, told: Callable[[Tried], None]) -> None:
    """Try all mutants, `jobs` at once; `told` hears of each as soon as its fate is known. Raises `MachineryError`."""
    waiting: SimpleQueue[Mutant] = SimpleQueue()
    for mutant in mutants:
        waiting.put(mutant)

    def work() -> None:
        with prey.world.open(prey.installed) as sandbox:
            while not prey.stop.is_set():
                try:
                    mutant = waiting.get_nowait()
                except Empty:
                    return
                told(_try(prey, sandbox, mutant))

    with ThreadPoolExecutor(jobs) as pool:
        for done in as_completed([pool.submit(work) for _ in range(jobs)]):
            try:
                done.result()
            except BaseException:
                prey.stop.set()
                raise


def _try(prey: Prey, sandbox: Sandbox, mutant: Mutant) -> Tried:
    clock = time.monotonic()
    if (block := _unreached(prey, mutant)) is not None:
        return Tried(mutant, Fate.SURVIVED, _NOBODY + block.head, 0.0)
    changed = mutated(prey.installed, prey.path, mutant.name, mutant.source)
    try:
        by = _noticed(prey, sandbox, changed)
        if not by and (block := _probed(prey, sandbox, mutant)) is not None:
            return Tried(mutant, Fate.SURVIVED, _NOBODY + block.head, time.monotonic() - clock)
    except BadPatch as trouble:
        return Tried(mutant, Fate.STILLBORN, str(trouble).rpartition(": ")[2], time.monotonic() - clock)
    except MachineryError as trouble:
        # A mutant can make an end of the driver look like one that came from outside, and so can the machine.
        return Tried(mutant, Fate.UNKNOWN, str(trouble), time.monotonic() - clock)
    return Tried(mutant, Fate.KILLED if by else Fate.SURVIVED, by, time.monotonic() - clock)


_NOBODY = "no program comes into: "


def _unreached(prey: Prey, mutant: Mutant) -> Block | None:
    """A block around the mutant into which no program comes, as far as that is known."""
    return next((block for block in mutant.blocks if prey.reached.get(block) is False), None)


def _probed(prey: Prey, sandbox: Sandbox, mutant: Mutant) -> Block | None:
    """`_unreached`, and what is not known is found out."""
    for block in mutant.blocks:
        if prey.stop.is_set():
            break
        if block not in prey.reached:
            probe = mutated(prey.installed, prey.path, f"{mutant.function}: {block.head}", block.probe)
            prey.reached[block] = bool(_noticed(prey, sandbox, probe))
        if not prey.reached[block]:
            return block
    return None


def mutated(installed: Installed, path: str, name: str, source: str) -> Installed:
    """The toolchain with another text in the place of the file; `name` says what is other."""
    return replace(
        installed,
        toolchain=replace(installed.toolchain, name=f"{installed.toolchain.name}, {name}"),
        overlay={**installed.overlay, path: source},
        digest=hashlib.sha256(f"{installed.digest}\0{path}\0{source}".encode()).hexdigest(),
    )


def _noticed(prey: Prey, sandbox: Sandbox, changed: Installed) -> str:
    """What notices a change, and how; "" if nothing does."""
    by = _data(prey, sandbox, changed)
    return by if by or prey.stop.is_set() else _of_cases(prey, changed)


def _data(prey: Prey, sandbox: Sandbox, changed: Installed) -> str:
    """How the programs as data notice it, "" if they do not."""
    driver = Driver(sandbox, changed, prey.world.limits)
    for each in prey.chunks:
        if prey.stop.is_set():
            return ""
        found = next(iter(driver.run(each)), None)
        if found is not None:
            return f"{_DATA}{_rule(each, found, driver)} (program {found.index} of chunk {each.number})"
    return ""


def _rule(of: Chunk, difference: Difference, driver: Driver) -> str:
    code = Compiled(chunk.drawn(SEED, of.number, driver.release)[0]).code
    owed = wire.from_bytes(of.owed)[of.begin(difference.index) : of.ends[difference.index]]
    return verdict.broken(code, owed, difference).signature


def _of_cases(prey: Prey, changed: Installed) -> str:
    """The first case that notices it, and how; "" if none does."""
    after = _cases(prey, changed)
    for case in prey.cases:
        before, now = prey.before[case.name], after[case.name]
        if Sort.UNKNOWN not in (before.sort, now.sort) and (now.sort, now.kind) != (before.sort, before.kind):
            return f"case {case.name}: {now.kind or 'conforms'}"
    return ""


def _cases(prey: Prey, installed: Installed) -> dict[str, Behaviour]:
    """What all cases show on a toolchain."""
    side = Side(installed.toolchain)
    world = replace(prey.world, install=lambda _: installed)
    observe(world, prey.cases, [side], OwnStop(prey.stop))
    return {case.name: behaviour.of(outcome(case, side)) for case in prey.cases}


def score(tried: Sequence[Tried]) -> tuple[int, int]:
    """How many were killed, and of how many that compile and are not equivalent."""
    fates = [one.fate for one in tried]
    killed = fates.count(Fate.KILLED)
    return killed, killed + fates.count(Fate.SURVIVED)


def added_lines(before: str, after: str) -> Iterator[int]:
    """The lines of `after` that are not in `before`, by their numbers."""
    matcher = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    for tag, _, _, begin, end in matcher.get_opcodes():
        if tag in ("insert", "replace"):
            yield from range(begin + 1, end + 1)
