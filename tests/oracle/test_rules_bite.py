"""R1 to R6 bite: each, dropped or inverted, shows in the smallest of all programs that its test's docstring states.

The runtime model's source is changed in one place (`tests.oracle.mutant`) and all programs are tried, the smallest
first. A rule that no program shows is argued for, and shown in a state made by hand.
"""

from __future__ import annotations

import pytest

from oracle.code import compile_program
from oracle.generate import Tree, program_of, trees
from oracle.profile import POST_CL, PRE_CL
from oracle.program import Program
from oracle.runtime import Machine, deferproc, next_frame
from oracle.runtime2 import Defer, Frame, G, Kind, Panic, frame_size
from tests.oracle.mutant import Run, differs, mutant, programs, smallest
from tests.oracle.programs import program

pytestmark = pytest.mark.source

PENDING_AFTER_RECOVERY = program(main=[{"defer": "f1"}, {"defer": "f2"}, {"panic": "p1"}], f1=[], f2=["recover"])

TAKES_STATE = "            s = g.param\n"
CLEARS_PARAM = "                g.param = None\n"
HAS_BITS = "p.defer_bits_ptr != 0 and _load(g, p.defer_bits_ptr).bits != 0"
SAVES = "        if save_open_defer_state:  # R2\n"
SAVED = "SavedOpenDeferState(p0.retpc, p0.defer_bits_ptr - p0.sp, p0.slots_ptr - p0.sp)"
GOEXIT_SAVES_NOTHING = "            save_open_defer_state = False  # R3: that loop unwinds anyway\n"
STOPS_AT_GOEXIT = "        if older.goexit:\n"
PARAM_IS_FREE = "        if g.param is not None:  # R4\n"
LINKED_FIRST = 'found = "linked" if frame.sp == limit else "open-coded" if init_open_coded_defers(p, frame) else ""'
OPEN_FIRST = 'found = "open-coded" if init_open_coded_defers(p, frame) else "linked" if frame.sp == limit else ""'
LOOKS_FIRST = "            if bits == 0:\n                p.defer_bits_ptr = 0\n                break\n"
CLEARS = "            holder.bits = bits & ~(1 << i)\n"


def test_the_unchanged_model_shows_nothing() -> None:
    run = mutant()
    assert smallest(run, 3) is None
    assert smallest(run, 3, PRE_CL) is None
    assert smallest(run, 3, moving=True) is None


def test_a_change_must_be_where_it_is_said_to_be() -> None:
    with pytest.raises(AssertionError, match="not there once"):
        mutant(("no such line", ""))


def test_r1_deferreturn_takes_the_saved_state() -> None:
    """main: defer f1, defer f2, panic; f2: recover. Without the rule f1 never runs."""
    assert smallest(mutant((TAKES_STATE, "            s = None\n")), 4) == PENDING_AFTER_RECOVERY


def test_r1_deferreturn_clears_the_saved_state() -> None:
    """main: defer f1, defer f3, panic; f1: linked, defer f2; f3: recover. State that is not cleared is taken again by
    the deferreturn of f1, and fits nothing there."""
    expected = program(
        main=[{"defer": "f1"}, {"defer": "f3"}, {"panic": "p1"}],
        f1={"frame": "linked", "body": [{"defer": "f2"}]},
        f2=[],
        f3=["recover"],
    )
    assert _smallest_with(mutant((CLEARS_PARAM, "                pass\n")), 5, "panic", "recover") == expected


def test_r2_recovery_saves_state() -> None:
    """main: defer f1, defer f2, panic; f2: recover. With nothing saved f1 never runs."""
    assert smallest(mutant((SAVES, "        if False:\n")), 4) == PENDING_AFTER_RECOVERY


def test_r2_recovery_saves_state_if_bits_are_left() -> None:
    """The same program if it saves where none are left, and not where some are."""
    assert smallest(mutant((HAS_BITS, f"not ({HAS_BITS})")), 4) == PENDING_AFTER_RECOVERY


