"""The frame shapes of the data tier's driver, and the Go code that is made of them.

A shape is how a function looks to the compiler: how its defer statements are kept, and what stands at each. What it
does between any two of them comes as data (`harness/golang/go/data/program.go`). Every shape exists as a function, as
a maker of function literals, and as a method, since the compiler treats their deferred calls differently.

A site is one defer statement. What it can defer follows from its Go: `VARIABLE` a function value without arguments
(a method value, nil, a literal; the literal sees the result of the function around it only in a linked frame),
`LITERAL` a literal that stands at the site, and so has no defer statements of its own, `RECEIVER` a method through an
interface, `ARGUMENT` a function with arguments.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache

from harness.model import DeferKind
from oracle.program import OPEN_CODED_LIMIT, Form, Frame

RANGE_OVER_FUNC = (1, 23)
"""The first release with range-over-func loops."""


class Site(Enum):
    """What a defer statement of a shape can defer."""

    VARIABLE = "v"
    LITERAL = "l"
    RECEIVER = "r"
    ARGUMENT = "a"


FORMS = {
    Form.CLOSURE: (Site.VARIABLE, Site.LITERAL),
    Form.VALUE: (Site.VARIABLE,),
    Form.METHOD: (Site.RECEIVER,),
    Form.PROMOTED: (Site.RECEIVER,),
    Form.ARGUMENT: (Site.ARGUMENT,),
    Form.FUNCTION: (Site.ARGUMENT,),
}
"""At which sites a form can stand. A function by its name alone cannot know what to do, so it gets arguments."""


@dataclass(frozen=True, slots=True)
class Shape:
    """`large`: its frame is so large that entering it grows the stack; `generic`: it has a type parameter; `ranging`:
    its loops are over a function (Go 1.23)."""

    frame: Frame
    sites: tuple[Site, ...]
    large: bool = False
    generic: bool = False
    ranging: bool = False

    @property
    def name(self) -> str:
        """In Go: open_vlra."""
        flags = "_large" * self.large + "_generic" * self.generic + "_ranging" * self.ranging
        return f"{self.frame.value}_{''.join(site.value for site in self.sites)}{flags}"


@cache
def shapes(release: tuple[int, int]) -> tuple[Shape, ...]:
    """The shapes of a driver for a release: (1, 22). The numbers of shapes are places in this, the same for all."""
    ranging = tuple(_ranging()) if release >= RANGE_OVER_FUNC else ()
    return tuple(dict.fromkeys((*_plain(), *ranging)))


def _plain() -> Iterator[Shape]:
    yield Shape(Frame.OPEN, ())
    yield Shape(Frame.OPEN, (), large=True)
    yield Shape(Frame.OPEN, (), generic=True)
    for frame in Frame:
        for count in range(1, OPEN_CODED_LIMIT + 1):
            yield Shape(frame, (Site.VARIABLE,) * count)
            for first in range(len(Site)):
                yield Shape(frame, _turning(first, count))
        for count in (1, 2, 3):
            yield Shape(frame, _turning(count, count), large=True)
            yield Shape(frame, _turning(count, count), generic=True)


def _ranging() -> Iterator[Shape]:
    for count in (1, 2, 3, 4):
        yield Shape(Frame.LINKED, (Site.VARIABLE,) * count, ranging=True)
        yield Shape(Frame.LINKED, _turning(count, count), ranging=True)


def _turning(first: int, count: int) -> tuple[Site, ...]:
    """All sorts of sites in turn."""
    kinds = tuple(Site)
    return tuple(kinds[(first + n) % len(kinds)] for n in range(count))


# --- Go ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """Generated Go: file name -> text, and file name -> what the compiler's report must say of its defer
    statements."""

    files: dict[str, str]
    defers: dict[str, tuple[DeferKind, ...]]


@cache
def source(release: tuple[int, int], *, generics: bool = True) -> Source:
    """The shapes of a release in Go: a file for each, and the table. Without `generics`, which gccgo has not, shapes
    with a type parameter lose it and keep their numbers."""
    files: dict[str, str] = {}
    defers: dict[str, tuple[DeferKind, ...]] = {}
    rows = []
    for shape in shapes(release):
        writer = _Writer(shape, generic=shape.generic and generics)
        name = f"shape_{shape.name}.go"
        files[name] = writer.file()
        defers[name] = tuple(writer.defers)
        rows.append(_row(shape, "[int]" if writer.generic else ""))
    files["shapes.go"] = "package data\n\nvar shapes = [...]shape{\n" + "".join(rows) + "}\n"
    return Source(files, defers)


def _row(shape: Shape, argument: str) -> str:
    name = shape.name
    linked, sites = str(shape.frame is Frame.LINKED).lower(), "".join(site.value for site in shape.sites)
    return (
        f'\t{{{linked}, "{sites}", {name}{argument}, {name}_closure{argument},\n'
        f"\t\tfunc(f *function) runner {{ return (*{name}_method)(f) }},\n"
        f"\t\tfunc(f *function) func() {{ return (*{name}_method)(f).run }}}},\n"
    )


_DONE_IN_THE_FRAME = """\
case opRecover:
	emit(o.event + recovered(recover()))
case opRecoverAndShow:
	v := recovered(recover())
	emit(o.event + v)
	emit(o.event + shown + v)
case opPanic:
	emit(o.event)
	panic(values[o.operand])
case opGoexit:
	emit(o.event)
	runtime.Goexit()
case opCall:
	o.target.call(o.target, called)
case opCallAndShow:
	r := o.target.call(o.target, called)
	emit(o.event + uint32(r))
case opNil:
	*nowhere = 1
case opDivide:
	zero = 1 / zero
