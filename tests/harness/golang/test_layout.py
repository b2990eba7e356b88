from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import BadCase
from harness.golang.layout import batch
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
