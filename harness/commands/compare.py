"""`deferdiff compare`: two recorded runs of the gate."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.commands import options


def compare(
    was: Annotated[str, typer.Argument(metavar="RUN", help="The number of a recorded run, or `last`.")],
    now: Annotated[str, typer.Argument(metavar="RUN", help="The number of another.")],
    database: options.DatabaseName = None,
    as_json: options.AsJson = False,
) -> None:
    """Show which comparisons changed, appeared or vanished from the first run to the second.

    Exit status: 0 none, 1 some, 2 bad input or no such run, 3 the database failed.
    """
    from harness.commands import recorded  # noqa: PLC0415  # a database takes longer to import than all else

    raise typer.Exit(int(recorded.show_changes(database, was, now, as_json=as_json)))
