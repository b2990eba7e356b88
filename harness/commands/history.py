"""`deferdiff history`: what recorded runs say, of all cases or of one."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.commands import options


def history(
    case: Annotated[str | None, typer.Argument(metavar="[CASE]", help="One case by its name.")] = None,
    database: options.DatabaseName = None,
    sweep: Annotated[
        bool, typer.Option("--sweep", help="Delete stored files that nothing recorded refers to, and say how many.")
    ] = False,
    as_json: options.AsJson = False,
) -> None:
    """Show the latest recorded runs, the trend from day to day, and the cases that fail most. Of one CASE: since when
    it is known, what it did on which toolchain, and how often it did something else than usual.

    `deferdiff gate --record` records a run. Exit status: 0, 2 bad input or no such case, 3 the database failed.
    """
    from harness.commands import recorded  # noqa: PLC0415  # a database takes longer to import than all else

    if sweep:
        typer.echo(f"deleted: {recorded.sweep_files(database)}", err=True)
    recorded.show_history(database, case, as_json=as_json)
