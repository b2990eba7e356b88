"""Programs that show one rule each, small enough to follow with a finger."""

from __future__ import annotations

from oracle.program import Program
from tests.oracle.programs import program

LINKED = {"frame": "linked"}

SCENES: dict[str, Program] = {
    "deferred calls run newest first": program(main=[{"defer": "f1"}, {"defer": "f2"}], f1=[], f2=["return"]),
    "a recovered panic leaves the others pending": program(
        main=[{"call": "f1"}, {"emit": 7}],
        f1=[{"defer": "f2"}, {"defer": "f3"}, {"defer": "f4"}, {"panic": "boom"}],
        f2=["recover"],
        f3=[{"recover": "shown"}],
        f4=[],
    ),
    "the same with linked calls": program(
        main=[{"call": "f1"}, {"emit": 7}],
        f1={**LINKED, "body": [{"defer": "f2"}, {"defer": "f3"}, {"defer": "f4"}, {"panic": "boom"}]},
        f2=["recover"],
        f3=["recover"],
        f4=[],
    ),
    "recover gives nil without a panic": program(main=["recover", {"defer": "f1"}], f1=["recover"]),
    "recover gives nil one level too deep": program(
        main=[{"defer": "f1"}, {"panic": "boom"}], f1=[{"call": "f2"}], f2=["recover"]
    ),
    "recover gives nil the second time": program(
        main=[{"defer": "f1"}, {"panic": "boom"}], f1=["recover", {"recover": "shown"}]
    ),
    "recover gives nil in what a deferred call defers": program(
        main=[{"defer": "f1"}, {"panic": "boom"}], f1=[{"defer": "f2"}], f2=["recover"]
    ),
    "recover gives nil in what a linked deferred call defers": program(
        main=[{"defer": "f1"}, {"panic": "boom"}], f1={**LINKED, "body": [{"defer": "f2"}]}, f2=["recover"]
    ),
    "recover gives nil while Goexit runs": program(main=[{"defer": "f1"}, "goexit"], f1=["recover"]),
    "recover under a Goexit ends nothing": program(
        main=[{"go": "f1"}], f1=[{"defer": "f2"}, {"defer": "f3"}, "goexit"], f2=[], f3=["recover"]
    ),
    "a panic of a Goexit's call, under a panic": program(
        main=[{"defer": "f1"}, {"panic": "older"}], f1=[{"defer": "f2"}, "goexit"], f2=["recover"]
    ),
    "a newer panic replaces an older": program(
        main=[{"defer": "f1"}, {"defer": "f2"}, {"panic": "older"}],
        f1=[{"recover": "shown"}],
        f2=[{"panic": "newer"}],
    ),
    "an inner panic ends inside": program(
        main=[{"defer": "f1"}, {"panic": "outer"}],
        f1=[{"call": "f2"}, {"recover": "shown"}],
        f2=[{"defer": "f3"}, {"panic": "inner"}],
        f3=["recover"],
    ),
    "an uncaught chain": program(
        main=[{"defer": "f1"}, {"defer": "f2"}, {"panic": "one"}],
        f1=[{"panic": "three"}],
        f2=["recover", {"panic": "two"}],
    ),
    "an uncaught chain above a Goexit": program(
        main=[{"defer": "f1"}, "goexit"], f1=[{"defer": "f2"}, {"panic": "one"}], f2=[{"panic": "two"}]
    ),
    "the same value again": program(
        main=[{"defer": "f1"}, {"defer": "f2"}, {"panic": "boom"}], f1=["recover"], f2=["recover", {"panic": "boom"}]
    ),
    "Goexit runs the calls of all frames": program(
        main=[{"go": "f1"}, {"emit": 1}],
        f1=[{"defer": "f2"}, {"call": "f3"}, {"emit": 2}],
        f2=[],
        f3={**LINKED, "body": [{"defer": "f4"}, {"defer": "f5"}, "goexit"]},
        f4=[],
        f5=[],
    ),
    "a recovered panic does not stop a Goexit": program(
        main=[{"go": "f1"}],
        f1=[{"defer": "f2"}, {"defer": "f3"}, {"call": "f4"}],
        f2=[],
        f3=["recover"],
        f4=[{"defer": "f5"}, "goexit"],
        f5=[{"panic": "boom"}],
    ),
    "a panic that is recovered inside a Goexit's call": program(
        main=[{"go": "f1"}],
        f1=[{"defer": "f2"}, {"defer": "f3"}, "goexit"],
        f2=[],
        f3=[{"call": "f4"}],
        f4=[{"defer": "f5"}, {"panic": "boom"}],
        f5=["recover"],
    ),
    "a Goexit drops a panic": program(
        main=[{"go": "f1"}, {"emit": 1}],
        f1=[{"defer": "f2"}, {"panic": "boom"}],
        f2=["goexit"],
    ),
    "a panic recovered below two Goexits": program(
        main=[{"go": "f1"}],
        f1=[{"defer": "f2"}, {"defer": "f3"}, {"defer": "f4"}, "goexit"],
        f2=[],
        f3=["recover"],
        f4=[{"defer": "f5"}, "goexit"],
        f5=[{"panic": "boom"}],
    ),
    "a goroutine's panic ends the process": program(
        main=[{"defer": "f1"}, {"go": "f2"}, {"emit": 1}], f1=[], f2=[{"defer": "f3"}, {"panic": "boom"}], f3=[]
    ),
    "goroutines have panics of their own": program(
        main=[{"defer": "f1"}, {"panic": "boom"}],
        f1=[{"go": "f2"}, "recover", {"go": "f2"}],
        f2=["recover", {"return": 4}],
    ),
    "a deferred closure sets the result": program(
        main=[{"call": "f1", "result": "shown"}],
        f1=[{"set": 3}, {"defer": "f2"}, {"defer": "f3"}, "read", {"panic": "boom"}],
        f2=["read-outer", {"set-outer": 5}],
        f3=["recover", {"set-outer": 4}],
    ),
    "a deferred closure sees what is returned": program(
        main=[{"call": "f1", "result": "shown"}],
        f1=[{"defer": "f2"}, {"return": 8}],
        f2=["read-outer", {"set-outer": 9}, {"set": 1}, "read"],
    ),
    "a result without a return": program(
        main=[{"call": "f1", "result": "shown"}, {"call": "f2", "result": "shown"}],
        f1=[{"set": 2}],
        f2=[],
    ),
    "results of calls that defer nothing": program(
        main=[{"call": "f1", "result": "shown"}, {"call": "f2"}],
        f1=[{"call": "f2"}, {"return": 250}],
        f2=[{"return": 9}],
    ),
    "a nil function faults when it is called": program(
        main=[{"defer": "f1"}, {"defer": "nil"}, {"emit": 1}], f1=[{"recover": "shown"}]
    ),
    "a nil function under a panic": program(
        main=[{"defer": "f1"}, {"defer": "nil"}, {"panic": "boom"}], f1=["recover"]
    ),
    "a nil function, linked": program(
        main={**LINKED, "body": [{"defer": "f1"}, {"defer": "nil"}]},
        f1=["recover"],
    ),
    "a nil function under a Goexit": program(
        main=[{"go": "f1"}], f1=[{"defer": "f2"}, {"defer": "nil"}, "goexit"], f2=["recover"]
    ),
    "an uncaught nil function": program(main=[{"defer": "nil"}]),
    "run-time errors": program(
        main=[{"call": "f1"}, {"call": "f3"}, {"call": "f5"}],
        f1=[{"defer": "f2"}, {"fault": "nil"}],
        f2=["recover"],
        f3=[{"defer": "f4"}, {"fault": "divide"}],
        f4=["recover"],
        f5=[{"defer": "f6"}, {"fault": "index"}],
        f6=[{"recover": "shown"}],
    ),
    "an uncaught run-time error": program(main=[{"fault": "divide"}]),
    "statements in loops": program(
        main={
            **LINKED,
            "body": [
                {"defer": "f1", "as": "function", "times": 3, "loop": True},
                {"defer": "f2", "times": 0, "loop": True},
                {"defer": "f3"},
                {"panic": "boom"},
            ],
        },
        f1=["recover"],
        f2=[],
        f3=[],
    ),
    "statements that are not executed": program(
        main=[
            {"defer": "f1"},
            {"defer": "f2", "times": 0},
            {"defer": "f3"},
            {"defer": "f4", "times": 0},
            {"panic": "boom"},
        ],
        f1=["recover"],
        f2=[],
        f3=[],
        f4=[],
    ),
    "forms of deferred calls": program(
        main=[{"call": "f1"}, {"call": "f2"}, {"call": "f3"}, {"call": "f4"}, {"call": "f5"}],
        f1=[{"defer": "f6", "as": "function"}, {"panic": "a"}],
        f2=[{"defer": "f6", "as": "value"}, {"panic": "b"}],
        f3={**LINKED, "body": [{"defer": "f6", "as": "method"}, {"panic": "c"}]},
        f4=[{"defer": "f6", "as": "promoted"}, {"panic": "d"}],
        f5=[{"defer": "f6", "as": "argument"}, {"panic": "e"}],
        f6=["recover"],
    ),
    "a wrapped call, one level too deep": program(
        main=[{"defer": "f1", "as": "promoted"}, {"panic": "boom"}], f1=[{"call": "f2"}], f2=["recover"]
    ),
    "a wrapped call that the return runs, under a panic": program(
        main=[{"defer": "f1"}, {"panic": "boom"}], f1=[{"defer": "f2", "as": "method"}], f2=["recover"]
    ),
    "the stack grows and moves": program(
        main=[{"call": "f1"}, "collect"],
        f1={"large": True, "body": [{"defer": "f2"}, {"defer": "f3"}, "grow", {"panic": "boom"}]},
        f2=["collect"],
        f3=["grow", "recover", "grow"],
    ),
    "a panic in a call that the return runs": program(
        main=[{"call": "f1"}, {"emit": 1}],
        f1=[{"defer": "f2"}, {"defer": "f3"}, {"defer": "f4"}],
        f2=[],
        f3=["recover"],
        f4=[{"panic": "boom"}],
    ),
    "a panic in a pending call after a recovery": program(
        main=[{"call": "f1"}],
        f1=[{"defer": "f2"}, {"defer": "f3"}, {"defer": "f4"}, {"defer": "f5"}, {"panic": "one"}],
        f2=[],
        f3=["recover"],
        f4=[{"panic": "two"}],
        f5=["recover"],
    ),
    "a panic above a linked frame, recovered in an open-coded one": program(
        main=[{"defer": "f1"}, {"defer": "f2"}, {"call": "f3"}],
        f1=[],
        f2=["recover"],
        f3={**LINKED, "body": [{"defer": "f4"}, {"call": "f5"}]},
        f4=[],
        f5=[{"defer": "f6"}, {"panic": "boom"}],
        f6=[],
    ),
    "a Goexit that a recovery starts again": program(
        main=[{"go": "f1"}],
        f1=[{"defer": "f2"}, {"defer": "f3"}, {"defer": "f4"}, "goexit"],
        f2={**LINKED, "body": [{"defer": "f5"}]},
        f3=["recover"],
        f4=[{"panic": "boom"}],
        f5=[],
    ),
    "main calls Goexit": program(main=["goexit"]),
    "main panics": program(main=[{"panic": "boom"}]),
}
