"""A stored run comes back as it was; what is none, or is damaged, is refused in one line."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.acceptance import Reviewed
from harness.errors import BadRun
from harness.generated import case_of
from harness.model import (
    BuildFailed,
    Comparison,
    Conforms,
    Crashed,
    Diverges,
    Ending,
    Exited,
    Inconclusive,
    Mode,
    NotApplicable,
    Outcome,
    OutOfMemory,
    OutputLimit,
    Patch,
    RanOutOfMemory,
    RanTooLong,
    Run,
    Signaled,
    TimedOut,
    Trace,
    Verdict,
    WroteTooMuch,
)
from harness.policy import Policy
from harness.report import stored
from harness.report.result import GateResult, decide_all
from oracle import rules
from oracle.check import Divergence
from oracle.events import End, EndKind
from tests.harness.report import runs, sample
from tests.harness.test_trace import EVENTS


def there_and_back(result: GateResult) -> GateResult:
    held = stored.load(io.BytesIO(stored.render(result)), "run")
    assert held.left_out == 0
    return held.result


# --- Round trips ---------------------------------------------------------------------------------------------


def _stays_in_the_table(event: Any) -> bool:
    callee = getattr(event, "callee", None)
    pointed_at = callee.functions if callee else (getattr(event, "function", 0),)
    return all(index < len(sample.FUNCTIONS) for index in pointed_at)


DETAIL = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBER = st.integers(0, 2**40)
OUTCOMES = st.one_of(
    st.just(Conforms()),
    st.builds(Diverges, st.builds(Divergence, st.sampled_from(rules.ALL), NUMBER, DETAIL, DETAIL)),
    *(
        st.builds(kind, DETAIL)
        for kind in (Crashed, RanTooLong, RanOutOfMemory, WroteTooMuch, BuildFailed, Inconclusive, NotApplicable)
    ),
)
ENDINGS = st.one_of(
    st.builds(Exited, st.integers(0, 255)),
    st.builds(Signaled, st.integers(1, 64)),
    st.builds(TimedOut, st.sampled_from(["wall", "cpu"]), st.floats(0, 100)),
    st.builds(OutOfMemory, NUMBER),
    st.builds(OutputLimit, st.sampled_from(["stdout", "stderr", "trace"]), NUMBER),
)
TRACES = st.builds(
    Trace,
    st.just(sample.FUNCTIONS),
    st.lists(EVENTS.filter(_stays_in_the_table), max_size=6).map(tuple),
    st.builds(End, st.sampled_from(EndKind), st.integers(0, 255), DETAIL),
)


def test_the_strategies_know_every_outcome_and_ending() -> None:
    drawn = {Conforms, Diverges, Crashed, RanTooLong, RanOutOfMemory, WroteTooMuch, BuildFailed, Inconclusive}
    assert set(get_args(Outcome)) == drawn | {NotApplicable}
    assert set(get_args(Ending)) == {Exited, Signaled, TimedOut, OutOfMemory, OutputLimit}


@given(OUTCOMES, OUTCOMES, st.none() | TRACES, ENDINGS, st.binary(max_size=30), st.sampled_from(Verdict))
def test_whatever_a_run_shows_comes_back(
    pre: Outcome, post: Outcome, trace: Trace | None, ending: Ending, output: bytes, verdict: Verdict
) -> None:
    of = sample.case("order/any")
    run = Run(of.name, Mode.PLAIN, ending, output, output[::-1], b"", 0.5)
    after = replace(sample.side(of, "post", post, trace=trace), plain=run)
    comparison = Comparison(of, sample.side(of, "pre", pre, trace=None), after, verdict, explained=True)
    result = sample.result(comparison)
    assert there_and_back(result) == result


@pytest.mark.parametrize(
    "result",
    [
        sample.mixed(),
        sample.result(),
        sample.result(sample.hostile()),
        sample.result(sample.same(), interrupted=True, planned=9, directory=Path("/work here"), timeout=2.5),
        sample.mixed(policy=Policy(same="fail", explained="fail")),
        sample.result(
            pre=replace(
                sample.PRE,
                toolchain=replace(
                    sample.PRE.toolchain, patches=(Patch(Path("a.diff"), "--- a\n", True, frozenset({1, 3})),)
                ),
                root=None,
                image="golang",
                emulator=Path("/usr/bin/qemu"),
            )
        ),
    ],
    ids=["mixed", "empty", "hostile", "interrupted", "strict", "toolchain"],
)
def test_a_result_comes_back(result: GateResult) -> None:
    assert there_and_back(result) == result


def test_a_known_program_comes_back() -> None:
    of = case_of(runs.RICH, "fuzz/rich", Path("rich.go"))
    assert of.lowered is not None
    result = sample.result(sample.compared(of, sample.side(of, "pre"), sample.side(of, "post"), Verdict.SAME))
    assert there_and_back(result) == result


@pytest.mark.parametrize("day", [sample.TODAY, sample.TODAY + timedelta(days=1)])
def test_what_was_accepted_comes_back(day: date) -> None:
    """While it holds, and when it has expired."""
    of = sample.regressed()
    accepted = Reviewed(sample.PRE, sample.POST, day, (sample.accepted(of),))
    result = replace(sample.result(of), decided=decide_all(Policy(), [of], accepted), unmatched=accepted.acceptances)
    assert result.decided[0].acceptance is not None
    assert there_and_back(result) == result


def test_it_can_be_decided_anew() -> None:
    """Whether both sides have the same entry of a header is asked by identity."""
    result = sample.mixed()
    read = there_and_back(result)
    assert decide_all(Policy(), (decided.comparison for decided in read.decided)) == result.decided


def test_the_raw_trace_is_not_kept_twice() -> None:
    comparison = sample.same()
    assert comparison.post.traced is not None
    raw = replace(comparison.post, traced=replace(comparison.post.traced, trace=b"E 1 1 0 s 0 0 0\n" * 100))
    read = there_and_back(sample.result(replace(comparison, post=raw))).decided[0].comparison.post
    assert read.traced is not None
    assert read.traced.trace == b""
    assert read.trace == comparison.post.trace


def test_names_that_are_no_unicode_come_back_as_reports_show_them() -> None:
    odd = replace(sample.POST, overlay={"src/a.go": "// \udcfe"})
    read = there_and_back(sample.result(directory=Path("/a\udcffb"), post=odd))
    assert read.directory == Path(r"/a\udcffb")
    assert read.post.overlay == {"src/a.go": r"// \udcfe"}


def test_the_same_result_gives_the_same_bytes() -> None:
    assert stored.render(sample.mixed()) == stored.render(sample.mixed())


# --- Bounds --------------------------------------------------------------------------------------------------


def test_what_has_no_room_keeps_its_outcome_and_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The notable ones have the room first."""
    monkeypatch.setattr(stored, "EVIDENCE", 7_800)
    result = sample.result(sample.same(), sample.same("order/second"), sample.regressed())
    held = stored.load(io.BytesIO(stored.render(result)), "run")
    assert held.left_out == 1
    kept = [decided.comparison.post.trace is not None for decided in held.result.decided]
    assert kept == [True, False, True]
    assert held.result.decided[1].comparison.post.outcome == Conforms()
    assert held.result.decided[2] == result.decided[2]
    assert held.result.headline() == result.headline()


