"""Options that the bisections share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Program = Annotated[
    str,
    typer.Argument(
        help="A Go file, a program of the algebra (YAML), a case by its name, or the directory of a fuzz campaign.",
        metavar="PROGRAM",
    ),
]
Cases = Annotated[Path, typer.Option("--cases", metavar="DIR", help="Where cases are looked for by name.")]
Bucket = Annotated[int | None, typer.Option(metavar="N", min=1, help="Which bucket of the campaign.")]
FindFix = Annotated[bool, typer.Option("--find-fix", help="The difference went instead of coming.")]
Scan = Annotated[bool, typer.Option("--scan", help="Test all points and report every change.")]
AnyFault = Annotated[
    bool, typer.Option("--any-fault", help="Every failure counts as this one, whatever rule it breaks.")
]
Jobs = Annotated[int, typer.Option(min=1, max=64, help="Points that are tested at once: more tests in less time.")]
LogFile = Annotated[
    Path | None,
    typer.Option(
        "--log", metavar="FILE", help="Where tests are logged and known ones are read from. Default: in the cache."
    ),
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Begin a new log: test everything again.")]
Picture = Annotated[
    Path | None, typer.Option("--picture", metavar="FILE.svg", help="Write the report as a picture, too.")
]
