from __future__ import annotations

import sys
import unicodedata
from xml.etree import ElementTree as ET

import pytest
from rich.cells import cell_len

from harness.report.text import excerpt, one_line, padded, shortened, visible


def test_every_character_that_xml_forbids_or_that_steers_is_escaped() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    shown = visible(everything)
    assert ET.fromstring(f"<a>{shown.replace('&', '').replace('<', '')}</a>").text
    steering = {c for c in shown if unicodedata.category(c) in ("Cc", "Cs") and c not in "\t\n"}
    assert not steering
    assert not {c for c in shown if unicodedata.bidirectional(c) in ("LRE", "RLE", "LRO", "RLO", "LRI", "RLI", "PDF")}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plain ü 🎉\n\ttext", "plain ü 🎉\n\ttext"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\rb\x00\x7f\x9b", "a\\x0db\\x00\\x7f\\x9b"),
        ("\u202eabc", "\\u202eabc"),
        ("\U0001fffe", "\\U0001fffe"),
        (b"ok \xff\xfe", "ok \\xff\\xfe"),
        (b"\xed\xa0\x80", "\\xed\\xa0\\x80"),
    ],
)
def test_visible(given: str | bytes, shown: str) -> None:
    assert visible(given) == shown


def test_one_line() -> None:
    assert one_line("\na\n\tb\r\n") == "a\\n\\tb\\x0d"


@pytest.mark.parametrize("text", ["short", "x" * 40, "日本語" * 10, "🎉" * 30, "e\u0301" * 30])
def test_widths_are_in_columns(text: str) -> None:
    assert cell_len(shortened(text, 20)) <= 20
    assert cell_len(padded(text, 20)) == 20


def test_excerpt_says_what_it_leaves_out() -> None:
    assert excerpt(b"abcdef", 6) == "abcdef"
    assert excerpt(b"abcdef", 4) == "abcd\n[2 more bytes]"
    assert excerpt("abcdef", 4) == "abcd\n[2 more characters]"