def test_a_small_file_cannot_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "_LONGEST", 1_000)
    with pytest.raises(BadRun, match="larger than a stored run can be"):
        stored.load(io.BytesIO(gzip.compress(b"x" * 100_000)), "run")
    monkeypatch.setattr(stored, "_LONGEST", 100_000)
    monkeypatch.setattr(stored, "_LARGEST", 2_000)
    with pytest.raises(BadRun, match="larger than a stored run can be"):
        stored.load(io.BytesIO(stored.render(sample.mixed())), "run")


# --- What is none --------------------------------------------------------------------------------------------


def lines(result: GateResult) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(stored.render(result)).splitlines()]


def packed(documents: list[dict[str, Any]]) -> bytes:
    return gzip.compress("".join(json.dumps(document) + "\n" for document in documents).encode())


def refused(file: bytes) -> str:
    with pytest.raises(BadRun) as caught:
        stored.load(io.BytesIO(file), "there/run.json.gz")
    message = str(caught.value)
    assert message.startswith("there/run.json.gz: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"hello",
        gzip.compress(b"", mtime=0),
        gzip.compress(b"hello\n", mtime=0),
        gzip.compress(b'{"format":1}\n', mtime=0),
    ],
)
def test_another_file(file: bytes) -> None:
    assert "no stored run of deferdiff gate" in refused(file)


def test_a_newer_format() -> None:
    head, *rest = lines(sample.mixed())
    message = refused(packed([{**head, "format": 2, "version": "9.1", "novel": 1}, {}, *rest]))
    assert "written by deferdiff 9.1 in format 2, and this one reads format 1" in message


