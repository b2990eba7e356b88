"""The forms that ask for jobs: one for each kind that people ask for by hand. A new one is an entry here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from harness import toolchain
from harness.service.pages import fields
from harness.service.pages.fields import Field, Said

_EXAMPLE = """package main

import "fmt"

func main() {
	defer fmt.Println("deferred first, runs last")
	defer func() {
		fmt.Println("recovered:", recover())
	}()
	defer panic("second")
	panic("first")
}
"""
_TOOLCHAINS = "One a line, such as go1.22.10 or pre."


@dataclass(frozen=True, slots=True)
class Form:
    """What asks for a job of one kind, at `/submit/{path}`."""

    kind: str
    path: str
    tab: str
    title: str
    fields: Sequence[Field]
    help: str = ""

    def request(self, said: Said) -> dict[str, Any]:
        """The request, yet to be looked at by the model of its kind."""
        return {"kind": self.kind, **fields.write(self.fields, said)}

    def typed(self, request: Mapping[str, Any]) -> dict[str, str]:
        """What to type for a request."""
        return fields.read(self.fields, request)

    def start(self) -> dict[str, str]:
        """What is typed at first."""
        return {field.name: field.start for field in self.fields}


class _RunForm(Form):
    """Toolchains are chosen first, and named only if the choice is a list of them."""

    __slots__ = ()

    def request(self, said: Said) -> dict[str, Any]:
        """See `Form.request`."""
        made = {key: value for key, value in Form.request(self, said).items() if key != "which"}
        match said.get("which"):
            case "all":
                made["on"] = list(toolchain.list_known())
            case "pair":
                made["on"] = ["pre", "post"]
            case _:
                made.setdefault("on", [])
        return made

    def typed(self, request: Mapping[str, Any]) -> dict[str, str]:
        """See `Form.typed`."""
        said = Form.typed(self, request)
        match request["on"]:
            case [] | ["pre", "post"]:
                return {**said, "which": "pair", "on": ""}
            case on if on == list(toolchain.list_known()):
                return {**said, "which": "all", "on": ""}
            case _:
                return {**said, "which": "list"}


_GO = Field("program", "Go program", "program", _EXAMPLE, required=True)
_TIMEOUT = Field("timeout", "Seconds for one run", "seconds", "10")
_PATCH = Field("patch", "Patch", "patches", help="As git diff writes it.", file="change.patch")
_BASE = Field("base", "Base", "line", help="The toolchain to be patched, such as go1.22.10.")

_ALL = (
    _RunForm(
        "run",
        "",
        "A program",
        "What do all toolchains say to this program?",
        (
            _GO,
            Field(
                "which",
                "On",
                "choice",
                "all",
                choices=(("all", "all releases"), ("pair", "pre and post"), ("list", "those listed below")),
            ),
            Field("on", "List of toolchains", "lines", help=f"{_TOOLCHAINS} Only for the last choice."),
            _TIMEOUT,
        ),
    ),
    Form(
        "gate",
        "gate",
        "Gate",
        "Does this patch keep all cases as they are?",
        (
            replace(_PATCH, required=True),
            replace(_BASE, required=True),
            Field("suite", "Suite", "line", "default"),
            Field(
                "only", "Only these cases", "lines", help="Patterns of names, one a line; empty: all of the suite."
            ),
            _TIMEOUT,
        ),
    ),
    Form(
        "bisect-releases",
        "bisect",
        "Bisect releases",
        "With which release did this program begin to go wrong?",
        (
            _GO,
            Field("good", "Good release", "line", help="Empty: the oldest."),
            Field("bad", "Bad release", "line", help="Empty: the newest."),
            _TIMEOUT,
        ),
    ),
    Form(
        "bisect-hunks",
        "hunks",
        "Bisect hunks",
        "Which hunks of this patch make the difference?",
        (_GO, Field("patch", "Patch", "patch", file="change.patch", required=True), _BASE, _TIMEOUT),
    ),
    Form(
        "reduce",
        "reduce",
        "Reduce",
        "What is the smallest program with the same difference?",
        (
            Field(
                "program",
                "Program of the algebra, as YAML",
                "yaml",
                help="As fuzz campaigns leave them.",
                file="program.yaml",
                required=True,
            ),
            Field("on", "Toolchain", "line", help="The one on which it differs.", required=True),
            _TIMEOUT,
        ),
    ),
    Form(
        "fuzz",
        "fuzz",
        "Fuzz",
        "Do random programs behave on these toolchains?",
        (
            Field("on", "Toolchains", "lines", "pre\npost", help=_TOOLCHAINS),
            Field("time", "Seconds in all", "seconds", "60"),
            Field("seed", "Seed", "whole", help="Empty: a new one."),
            Field("tier", "Tier", "choice", "data", choices=(("data", "data"), ("source", "source"))),
        ),
    ),
    Form(
        "mutate",
        "mutate",
        "Mutate",
        "How many small faults of the runtime do the cases notice?",
        (
            replace(_BASE, help="The toolchain whose defer logic is damaged, such as go1.22.10. Empty: post."),
            replace(_PATCH, sort="patch", help="To damage only what it adds. Empty: the defer logic."),
            Field("functions", "Functions", "line", help="Only these, with commas between. Empty: all of it."),
            Field("first", "Mutants at most", "whole", help="Empty: all, which takes long."),
            Field("every", "Only every n-th", "whole", "1"),
            replace(_TIMEOUT, start="5"),
        ),
    ),
)

FORMS: Mapping[str, Form] = MappingProxyType({form.kind: form for form in _ALL})
"""By kind."""
PATHS: Mapping[str, Form] = MappingProxyType({form.path: form for form in _ALL})
"""By the last part of the address."""
