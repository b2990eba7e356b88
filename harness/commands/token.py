"""`deferdiff token create|list|revoke`: who may do what with the service."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.commands import options

app = typer.Typer(no_args_is_help=True, help="Tokens of the service: who may do what.")


@app.command(short_help="Make a token; it is shown this once.")
def create(
    name: Annotated[str, typer.Argument(help="Whose it is, or what for.")],
    scopes: Annotated[str, typer.Option(metavar="WORDS", help="Of read, submit, cancel, admin; with commas.")],
    expires: Annotated[
        str, typer.Option(metavar="TIME", help="After how long it is worth nothing: 12h, 30d; or never.")
    ] = "90d",
    database: options.DatabaseName = None,
) -> None:
    """Make a token and print it. Only a hash of it is kept, so nobody can show it again."""
    from harness.commands import issued  # noqa: PLC0415  # a database takes longer to import than all else

    typer.echo(issued.create(database, name, scopes, expires))


@app.command("list", short_help="All tokens, without their secrets.")
def show(database: options.DatabaseName = None, as_json: options.AsJson = False) -> None:
    """Number, name, scopes and end of each token."""
    from harness.commands import issued  # noqa: PLC0415  # see above

    issued.show(database, as_json=as_json)


@app.command(short_help="End a token.")
def revoke(
    identity: Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")],
    database: options.DatabaseName = None,
) -> None:
    """End a token, at once and for ever."""
    from harness.commands import issued  # noqa: PLC0415  # see above

    issued.revoke(database, identity)
