"""What the terminal showed, as an SVG picture: to look at later, to put in a document. It fetches nothing."""

from __future__ import annotations

import io

from rich.console import Console, RenderableType
from rich.terminal_theme import TerminalTheme

from harness.report.result import GateResult
from harness.report.terminal import summary

_COLOURS = [(207, 34, 46), (17, 99, 41), (154, 103, 0), (9, 105, 218), (130, 80, 223), (27, 124, 131)]
_BLACK, _GREY = (36, 41, 47), (140, 149, 159)
_THEME = TerminalTheme((255, 255, 255), _BLACK, [_BLACK, *_COLOURS, _GREY], [_GREY, *_COLOURS, _BLACK])
_FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">
<style>
.{unique_id}-matrix {{
  font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; white-space: pre;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
<rect fill="#ffffff" stroke="#d0d7de" stroke-width="2" width="100%" height="100%" rx="12"/>
<g transform="translate({terminal_x}, 24)" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix" xml:space="preserve">
{matrix}
</g>
</g>
</svg>
"""


def render(result: GateResult, *, width: int = 124) -> str:
    """The picture of `summary`, `width` columns wide."""
    return of(summary(result), width=width)


def text(result: GateResult, *, width: int = 124) -> str:
    """The same without colours."""
    return _recorded(summary(result), width).export_text()


def of(shown: RenderableType, *, width: int = 124) -> str:
    """The picture of anything that a terminal shows."""
    console = _recorded(shown, width)
    return console.export_svg(title="", theme=_THEME, code_format=_FRAME, unique_id="deferdiff")


def page(shown: RenderableType, *, width: int = 124) -> str:
    """A page with the same, as text that can be copied."""
    return _recorded(shown, width).export_html(theme=_THEME)


def _recorded(shown: RenderableType, width: int) -> Console:
    console = Console(
        record=True,
        file=io.StringIO(),
        width=width,
        force_terminal=True,
        color_system="standard",
        legacy_windows=False,
    )
    console.print(shown)
    return console