def test_r2_recovery_saves_offsets() -> None:
    """The same program, once the stack is copied between recovery and deferreturn: saved pointers are stale then. On
    a stack that stays where it is they do as well as offsets."""
    run = mutant(
        (SAVED, "SavedOpenDeferState(p0.retpc, p0.defer_bits_ptr, p0.slots_ptr)"),
        ("p.defer_bits_ptr = sp + s.defer_bits_offset", "p.defer_bits_ptr = s.defer_bits_offset"),
        ("p.slots_ptr = sp + s.slots_offset", "p.slots_ptr = s.slots_offset"),
    )
    assert smallest(run, 4) is None
    assert smallest(run, 4, moving=True) == PENDING_AFTER_RECOVERY


def test_r2_saving_where_no_bits_are_left_shows_in_nothing() -> None:
    """No program shows it: deferreturn takes the state, finds the bits empty, and is where it would be without it.
    That R2 looks at the bits saves an allocation, no more."""
    assert smallest(mutant((HAS_BITS, "p.defer_bits_ptr != 0")), 4) is None


def test_r3_recovery_into_a_goexit_saves_nothing() -> None:
    """main: defer f1, defer f3, defer f4, Goexit; f1: linked, defer f2; f3: recover; f4: panic. Goexit runs f4, whose
    panic runs f3, which recovers with f1 pending; the Goexit goes on and runs f1. State that was saved for nobody is
    taken by the deferreturn of f1. None smaller: of those up to 6 actions that have what it takes, none shows."""
    run = mutant((GOEXIT_SAVES_NOTHING, ""))
    assert _smallest_with(run, 6, "goexit", "panic", "recover") is None
    shown = program(
        main=[{"defer": "f1"}, {"defer": "f3"}, {"defer": "f4"}, "goexit"],
        f1={"frame": "linked", "body": [{"defer": "f2"}]},
        f2=[],
        f3=["recover"],
        f4=[{"panic": "p1"}],
    )
    assert differs(run, compile_program(shown))


def test_r3_recovery_does_not_jump_past_a_goexit() -> None:
    """main: defer f1, defer f2, Goexit; f1: recover; f2: panic. Without the rule the Goexit is forgotten and main
    returns."""
    expected = program(main=[{"defer": "f1"}, {"defer": "f2"}, "goexit"], f1=["recover"], f2=[{"panic": "p1"}])
    assert _smallest_with(mutant((STOPS_AT_GOEXIT, "        if False:\n")), 5, "goexit", "panic") == expected


def test_r4_shows_only_beside_another_fault() -> None:
    """No program shows R4 dropped: recovery alone sets g.param, next comes deferreturn at the place that recovery
    sent control to, which clears it (R1), and no code of the program runs in between. What R4 finds is another rule
    broken: with R3 dropped as well, the program of R3 in which f1 recovers a panic of its own dies with R4 and loses
    its way without. Inverted it kills main: defer f1, panic; f1: recover."""
    assert smallest(mutant((PARAM_IS_FREE, "        if False:\n")), 4) is None
    assert smallest(mutant((PARAM_IS_FREE, "        if g.param is None:\n")), 3) == program(
        main=[{"defer": "f1"}, {"panic": "p1"}], f1=["recover"]
    )
    recovers_while_saved = compile_program(
        program(
            main=[{"defer": "f1"}, {"defer": "f3"}, {"defer": "f4"}, "goexit"],
            f1=[{"defer": "f2"}, {"panic": "p1"}],
            f2=["recover"],
            f3=["recover"],
            f4=[{"panic": "p2"}],
        )
    )
    with_r4, without = (
        mutant((GOEXIT_SAVES_NOTHING, "")),
        mutant((GOEXIT_SAVES_NOTHING, ""), (PARAM_IS_FREE, "        if False:\n")),
    )
    assert with_r4(recovers_while_saved, POST_CL, lambda events: None).text == "unexpected gp.param"
    assert without(recovers_while_saved, POST_CL, lambda events: None).text != "unexpected gp.param"


