"""Text that a tested program made, fit to be shown: it cannot move a cursor, break a format or hide what it says."""

from __future__ import annotations

import re
from typing import Final

from rich.cells import cell_len, set_cell_size

_UNSAFE: Final = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and newline, DEL, C1
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"  # direction and line separators: they reorder what follows
    "\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f"  # invisible tags
    "]"
)
_NONCHARACTERS: Final = re.compile(
    "[" + "".join(chr(plane << 16 | end) for plane in range(1, 17) for end in (0xFFFE, 0xFFFF)) + "]"
)


def visible(text: str | bytes) -> str:
    """`text` with every control, direction and non-character as a visible escape (`\\x1b`, `\\u202e`). Tabs and
    newlines stay; bytes that are no UTF-8 become `\\xNN`."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", errors="backslashreplace")
    return _NONCHARACTERS.sub(_escape, _UNSAFE.sub(_escape, text))


def one_line(text: str | bytes) -> str:
    """`visible` on a single line: newlines and tabs become `\\n` and `\\t`."""
    return visible(text).strip("\n").replace("\n", "\\n").replace("\t", "\\t")


def source_lines(source: str) -> list[str]:
    """The lines of a source file, `visible`, with spaces for tabs."""
    return [visible(line).replace("\t", "    ").rstrip() for line in source.split("\n")]


def shortened(text: str, cells: int) -> str:
    """`text` in at most `cells` columns of a terminal, with an ellipsis for what was cut off."""
    return text if cell_len(text) <= cells else set_cell_size(text, cells - 1).rstrip() + "…"


def padded(text: str, cells: int) -> str:
    """`text` in exactly `cells` columns of a terminal."""
    return set_cell_size(shortened(text, cells), cells)


def excerpt(text: str | bytes, characters: int) -> str:
    """The beginning of `text`, `visible`, with a last line that says how much was left out."""
    size = len(text)
    shown = visible(text[:characters])
    unit = "bytes" if isinstance(text, bytes) else "characters"
    return shown if size <= characters else f"{shown}\n[{size - characters} more {unit}]"


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
