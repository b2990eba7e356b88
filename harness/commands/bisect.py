"""`deferdiff bisect releases | hunks | commits PROGRAM`: what made a difference."""

from __future__ import annotations

import typer

from harness.commands import bisect_commits, bisect_hunks, bisect_releases

app = typer.Typer(help="What made a difference: the release, the hunks of a patch, the commit.", no_args_is_help=True)
app.command("releases", short_help="The release in which a difference came, or went.")(bisect_releases.run)
app.command("hunks", short_help="The hunks of a patch that make a difference.")(bisect_hunks.run)
app.command("commits", short_help="The commit of a Go repository that made a difference.")(bisect_commits.run)
