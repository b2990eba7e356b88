"""`deferdiff report RUN`: reports from what a gate found, without running anything."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from harness.errors import UsageError
from harness.report import stored
from harness.report.formats import FORMATS, RUN, WRITTEN, Format
from harness.report.write import write_some

_STANDARD_OUTPUT = Path("-")
_BY_NAME = {form.name: form for form in FORMATS if form is not RUN}
_SAID = "; ".join(f"{form.name}: {form.says}" for form in _BY_NAME.values())
_WITH_SCHEMA = {form.name: form.schema for form in FORMATS if form.schema}


def report(
    run: Annotated[
        Path | None,
        typer.Argument(metavar="RUN", help="A report directory of a gate, or the file run.json.gz in it."),
    ] = None,
    chosen: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help=f"Only this one (repeatable): {_SAID}.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Directory for the reports, - for standard output. Default: beside RUN."),
    ] = None,
    schema: Annotated[
        str | None, typer.Option(metavar="FORMAT", help="Print the JSON schema of a format, and do nothing else.")
    ] = None,
) -> None:
    """Write reports of a stored run again, in any format. Without --format: those that a gate writes.

    Exit status: 0 they are written, whatever they say; 2 bad input.
    """
    if schema is not None:
        _print_schema(schema)
        return
    if run is None:
        raise typer.BadParameter("name a RUN: the report directory of a gate, or the file run.json.gz in it")
    forms = (
        [_form(name) for name in dict.fromkeys(chosen)] if chosen else [form for form in WRITTEN if form is not RUN]
    )
    if out == _STANDARD_OUTPUT and len(forms) != 1:
        raise typer.BadParameter("--out - takes one --format")
    held = stored.read(run)
    if held.left_out:
        typer.echo(f"note: the run has no traces and output of {held.left_out} cases, for want of room", err=True)
    if out == _STANDARD_OUTPUT:
        sys.stdout.buffer.write(forms[0].content(held.result))
        return
    directory = out or (run if run.is_dir() else run.parent)
    for file in write_some(held.result, forms, directory):
        typer.echo(str(file))


def _form(name: str) -> Format:
    if name not in _BY_NAME:
        raise UsageError(f"--format {name}: no such format; there are {', '.join(_BY_NAME)}")
    return _BY_NAME[name]


def _print_schema(name: str) -> None:
    if name not in _WITH_SCHEMA:
        raise UsageError(f"--schema {name}: no format that has a JSON schema here; {', '.join(_WITH_SCHEMA)} have")
    typer.echo(json.dumps(_WITH_SCHEMA[name](), indent=1))
