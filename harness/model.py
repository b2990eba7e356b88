"""The nouns, in the order in which the pipeline makes them. Read this file first.

    Case -> Toolchain -> Build -> Run (Ending, Trace) -> Outcome -> Comparison

All are inert, frozen values; the stages (`build`, `run`, `trace`, `judge`, `compare`) are functions over them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from oracle.check import Divergence
from oracle.events import End, Event, Function
from oracle.predict import Places
from oracle.program import Program

# --- Case: a Go program and what the language owes it -------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a run of a case must show: all of standard output, the exit status, and, where it is given, the
    chain text (the lines of standard error before the first goroutine trace)."""

    stdout: str
    exit: int = 0
    stderr: str | None = None


@dataclass(frozen=True, slots=True)
class Variation:
    """Releases on which something else is lawful (`because` says why, with its source)."""

    on: str
    expect: Expectation
    because: str


@dataclass(frozen=True, slots=True)
class KnownFault:
    """Releases that are known to break what the language owes (an expected failure): `reason` and `issue`."""

    on: str
    reason: str
    issue: str


@dataclass(frozen=True, slots=True)
class DeferKind:
    """One line of the compiler's defer report: how it compiled the defer statement at `line` of the case."""

    line: int
    kind: str


@dataclass(frozen=True, slots=True)
class Lowered:
    """The program of the algebra that a Go source does. `places`: where in the source it stands; `defers`: how gc
    compiles its defer statements, with no flags that say otherwise."""

    program: Program
    places: Places
    defers: tuple[DeferKind, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One Go program in one file. `name` is "<family>/<behaviour>"; `source` is the whole file.

    `on` is the constraint (see `harness.constraint`) that a toolchain must meet for the case to apply, "" for all.
    `lowered`: what it does, where that is known. `prefix`: what all its package-level names but main begin with, and
    no other case's do; such cases may share a Go package. "" if it must have one of its own. `alone`: it has its
    process for itself. `godebug`: GODEBUG settings that it makes for itself before anything else.
    """

    name: str
    path: Path
    source: str
    title: str
    tags: tuple[str, ...] = ()
    owes: str = ""
    sources: tuple[str, ...] = ()
    on: str = ""
    expect: Expectation | None = None
    differs: tuple[Variation, ...] = ()
    xfail: tuple[KnownFault, ...] = ()
    lowered: Lowered | None = None
    prefix: str = ""
    alone: bool = False
    godebug: str = ""


# --- Toolchain: what a short text such as "go1.22.10,revert=cl.patch" names --------------------------------


@dataclass(frozen=True, slots=True)
class Patch:
    """One unified diff to apply (or, `reverse`, to take out) under GOROOT. `hunks`: 1-based numbers counted through
    the whole file, empty for all."""

    path: Path
    text: str
    reverse: bool = False
    hunks: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A parsed toolchain text. `base`: "go1.22.10", "image:<ref>", "goroot:<path>" or "gccgo".

    `text` is the canonical form of the text; `name` the short name that people see (an alias, or `text`).
    """

    name: str
    text: str
    base: str
    patches: tuple[Patch, ...] = ()
    gcflags: str = ""
    goarch: str = ""
    goexperiment: str = ""
    godebug: str = ""
    race: bool = False


@dataclass(frozen=True, slots=True)
class Installed:
    """A toolchain that is there to be used.

    `root`: the tree on this machine (a GOROOT; for gccgo the root of its file system), None for an image
    reference. `image`: the reference of an image that has the tree, "" where the sandbox makes one from `root`.
    `go`: path of the go command below `root` (or absolute in the image). `release`: "1.22.10" as the toolchain
    itself says; `engine`: "gc" or "gccgo". `overlay`: path below GOROOT (`src/runtime/panic.go`) -> replaced text.
    `digest`: hex SHA-256 over all that decides what it compiles to (release, wheel or tree digest, overlay,
    flags, emulator); it is the toolchain's identity in caches. `emulator`: a program of this machine that runs what
    the toolchain compiles, where that is for another architecture; the sandbox has it as `harness.sandbox.EMULATOR`.
    """

    toolchain: Toolchain
    root: Path | None
    image: str
    go: str
    release: str
    engine: str
    overlay: dict[str, str]
    digest: str
    emulator: Path | None = None


# --- Build and Run ------------------------------------------------------------------------------------


class Mode(Enum):
    """How a case is compiled: `PLAIN` as it stands, `TRACED` with trace calls put in."""

    PLAIN = "plain"
    TRACED = "traced"


@dataclass(frozen=True, slots=True)
class Build:
    """One case compiled by one toolchain: `failure` is the compiler's text if it did not compile ("" if it did);
    `defers` is its defer report for each mode (empty for an engine without one)."""

    case: str
    failure: str = ""
    defers: dict[Mode, tuple[DeferKind, ...]] = field(default_factory=dict)

    @property
    def compiled_alike(self) -> bool:
        """Both modes' defer statements were compiled in the same way, so what is traced is what runs untraced."""
        return self.defers.get(Mode.PLAIN) == self.defers.get(Mode.TRACED)


@dataclass(frozen=True, slots=True)
class Exited:
    """The process ended by itself, or (status 0) the case's main returned."""

    status: int


@dataclass(frozen=True, slots=True)
class Signaled:
    """A signal that the sandbox did not send ended the process."""

    signal: int


@dataclass(frozen=True, slots=True)
class TimedOut:
    """A time limit ended the process. `clock` is "wall" or "cpu"."""

    clock: str
    seconds: float


@dataclass(frozen=True, slots=True)
class OutOfMemory:
    """The kernel killed the process for memory; `limit` in bytes."""

    limit: int


@dataclass(frozen=True, slots=True)
class OutputLimit:
    """The process was killed for writing more than `limit` bytes to `stream` ("stdout", "stderr" or "trace")."""

    stream: str
    limit: int


Ending = Exited | Signaled | TimedOut | OutOfMemory | OutputLimit
"""How a tested process ended: evidence about the program and its toolchain, never a failure of ours."""


@dataclass(frozen=True, slots=True)
class Run:
    """One case in one mode run once. `trace` is the raw trace (empty in PLAIN mode). `seconds` is wall time."""

    case: str
    mode: Mode
    ending: Ending
    stdout: bytes
    stderr: bytes
    trace: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class Trace:
    """A decoded trace: the program's functions, its events in order, and the end of its process."""

    functions: tuple[Function, ...]
    events: tuple[Event, ...]
    end: End


# --- Outcome: what one toolchain did with one case --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Conforms:
    """Trace, output and ending are what the language owes."""


@dataclass(frozen=True, slots=True)
class Diverges:
    """The run broke a rule."""

    divergence: Divergence


@dataclass(frozen=True, slots=True)
class Crashed:
    """The process died in a way that neither the program nor the language explains."""

    detail: str


@dataclass(frozen=True, slots=True)
class RanTooLong:
    """A time limit ended it."""

    detail: str


@dataclass(frozen=True, slots=True)
class RanOutOfMemory:
    """A memory limit ended it."""

    detail: str


@dataclass(frozen=True, slots=True)
class WroteTooMuch:
    """A limit on output ended it."""

    detail: str


@dataclass(frozen=True, slots=True)
class BuildFailed:
    """The toolchain did not compile the case."""

    detail: str


@dataclass(frozen=True, slots=True)
class Inconclusive:
    """Machinery failed, on every try; nothing is known."""

    detail: str


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """The case does not apply to this toolchain (its header says so)."""

    constraint: str


Outcome = (
    Conforms
    | Diverges
    | Crashed
    | RanTooLong
    | RanOutOfMemory
    | WroteTooMuch
    | BuildFailed
    | Inconclusive
    | NotApplicable
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A case's outcome on one toolchain with the evidence. `known`: the header's entry that foresees a failure here;
    `unexpected_pass`: there is such an entry, and the run conforms. `lawful`: the header's entry for releases that
    lawfully show something else, if this is one."""

    case: Case
    toolchain: str
    outcome: Outcome
    known: KnownFault | None = None
    trace: Trace | None = None
    plain: Run | None = None
    traced: Run | None = None
    lawful: Variation | None = None

    @property
    def unexpected_pass(self) -> bool:
        """An expected failure that passes is a failure of the header."""
        return self.known is not None and isinstance(self.outcome, Conforms)


# --- Comparison: the two sides of a pair ------------------------------------------------------------------


class Verdict(Enum):
    """How the two outcomes of a pair stand to each other (`harness.compare.compare` decides, totally)."""

    SAME = "same"
    REGRESSED = "regressed"
    FIXED = "fixed"
    DISPUTED = "disputed"
    BOTH_DIVERGE = "both diverge differently"
    CHANGED = "changed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One case on both sides. `explained`: every side that fails is foreseen by the case's header."""

    case: Case
    pre: Judged
    post: Judged
    verdict: Verdict
    explained: bool