case opIndex:
	list[five] = 1
case opReturnValue:
	{result} = int(o.operand)
	emit(o.event)
	{leave}
case opEnd:
	emit(o.event)
	{leave}
default:
	step(o, {result_pointer}, {outer})
"""


class _Writer:
    """One shape's file. `generic`: with a type parameter; `defers`: what the compiler must make of each statement, by
    lines."""

    def __init__(self, shape: Shape, *, generic: bool) -> None:
        self.shape = shape
        self.generic = generic
        self.lines: list[str] = []
        self.defers: list[DeferKind] = []

    def file(self) -> str:
        """The file's text."""
        name = self.shape.name
        parameter = "[T any]" if self.generic else ""
        self._put("package data", "", 'import "runtime"', "", "//go:noinline")
        self._put(f"func {name}{parameter}(f *function, how uint32) (result int) {{")
        self._body(1, "how", "nil", "return")
        self._put("}", "")
        self._put(f"func {name}_closure{parameter}(f *function, outer *int) func() {{", "\treturn func() {")
        self._put("\t\tvar result int")
        self._body(2, "deferred", "outer", "return")
        self._put("\t}", "}", "")
        self._put(f"type {name}_method function", "")
        self._put(f"func (m *{name}_method) run() {{", "\tf := (*function)(m)", "\tvar result int")
        self._body(1, "deferred", "nil", "return")
        self._put("}")
        return "\n".join(self.lines) + "\n"

    def _put(self, *lines: str) -> int:
        self.lines += lines
        return len(self.lines)

    def _body(self, depth: int, how: str, outer: str, end: str) -> None:
        tab = "\t" * depth
        if self.generic and how == "how":
            self._put(f"{tab}var of T", f"{tab}mark(of)")
        if self.shape.large:
            self._put(f"{tab}var large [16 << 10]byte", f"{tab}use(&large)")
        self._put(f"{tab}emit(f.enter + {how})", f"{tab}next := f.ops", f"{tab}var o *operation")
        for number, site in enumerate(self.shape.sites):
            self._segment(depth, f"s{number}", outer, site=True)
            self._site(depth, site)
        self._segment(depth, "", outer, site=False)
        self._put("done:", f"{tab}{end}")

    def _segment(self, depth: int, label: str, outer: str, *, site: bool) -> None:
        """Operations up to the next site, or to the end."""
        tab = "\t" * depth
        if label:
            self._put(f"{label}:")
        self._put(f"{tab}for {{", f"{tab}\to = &next[0]", f"{tab}\tnext = next[1:]", f"{tab}\tswitch o.code {{")
        if site:
            self._put(f"{tab}\tcase opSite:", f"{tab}\t\tbreak {label}")
        self._cases(depth + 1, result="result", result_pointer="&result", outer=outer, leave="goto done")
        self._put(f"{tab}\t}}", f"{tab}}}")

    def _cases(self, depth: int, **names: str) -> None:
        tab = "\t" * depth
        self._put(*(f"{tab}{line}" for line in _filled(_DONE_IN_THE_FRAME, names)))

    def _site(self, depth: int, site: Site) -> None:
        """The defer statement, executed as often as the data says."""
        tab = "\t" * depth
        if self.shape.frame is Frame.OPEN:
            self._put(f"{tab}if o.times != 0 {{", f"{tab}\temit(o.event)")
            self._statement(depth + 1, site, "open-coded")
            self._put(f"{tab}}}")
            return
        loop = "for range repeat(o.times) {" if self.shape.ranging else "for n := o.times; n > 0; n-- {"
        self._put(f"{tab}if o.loop {{", f"{tab}\t{loop}", f"{tab}\t\temit(o.event)")
        self._statement(depth + 2, site, "" if self.shape.ranging else "heap-allocated")
        self._put(f"{tab}\t}}", f"{tab}}} else if o.times != 0 {{", f"{tab}\temit(o.event)")
        self._statement(depth + 1, site, "stack-allocated")
        self._put(f"{tab}}}")

    def _statement(self, depth: int, site: Site, kind: str) -> None:
        tab = "\t" * depth
        if site is Site.VARIABLE:
            # A result whose address escapes lies in the heap, and gc then keeps no defer statement open-coded.
            outer = "nil" if self.shape.frame is Frame.OPEN else "&result"
            line = self._put(f"{tab}d := literal(o, {outer})", f"{tab}defer d()")
        elif site is Site.RECEIVER:
            line = self._put(f"{tab}defer receiver(o).run()")
        elif site is Site.ARGUMENT:
            line = self._put(f"{tab}defer o.target.call(o.target, deferred)")
        else:
            line = self._put(f"{tab}g := o.target", f"{tab}defer func() {{")
            self._literal(depth + 1)
            self._put(f"{tab}}}()")
        if kind:
            self.defers.append(DeferKind(line, kind))

    def _literal(self, depth: int) -> None:
        """A function literal without defer statements: it sees the result of the function around it itself."""
        tab = "\t" * depth
        self._put(f"{tab}var own int", f"{tab}emit(g.enter + deferred)", f"{tab}next := g.ops")
        self._put(f"{tab}for {{", f"{tab}\to := &next[0]", f"{tab}\tnext = next[1:]", f"{tab}\tswitch o.code {{")
        self._cases(depth + 1, result="own", result_pointer="&own", outer="&result", leave="return")
        self._put(f"{tab}\t}}", f"{tab}}}")


def _filled(text: str, names: dict[str, str]) -> Iterator[str]:
    for line in text.splitlines():
        filled = line
        for name, value in names.items():
            filled = filled.replace(f"{{{name}}}", value)
        yield filled