def broken_line(change: Callable[[dict[str, Any]], None]) -> str:
    documents = lines(sample.mixed())
    change(documents[2])
    return refused(packed(documents))


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.pop("verdict"),
        lambda line: line.update(verdict="splendid"),
        lambda line: line["post"]["outcome"].update(kind="Exited"),
        lambda line: line["post"]["outcome"].update(kind="Diverges"),
        lambda line: line["post"]["trace"].update(events="E 1 1 99 s 0 0 0\n"),
        lambda line: line["post"]["trace"].update(events="nonsense"),
        lambda line: line["post"]["plain"].update(stdout="%%%"),
        lambda line: line.update(lowered=json.loads('{"a":' * 300 + "1" + "}" * 300)),
        lambda line: line.update(
            lowered={"program": {"functions": []}, "places": {"entries": {}, "actions": {}}, "defers": []}
        ),
    ],
)
def test_a_line_that_says_what_none_can(change: Callable[[dict[str, Any]], None]) -> None:
    assert "damaged: line 3 of it is no part of a stored run" in broken_line(change)


def test_lines_that_are_missing() -> None:
    assert "it ends after 12 of 13 cases" in refused(packed(lines(sample.mixed())[:-1]))
    assert "line 2 of it" in refused(packed(lines(sample.mixed())[:1]))


@given(st.data())
def test_any_damage_is_told_in_one_line(data: st.DataObject) -> None:
    whole = stored.render(sample.result(sample.regressed()))
    at = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        refused(whole[:at])
        return
    flipped = bytearray(whole)
    flipped[at] ^= data.draw(st.integers(1, 255))
    if _holds_the_same(bytes(flipped)):  # the flipped bit was one of those that say nothing
        return
    refused(bytes(flipped))


def _holds_the_same(file: bytes) -> bool:
    try:
        return stored.load(io.BytesIO(file), "run").result == sample.result(sample.regressed())
    except BadRun:
        return False


def test_where_it_lies(tmp_path: Path) -> None:
    for missing in (tmp_path, tmp_path / "none.gz"):
        with pytest.raises(BadRun, match="cannot be read: No such file or directory; give the report directory"):
            stored.read(missing)
    (tmp_path / stored.NAME).write_bytes(stored.render(sample.mixed()))
    assert stored.read(tmp_path).result == stored.read(tmp_path / stored.NAME).result == sample.mixed()


def test_the_schema_holds_for_every_line() -> None:
    schemas = stored.schema()
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    documents = lines(sample.mixed())
    names = ["head", "frame", *["comparison"] * (len(documents) - 2)]
    for name, document in zip(names, documents, strict=True):
        jsonschema.validate(document, schemas[name])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**documents[0], "kind": "another"}, schemas["head"])


# --- Parts -----------------------------------------------------------------------------------------------------


def test_one_case_is_found_as_the_whole_has_it() -> None:
    result = sample.mixed()
    packed = stored.render(result)
    whole = stored.load(io.BytesIO(packed), "run").result
    for decided in whole.decided:
        found = stored.find(io.BytesIO(packed), "run", decided.comparison.case.name).result
        assert found == replace(whole, decided=(decided,))
    nothing = replace(whole, decided=())
    assert stored.find(io.BytesIO(packed), "run", "no/such").result == nothing
    assert stored.find(io.BytesIO(packed), "run", "order").result == nothing
    assert stored.frame(io.BytesIO(packed), "run").result == nothing


@pytest.mark.parametrize("name", ['a/"quoted"', "a/back\\slash", "a/\u00fc\U0001f600", "a/<&>'"])
def test_whatever_a_case_is_called_it_is_found(name: str) -> None:
    packed = stored.render(sample.result(sample.same("a/other"), sample.same(name)))
    [found] = stored.find(io.BytesIO(packed), "run", name).result.decided
    assert found.comparison.case.name == name


def test_a_damaged_line_is_told_where_it_is_looked_at() -> None:
    lines = gzip.decompress(stored.render(sample.mixed())).splitlines(keepends=True)
    name = sample.mixed().decided[1].comparison.case.name
    lines[3] = lines[3].replace(b'"pre":', b'"prx":', 1)
    packed = gzip.compress(b"".join(lines))
    with pytest.raises(BadRun, match="line 4"):
        stored.find(io.BytesIO(packed), "run", name)
    with pytest.raises(BadRun, match="line 4"):
        stored.load(io.BytesIO(packed), "run")
