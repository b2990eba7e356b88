from __future__ import annotations

from harness.service.pages.agreement import groups
from tests.harness.service.pages.finished import side


def test_those_that_say_the_same_are_one_line_and_the_odd_one_is_last() -> None:
    sides = [side("odd", "b\n"), side("a", "a\n"), side("b", "a\n")]
    assert [(group.toolchains, group.output) for group in groups(sides)] == [(("a", "b"), "a\n"), (("odd",), "b\n")]


def test_stacks_and_addresses_do_not_tell_toolchains_apart() -> None:
    fault = "panic: x\n[signal SIGSEGV: code=0x1 addr=0x0 pc={}]\n\ngoroutine {} [running]:\n"
    sides = [side("a", "", stderr=fault.format("0x4a1", 1)), side("b", "", stderr=fault.format("0x5b2", 2))]
    (group,) = groups(sides)
    assert group.output == "panic: x\n[signal SIGSEGV: code=0x1 addr=0x0 pc=0x4a1]"


def test_each_thing_that_is_said_tells_them_apart() -> None:
    broken = {"rule": "r", "event": 1, "got": "g", "owed": "o"}
    sides = [
        side("a", "x"),
        side("b", "x", "diverges"),
        side("c", "x", stderr="y"),
        side("d", "x", ending="exit status 2"),
        side("e", "x", divergence=broken),
        side("f", "x", divergence={**broken, "got": "h"}),
    ]
    assert len(groups(sides)) == len(sides)


def test_one_that_never_ran_has_no_output() -> None:
    (group,) = groups([side("a", None, stderr=None, ending=None)])
    assert group.output == ""
