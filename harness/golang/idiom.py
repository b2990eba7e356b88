"""A program of the algebra -> the Go file that a person would send: `harness.golang.lower`'s, without what is there
for those who compare events with places.

Short function literals stand on one line, so several actions do, too. Nothing says where: what such a file does is
judged as that of any Go program.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from harness.golang.lower import GROW, Lowering
from oracle.program import Defer, Form, Grow, Program

_WIDTH = 90
"""Characters of a function literal on one line at most."""

_REPEAT = """
// repeat gives a function to range over: so many times.
func repeat(times int) func(func() bool) {
	return func(yield func() bool) {
		for i := 0; i < times && yield(); i++ {
		}
	}
}
"""


_GROW_ONCE = """
// grow uses so much stack that it is copied to a larger one.
//
//go:noinline
func grow() byte {
	var block [64 << 10]byte
	return block[five]
}
"""


def idiomatic(program: Program, header: str = "", *, ranging: bool = False) -> str:
    """The Go source of a program, which must be valid. `header` is a comment, with its line end, to stand first;
    `ranging`: its loops are over functions (Go 1.23)."""
    writer = _Idiom(program, "")
    writer.ranging = ranging
    source, _ = writer.run(header)
    if sum(isinstance(action, Grow) for action in writer.actions) == 1:
        source = source.replace(GROW.format(""), _GROW_ONCE)
    lines = source.removeprefix(header).removesuffix("\n").splitlines()
    if any("repeat(" in line for line in lines):
        lines += _REPEAT.splitlines()
    return header + "\n".join(_without_unused(lines)) + "\n"


class _Idiom(Lowering):
    """`ranging`: see `idiomatic`."""

    ranging = False

    def _imports(self, paths: Sequence[str]) -> list[str]:
        """Each on its own: a report is short."""
        return [f'import "{path}"' for path in paths]

    def _close(self, number: int, text: str) -> None:
        if text == "}" and self.lines[-1].startswith("func ") and self.lines[-1].endswith("{"):
            self.indent -= 1
            self.lines[-1] += "}"
            return
        super()._close(number, text)

    def _statement(self, number: int, position: int, action: Defer) -> int:
        if action.function is None or action.form is not Form.CLOSURE:
            return super()._statement(number, position, action)
        body = self._rendered(action.function)
        opening = f"defer func(){self._result(action.function)} {{"
        if not body:
            return self._put(f"{opening}}}()")
        if len(body) == 1 and len(opening) + len(body[0]) < _WIDTH:
            return self._put(f"{opening} {body[0]} }}()")
        line = self._put(opening)
        self.indent += 1
        for text in body:
            self._put(text)
        self.indent -= 1
        self._put("}()")
        return line

    def _rendered(self, number: int) -> list[str]:
        """The lines of a function's body."""
        lines, indent = self.lines, self.indent
        self.lines, self.indent = [], 0
        self._body(number)
        body = self.lines
        self.lines, self.indent = lines, indent
        return body

    def _around(self, action: Defer) -> str:
        return f"for range repeat({action.times}) {{" if action.loop and self.ranging else super()._around(action)

    def _loop(self) -> None:
        self._put("// With a defer statement in a loop, none of this function is open-coded.")
        if not self.ranging:
            super()._loop()
            return
        self._put("for range repeat(0) {")
        self._put("\tdefer none()")
        self._put("}")


def _without_unused(lines: list[str]) -> list[str]:
    """The lines without package variables that nothing uses, and without the empty lines that these leave."""
    names = Counter(re.findall(r"\w+", "\n".join(lines)))
    kept = [line for line in lines if not (line.startswith("var ") and names[line.split()[1]] == 1)]
    return [line for above, line in pairwise(["the header", *kept]) if above or line]
