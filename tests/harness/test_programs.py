"""Program files: the text that is written, that it is read back, and the line that each fault is told with."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadProgram
from harness.programs import dump, load, loads
from oracle.generate import random_program
from oracle.program import Function, Panic, Program
from oracle.text import to_plain

TEXT = """\
functions:
  main:
    - {defer: f1, as: method, times: 0}
    - call: f2
    - {call: f2, result: shown}
    - recover
  f1: []
  f2:
    frame: linked
    body:
      - {defer: f3, times: 2, loop: true}
      - panic: boom
  f3:
    large: true
    body: []
"""


def test_the_text_is_canonical() -> None:
    assert dump(loads(TEXT)) == TEXT


def test_other_texts_of_the_same_program() -> None:
    loose = TEXT.replace(
        "- {defer: f1, as: method, times: 0}", "- times: 0 # never\n      defer: f1\n      as: method"
    )
    assert dump(loads(loose)) == TEXT


@given(st.integers(0, 1 << 32), st.integers(0, 60))
def test_round_trip(seed: int, actions: int) -> None:
    program = random_program(Random(seed), actions)
    text = dump(program)
    assert loads(text) == program
    # Other readers of YAML, with its older rules for words, read the same.
    assert yaml.safe_load(text) == to_plain(program)


@given(st.text("abefnoruy0123456789xE-", min_size=1, max_size=8).filter(lambda s: s.strip("-")))
def test_every_panic_value_is_read_back(value: str) -> None:
    program = Program((Function((Panic(value),)),))
    assert loads(dump(program)) == program
    assert yaml.safe_load(dump(program)) == to_plain(program)


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "program.yaml"
    file.write_text(TEXT)
    assert dump(load(file)) == TEXT


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "program.yaml: cannot be read: No such file or directory"),
        (b"\xff", "program.yaml: not UTF-8"),
        (b"", "program.yaml:1: program: must be a mapping with functions"),
        (b"functions: [", "program.yaml:1: not YAML"),
        (b"functions:\n  main: []\n  main: []\n", "program.yaml:3: key 'main' is there already, on line 2"),
        (b"functions:\n  main: &a []\n  f1: *a\n", "program.yaml:3: alias *a: write the value out"),
        (b"\nfunctions:\n  f1: []\n", "program.yaml:2: program: function f1 stands where main belongs"),
        (b"functions:\n  main:\n    - recover\n    - leave\n", "program.yaml:4: main, action 2: no action is called"),
        (
            b"functions:\n  main:\n    large: true\n    body:\n      - recover\n      - {emit: x}\n",
            "program.yaml:6: main, action 2: `emit` must be a whole number",
        ),
        (b"functions:\n  main: []\n  f1:\n    - recover\n", "program.yaml:3: f1: nothing refers to it"),
        (
            b"functions:\n  main:\n    frame: linked\n    body:\n      - {defer: nil, loop: true, times: 100001}\n",
            "program.yaml:5: main, action 1: all defer statements are executed 100,000 times at most",
        ),
        (b"functions:\n  main:\n    - emit: 2147483648\n", "program.yaml:3: main, action 1: what is printed"),
        (b"functions:\n  main:\n    - goexit\n    - recover\n", "program.yaml:3: main, action 1: nothing behind"),
    ],
)
def test_faults_are_told_with_file_and_line(tmp_path: Path, content: bytes | None, message: str) -> None:
    file = tmp_path / "program.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadProgram) as refused:
        load(file)
    assert str(refused.value).startswith(f"{tmp_path}/{message}")
    assert "\n" not in str(refused.value)
