from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import BadCase
from harness.golang.layout import SHARING, _prepared, batch, prepare
from harness.golang.report import defer_kinds
from harness.model import Case, DeferKind, Mode

PLAIN = "package main\n\nfunc main() {\n\tdefer print()\n}\n"
LAST = 'package main\n\nimport "runtime/debug"\n\nfunc main() { debug.FreeOSMemory() }\n'
EARLY = "package main\n\nfunc init() {}\n\nfunc main() {}\n"


def case(name: str, source: str) -> Case:
    return Case(name, Path(f"cases/{name}.go"), source, "a title")


LAYOUT = batch([case("a/plain", PLAIN), case("a/last", LAST), case("a/early", EARLY)], "1.21")


def test_every_case_is_there_in_both_modes() -> None:
    assert LAYOUT.files["go.mod"] == b"module deferdiff.test\n\ngo 1.21\n"
    assert LAYOUT.files["plain/c000/case.go"] == PLAIN.replace("main", "c000", 1).replace("main", "Main").encode()
    for number in ("000", "001", "002"):
        assert b"_ddp.Enter(" not in LAYOUT.files[f"plain/c{number}/case.go"]
        assert b"_ddp.Enter(" in LAYOUT.files[f"traced/c{number}/case.go"]
    assert {"trace/trace.go", "trace/g_amd64.s", "drive/drive.go", "drive/early/early.go"} <= LAYOUT.files.keys()


def test_one_binary_but_for_cases_that_act_before_main() -> None:
    jobs = {p.binary: p.jobs for p in LAYOUT.programs}
    assert jobs == {
        "batch": ("plain:000", "traced:000", "plain:001", "traced:001"),
        "plain002": ("plain:002",),
        "traced002": ("traced:002",),
    }
    assert [p.package for p in LAYOUT.programs] == ["./cmd/batch", "./cmd/plain002", "./cmd/traced002"]
    table = LAYOUT.files["cmd/batch/main.go"].decode()
    assert 'case "traced:000":\n\t\treturn drive.Job{Main: traced000.Main}\n' in table
    assert 'case "traced:001":\n\t\treturn drive.Job{Main: traced001.Main, Last: true}\n' in table


def test_a_case_that_cannot_be_traced_is_named_by_its_file() -> None:
    with pytest.raises(BadCase, match=r"^cases/a/bad\.go:1:1: "):
        batch([case("a/bad", "package lib\n")], "1.21")


def test_output_is_restored_to_that_of_package_main() -> None:
    said = (
        b"c000.T c001.T xc000.T deferdiff.test/plain/c000.f c000.B[deferdiff.test/traced/c000.T] c000.Main c000.Main2"
    )
    assert LAYOUT.placed[0].restored(said) == b"main.T c001.T xc000.T main.f main.B[main.T] main.main main.Main2"


def test_the_defer_report_is_told_apart_by_case_and_mode() -> None:
    report = """# deferdiff.test/plain/c000
plain/c000/case.go:4:2: open-coded defer
plain/c000/case.go:4:2: open-coded defer
plain/c000/case.go:2:2: heap-allocated defer
plain/c000/case.go:9:2: not a report of a defer statement
trace/trace.go:4:2: open-coded defer
# deferdiff.test/traced/c000
traced/c000/case.go:4:80: stack-allocated defer
traced/c009/case.go:4:80: open-coded defer
"""
    kinds = defer_kinds(LAYOUT, report)
    assert kinds["a/plain"] == {
        Mode.PLAIN: (DeferKind(2, "heap-allocated"), DeferKind(4, "open-coded")),
        Mode.TRACED: (DeferKind(4, "stack-allocated"),),
    }
    assert kinds["a/early"] == {Mode.PLAIN: (), Mode.TRACED: ()}


SHARE = "package main\n\nfunc {0}f() {{}}\n\nfunc main() {{\n\tdefer {0}f()\n}}\n"


def sharing(count: int) -> list[Case]:
    """Cases that may share packages, and after the second one that may not."""
    cases = [replace(case(f"s/{n}", SHARE.format(f"p{n}_")), prefix=f"p{n}_") for n in range(count)]
    return [*cases[:2], case("a/plain", PLAIN), *cases[2:]]


def test_cases_that_may_share_packages_do() -> None:
    layout = batch(sharing(SHARING + 1), "1.22")
    packages = [placed.package for placed in layout.placed]
    assert packages == ["000", "000", "002", *["000"] * (SHARING - 2), f"{SHARING + 1:03}"]
    assert {f"{mode}/c000/p001.go" for mode in ("plain", "traced")} <= layout.files.keys()
    assert b"package c000;" in layout.files["traced/c000/p001.go"]
    assert b"func Mainp1_()" in layout.files["plain/c000/p001.go"]
    table = layout.files["cmd/batch/main.go"].decode()
    assert table.count('"deferdiff.test/plain/c000"') == 1
    assert 'case "plain:001":\n\t\treturn drive.Job{Main: plain000.Mainp1_}\n' in table
    assert layout.placed[1].restored(b"c000.p1_f main.Mainp1_") == b"main.p1_f main.main"


def test_a_file_of_a_shared_package_tells_its_case() -> None:
    layout = batch(sharing(3), "1.22")
    placed, mode = layout.case_at("./traced/c000/p003.go") or (None, None)
    assert placed is layout.placed[3]
    assert mode is Mode.TRACED
    assert layout.case_at("deferdiff.test/plain/c000") is None
    assert layout.case_at("deferdiff.test/plain/c002") == (layout.placed[2], Mode.PLAIN)


def test_sharing_is_the_callers_choice() -> None:
    layout = batch(sharing(3), "1.22", share=False)
    assert [placed.package for placed in layout.placed] == ["000", "001", "002", "003"]
    assert not layout.sharing
    assert "plain/c003/case.go" in layout.files


def test_what_is_prepared_is_what_is_laid_out() -> None:
    """Otherwise it would be prepared twice."""
    cases = sharing(SHARING + 1)
    prepare(cases)
    before = _prepared.cache_info()
    batch(cases, "1.22")
    assert _prepared.cache_info().misses == before.misses


def test_a_case_that_is_alone_has_nothing_before_and_nothing_behind_it() -> None:
    cases = [replace(each, alone=n in {1, 3}) for n, each in enumerate(sharing(4))]
    [program] = batch(cases, "1.22").programs
    assert program.jobs == tuple(f"{mode}:00{n}" for n in (1, 3, 0, 2, 4) for mode in ("plain", "traced"))
    table = batch(cases, "1.22").files["cmd/batch/main.go"].decode()
    last = [line for line in table.splitlines() if "Last: true" in line]
    assert len(last) == 4
    assert all("Mainp1_" in line or "Mainp2_" in line for line in last)