def test_r5_shows_only_in_a_frame_that_has_both() -> None:
    """No program shows the order, because gc compiles no function with both: one defer statement in a loop, or in the
    body of a range-over-func loop, takes open-coded defers from all of it (cmd/compile/internal/walk/stmt.go).
    In such a frame, made by hand, the rule finds the linked call."""
    assert smallest(mutant((LINKED_FIRST, OPEN_FIRST)), 4) is None
    code = compile_program(program(main=[{"defer": "f1"}], f1=[]))
    for profile, retpc in ((POST_CL, False), (PRE_CL, True)):
        g = G(1, 1 << 20, None)
        frame = Frame(Kind.CODE, code.main, None, g.hi, frame_size(code.main))
        frame.bits = 1
        g.stack.append(frame)
        deferproc(g, frame, (code.main.ops[0][1], [0]), heap=False)
        p = Panic()
        p.lr, p.fp = 1, frame.sp
        assert next_frame(Machine(profile, g, lambda events: None), g, p)
        assert (p.retpc != 0) is retpc, "open-coded calls are found by where they return to"
        assert isinstance(g.defer, Defer)


def test_r5_pre_cl_deferreturn_needs_the_other_order() -> None:
    """Before the CL nextFrame also served deferreturn, limited to one frame, which it would take for a linked
    call: main: defer f1, defer f2, panic; f2: recover. f1 would never run."""
    assert smallest(mutant((OPEN_FIRST, LINKED_FIRST)), 4, PRE_CL) == PENDING_AFTER_RECOVERY


def test_r6_bits_are_looked_at_before_one_is_cleared() -> None:
    """main: defer f1, defer f2, Goexit; f1: recover; f2: panic. The panic in f2 runs f1, the rest of the frame; the
    Goexit then goes on in a frame without bits. Looking only after clearing one, it takes a call that is none."""
    after = """\
            holder.bits = bits & ~(1 << max(i, 0))
            if holder.bits == 0:
                p.defer_bits_ptr = 0
"""
    expected = program(main=[{"defer": "f1"}, {"defer": "f2"}, "goexit"], f1=["recover"], f2=[{"panic": "p1"}])
    assert _smallest_with(mutant((LOOKS_FIRST, ""), (CLEARS, after)), 5, "goexit", "panic") == expected


def test_pre_cl_deferreturn_stays_in_its_frame() -> None:
    """With lr left set behind the frame, deferreturn goes on in its caller: main: defer f1, call f2; f2: defer f3,
    panic; f3: recover. f2's deferreturn runs f1."""
    run = mutant(("    p.lr = 0 if only_caller else _return_pc(g, index)\n", "    p.lr = _return_pc(g, index)\n"))
    expected = program(
        main=[{"defer": "f1"}, {"call": "f2"}], f1=[], f2=[{"defer": "f3"}, {"panic": "p1"}], f3=["recover"]
    )
    assert _smallest_with(run, 5, "panic", "recover", profile_is_pre=True) == expected


@pytest.mark.parametrize("profile", [PRE_CL, POST_CL], ids=lambda p: str(p.name))
def test_no_rule_is_broken_by_moving_the_stack(profile: object) -> None:
    assert smallest(mutant(), 3, POST_CL if profile is POST_CL else PRE_CL, moving=True) is None


def _smallest_with(run: Run, most: int, *words: str, profile_is_pre: bool = False) -> Program | None:
    """The smallest of the programs that have all these actions: others cannot show what is looked for."""
    profile = PRE_CL if profile_is_pre else POST_CL
    for size in range(most + 1):
        for tree in trees(size):
            if set(words) <= _words(tree):
                found = program_of(tree)
                if differs(run, compile_program(found), profile):
                    return found
    return None


def _words(tree: Tree) -> set[str]:
    found: set[str] = set()
    for item in tree[1]:
        if isinstance(item, str):
            found.add(item)
        else:
            found |= {item[0]} | _words(item[1])
    return found


def test_programs_come_by_size() -> None:
    sizes = [p.size for p in programs(3)]
    assert sizes == sorted(sizes)
    assert len(sizes) == 397
