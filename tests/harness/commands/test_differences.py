"""What a campaign found, as a person reads it: what nothing explains comes first and whole, what is known once."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from harness.commands import differences
from harness.data.record import BucketRecord, Ran, Record, Smallest

FILE = "fuzz/campaign.json"


def bucket(signature: str, count: int = 1, *smallest: Smallest, known: str = "", **more: object) -> BucketRecord:
    told = {"known": known, "reason": f"because of {known}" if known else "", "smallest": list(smallest), **more}
    return BucketRecord.model_validate(
        {"signature": signature, "rule": "control-flow", "died": "", "index": 0, "got": "this", "owed": "that"}
        | {"count": count, **told}
    )


def smallest(program: str, actions: int, **more: object) -> Smallest:
    given = {"program": program, "actions": actions, "examples": 1, "got": "got it", "owed": "owed it"}
    return Smallest.model_validate(given | more)


def shown(**buckets: list[BucketRecord]) -> str:
    """By toolchain."""
    ran = [
        Ran(
            toolchain=name,
            text=name,
            release="1.22.10",
            digest="0" * 64,
            chunks=[(0, 0)],
            programs=10,
            events=20,
            differing=sum(each.count for each in found),
            programs_sha256="0" * 64,
            traces_sha256="0" * 64,
            buckets=found,
        )
        for name, found in buckets.items()
    ]
    whole = Record(
        source={"programs": "random", "seed": 1},
        shards=[(1, 1)],
        release=(1, 22),
        model="m",
        driver="d",
        complete=True,
        toolchains=ran,
    )
    return _text(whole)


def _text(whole: Record) -> str:
    console = Console(file=io.StringIO(), width=120, color_system=None)
    for part in differences.shown(whole, FILE):
        console.print(part)
    out = console.file
    assert isinstance(out, io.StringIO)
    return out.getvalue()


def test_nothing_is_said_of_what_conforms() -> None:
    assert shown(one=[], two=[]) == ""


def test_what_nothing_explains_comes_first_and_whole() -> None:
    text = shown(
        one=[bucket("known-way", 900, known="go.dev/issue/1"), bucket("new-way", 3, smallest("a: 1", 2), after=0.25)],
        two=[bucket("new-way", 4, smallest("a: 1", 2), smallest("b: 1", 3))],
    )
    assert text.index("new-way") < text.index("known: because of go.dev/issue/1 (go.dev/issue/1)")
    assert text.count("    a: 1\n") == 1
    assert "    b: 1\n" in text
    assert "more in" not in text
    assert [line.split() for line in text.splitlines() if line.startswith("  one ")] == [
        ["one", "3", "the", "first", "after", "0.2", "s"],
        ["one", "900", "known-way"],
    ]


def test_of_a_known_cause_one_program_is_shown() -> None:
    """One that differs as Go, too, if there is one."""
    text = shown(
        one=[
            bucket(
                "way",
                5,
                smallest("short: 1", 1),
                smallest("long: 1", 9, as_go="loses", as_go_differs=True),
                known="k",
            )
        ],
        two=[bucket("other", 6, smallest("middle: 1", 4), known="k")],
    )
    assert text.count("known: ") == 1
    assert "    long: 1\n  as Go loses\n  2 more in fuzz/campaign.json\n" in text
    assert "short: 1" not in text
    assert "middle: 1" not in text


def test_ways_to_differ_are_counted_and_the_most_usual_named() -> None:
    ways = [bucket(f"way{n}", n, known="k") for n in range(1, 6)]
    text = shown(one=ways, four=ways[:4])
    assert "15  5 way5; 4 way4; 3 way3; 2 ways more\n" in text
    assert "10  4 way4; 3 way3; 2 way2; 1 way1" in text


def test_what_the_experiment_says() -> None:
    text = shown(
        one=[
            bucket("way", 5, known="k", mended=3, alone_alike=2),
            bucket("way2", 5, known="k", mended=4, estimated=True),
        ],
        two=[bucket("never-again", 1, again=0)],
    )
    assert "of 7 that were tried, none differs with that fault taken out" in text
    assert "2 that were run alone did what they owe" in text
    assert "none of them differed again when its chunk ran once more" in text.partition("known: ")[0]
    assert "about 10" in text


def test_programs_behind_which_one_differs() -> None:
    """The shortest of them, where nothing smaller is known; long ones are cut."""
    long = "\n".join(f"line: {n}" for n in range(45))
    text = shown(one=[bucket("way", 2, behind=[[long, long], ["first: 1", long]])])
    assert "differs as the last of these" in text
    assert text.count("    ---\n") == 1
    assert "    first: 1\n" in text
    assert "    line: 39\n    and 5 lines more\n" in text
    assert "line: 40" not in text


def test_the_command_that_shows_it_again_names_a_file_that_is_there(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    gone = shown(one=[bucket("way", 1, smallest("a: 1", 1, file=str(file)))])
    file.write_text("a: 1\n")
    there = shown(one=[bucket("way", 1, smallest("a: 1", 1, file=str(file)))])
    ranging = shown(one=[bucket("way", 1, smallest("a: 1", 1, file=str(file), ranging=True))])
    assert "again:" not in gone
    assert "s.yaml -t one" in there.replace("\n", "")
    assert "s.go -t one" in ranging.replace("\n", "")


def test_what_a_program_wrote_cannot_write_on_the_terminal() -> None:
    text = shown(one=[bucket("panic: \x1b[2J", 1, smallest("a: \x1b[1m", 1, as_go="\x1b[3m"))])
    assert "\x1b" not in text
    assert "panic: \\x1b[2J" in text


def test_a_fault_that_shows_in_dozens_of_ways_is_read_in_a_minute() -> None:
    long = "\n".join(f"line: {n}" for n in range(300))
    buckets = [bucket(f"way{n}", n + 1, behind=[[long] * 30], known="k") for n in range(40)]
    assert len(shown(one=buckets, two=buckets).splitlines()) < 12


def test_that_none_differed_again_is_said_of_all_that_were_tried() -> None:
    said = "none of them differed again"
    assert said in shown(one=[bucket("way", again=0)], two=[bucket("way")])
    assert said not in shown(one=[bucket("way", again=0)], two=[bucket("way", again=1)])
    assert said not in shown(one=[bucket("way")])
