"""`deferdiff accept`: a reviewed difference that the gate lets pass until a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from harness.commands import options


@dataclass(frozen=True, slots=True)
class Review:
    """What the reviewer says. `expires`: the last day, in UTC, on which it holds."""

    reason: str
    owner: str
    expires: date


def accept(
    run: Annotated[str | None, typer.Argument(metavar="RUN", help="The number of a recorded run, or `last`.")] = None,
    case: Annotated[str | None, typer.Argument(metavar="CASE", help="The case whose difference is meant.")] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why it may differ.")] = "",
    owner: Annotated[str, typer.Option(metavar="NAME", help="Who answers for that.")] = "",
    expires: Annotated[
        str, typer.Option(metavar="YYYY-MM-DD", help="The last day (UTC) on which it is accepted.")
    ] = "",
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take back what was accepted.")] = False,
    file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write all that is accepted to a file (YAML) for gate --accepted."),
    ] = None,
    database: options.DatabaseName = None,
) -> None:
    """Accept what CASE showed in RUN: a gate with this database, or with the file, lets it pass until it expires.

    Only this difference: the same case to the letter, toolchains that compile alike, the same verdict, rule, output
    and events on both sides. Anything else fails as before, and an acceptance that matches nothing any more is told.

    Exit status: 0, 2 bad input or nothing to accept, 3 the database failed.
    """
    review = None if withdraw else _review(reason, owner, expires)
    if run is None and case is None:
        if file is None or withdraw or review is not None:
            raise typer.BadParameter("give RUN and CASE, or --file FILE alone to write what is accepted")
    elif run is None or case is None:
        raise typer.BadParameter("CASE is missing: give RUN and CASE")
    elif review is None and not withdraw:
        raise typer.BadParameter("an acceptance needs --reason, --owner and --expires")
    from harness.commands import recorded  # noqa: PLC0415  # a database takes longer to import than all else

    of = None if run is None or case is None else (run, case)
    for line in recorded.accept(database, of, review, file):
        typer.echo(line)


def _review(reason: str, owner: str, expires: str) -> Review | None:
    """What the options say; None if they say nothing. Raises `typer.BadParameter`."""
    if not (reason or owner or expires):
        return None
    for name, text in (("--reason", reason), ("--owner", owner), ("--expires", expires)):
        if not text.strip() or not text.isprintable():
            raise typer.BadParameter(f"{name} must be one line of text")
    try:
        day = date.fromisoformat(expires)
    except ValueError:
        raise typer.BadParameter(f"--expires {expires}: no day of the calendar, YYYY-MM-DD") from None
    if day < datetime.now(UTC).date():
        raise typer.BadParameter(f"--expires {expires}: that day is over")
    return Review(reason.strip(), owner.strip(), day)
