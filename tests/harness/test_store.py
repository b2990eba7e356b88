"""What is kept comes back as it was; what does not last, or is damaged, is not there."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path

import pytest

from harness import golang
from harness.model import (
    Build,
    DeferKind,
    Ending,
    Exited,
    Installed,
    Mode,
    OutOfMemory,
    OutputLimit,
    Run,
    Signaled,
    TimedOut,
)
from harness.sandbox import Limits
from harness.store import Kept, Store
from oracle.events import Function
from tests.harness.fake import TRACE, case, installed

KEY = "ab" + "0" * 62
RUN = Run("order/lifo", Mode.PLAIN, Exited(0), b"out\n", b"err\n", b"", 0.25)
KEPT = Kept(
    Build("order/lifo", "", {mode: (DeferKind(3, "open-coded"), DeferKind(9, "heap-allocated")) for mode in Mode}),
    (Function("main", 1, 9), Function("(*T[...]).M·1", 2, 4, foreign=True, ranges=True)),
    RUN,
    replace(RUN, mode=Mode.TRACED, trace=TRACE),
)


def ending(plain: Ending, traced: Ending) -> Kept:
    return replace(KEPT, plain=replace(RUN, ending=plain), traced=replace(RUN, mode=Mode.TRACED, ending=traced))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs")


def files(directory: Path) -> list[Path]:
    return sorted(path for path in directory.rglob("*") if path.is_file())


# --- What comes back --------------------------------------------------------------------------------------


def test_nothing_is_there_at_first(store: Store) -> None:
    assert store.get(KEY) is None


@pytest.mark.parametrize(
    "kept",
    [
        KEPT,
        ending(Exited(2), Exited(255)),
        replace(KEPT, functions=(), build=Build("order/lifo")),
        Kept(Build("order/lifo", "order/lifo.go:1:1: größer\n\tals"), (), None, None),
        replace(KEPT, plain=replace(RUN, stdout=bytes(range(256)), stderr=b"\xff\xfe\x00", seconds=1e-9)),
        replace(KEPT, traced=replace(RUN, mode=Mode.TRACED, trace=b"\x80not a trace\n", stdout=b"aGk=")),
    ],
)
def test_what_is_kept_comes_back(store: Store, kept: Kept) -> None:
    store.put(KEY, kept)
    assert store.get(KEY) == kept


def test_what_is_kept_outlives_the_process(tmp_path: Path) -> None:
    Store(tmp_path).put(KEY, KEPT)
    assert Store(tmp_path).get(KEY) == KEPT
    assert Store(tmp_path / "elsewhere").get(KEY) is None


def test_the_last_one_counts(store: Store) -> None:
    store.put(KEY, KEPT)
    other = ending(Exited(3), Exited(3))
    store.put(KEY, other)
    assert store.get(KEY) == other


def test_a_store_that_is_not_read_is_written(tmp_path: Path) -> None:
    fresh = Store(tmp_path, read=False)
    fresh.put(KEY, KEPT)
    assert fresh.get(KEY) is None
    assert Store(tmp_path).get(KEY) == KEPT


# --- What does not last -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "passing",
    [
        Signaled(9),
        TimedOut("wall", 10.0),
        TimedOut("cpu", 20.0),
        OutOfMemory(512 << 20),
        OutputLimit("stdout", 4 << 20),
        OutputLimit("trace", 4 << 20),
    ],
)
def test_an_ending_from_outside_is_not_kept(store: Store, tmp_path: Path, passing: Ending) -> None:
    for kept in (ending(passing, passing), ending(Exited(0), passing), ending(passing, Exited(0))):
        assert not kept.is_lasting
        store.put(KEY, kept)
    assert store.get(KEY) is None
    assert files(tmp_path) == []


def test_a_very_long_trace_is_not_kept(store: Store) -> None:
    assert KEPT.traced is not None
    for size, is_kept in ((4 << 20, True), ((4 << 20) + 1, False)):
        kept = replace(KEPT, traced=replace(KEPT.traced, trace=b"x" * size))
        store.put(KEY[:-1] + str(int(is_kept)), kept)
        assert (store.get(KEY[:-1] + str(int(is_kept))) is not None) == is_kept


# --- Damage -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{}",
        b"null",
        b"\x00" * 100,
        b"\xff\xfe",
        b'{"build": {"case": "order/lifo", "ending": 1}, "functions": []}',
    ],
)
def test_a_damaged_entry_is_not_there_and_is_written_anew(store: Store, tmp_path: Path, damage: bytes) -> None:
    store.put(KEY, KEPT)
    [entry] = files(tmp_path)
    entry.write_bytes(damage)
    assert store.get(KEY) is None
    assert files(tmp_path) == []
    store.put(KEY, KEPT)
    assert store.get(KEY) == KEPT


def test_an_entry_cut_anywhere_is_not_there(store: Store, tmp_path: Path) -> None:
    store.put(KEY, KEPT)
    [entry] = files(tmp_path)
    whole = entry.read_bytes()
    for length in range(0, len(whole), 7):
        entry.write_bytes(whole[:length])
        assert store.get(KEY) is None, length


def test_a_directory_in_an_entrys_place(store: Store, tmp_path: Path) -> None:
    (tmp_path / "runs" / KEY[:2] / f"{KEY[2:]}.json").mkdir(parents=True)
    store.put(KEY, KEPT)
    assert store.get(KEY) is None
    assert files(tmp_path) == []


def test_a_store_that_cannot_be_written_keeps_nothing_and_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = Store(tmp_path / "file")
    store.put(KEY, KEPT)
    assert store.get(KEY) is None
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_full_disk_leaves_nothing_half_written(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> int:
        path.touch()
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        store.put(KEY, KEPT)
    assert store.get(KEY) is None
    assert files(tmp_path) == []


def test_many_writers_and_readers_at_once(tmp_path: Path) -> None:
    """Whoever reads sees nothing, or one of the whole entries."""
    variants = [ending(Exited(n), Exited(n)) for n in range(4)]
    go = threading.Barrier(8)

    def work(number: int) -> list[Kept | None]:
        store = Store(tmp_path)
        go.wait()
        seen = []
        for _ in range(20):
            store.put(KEY, variants[number % 4])
            seen.append(store.get(KEY))
        return seen

    with ThreadPoolExecutor(8) as pool:
        seen = [kept for found in pool.map(work, range(8)) for kept in found]
    assert all(kept in variants for kept in seen)
    assert len(files(tmp_path)) == 1


# --- The key ----------------------------------------------------------------------------------------------


def test_the_key_is_that_of_the_same_ingredients(tmp_path: Path) -> None:
    key = Store(tmp_path).key(case(), installed(), "docker", Limits())
    assert key == Store(tmp_path / "other").key(case(), installed(), "docker", Limits())
    assert len(key) == 64


@pytest.mark.parametrize(
    "other",
    [
        (replace(case(), name="order/other"), installed(), "docker", Limits()),
        (replace(case(), source=case().source + "\n"), installed(), "docker", Limits()),
        (case(), replace(installed(), digest="another"), "docker", Limits()),
        (case(), installed(), "process", Limits()),
        *((case(), installed(), "docker", replace(Limits(), **{f.name: 1})) for f in fields(Limits)),
    ],
)
def test_the_key_changes_with_every_ingredient(store: Store, other: tuple[object, ...]) -> None:
    of, on, sandbox, limits = other
    assert isinstance(of, type(case()))
    assert isinstance(on, Installed)
    assert isinstance(limits, Limits)
    assert store.key(of, on, str(sandbox), limits) != store.key(case(), installed(), "docker", Limits())


def test_the_key_changes_with_the_go_side(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    before = store.key(case(), installed(), "docker", Limits())
    monkeypatch.setattr(golang, "digest", lambda: "of another version")
    assert store.key(case(), installed(), "docker", Limits()) != before


def test_the_key_does_not_change_with_what_only_the_judge_reads(store: Store) -> None:
    read = replace(case(), title="another", owes="another", on=">=1.18", path=Path("/elsewhere.go"))
    assert store.key(read, installed(), "docker", Limits()) == store.key(case(), installed(), "docker", Limits())
