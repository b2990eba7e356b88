"""`deferdiff gate`: suites on the toolchain before and the toolchain after; reports; the exit status."""

from __future__ import annotations

import shutil
import sys
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness import accepted_file, gating, machine, toolchain
from harness.acceptance import Acceptance, Reviewed, is_of_pair
from harness.commands import gate_remote, options
from harness.errors import MachineryError
from harness.model import Installed
from harness.pipeline import Side
from harness.policy import Policy, Status
from harness.policy import load as load_policy
from harness.remote import Remote
from harness.report import jsonfile, live, terminal
from harness.report.result import GateResult, Written
from harness.report.write import check_writable, write_all
from harness.sandbox import Limits

if TYPE_CHECKING:
    from harness.commands.recorded import Book


def gate(
    cases: Annotated[
        list[Path] | None, typer.Option(metavar="DIR", help="Directory of cases (repeatable). Default: cases.")
    ] = None,
    suite: Annotated[
        str, typer.Option(metavar="NAME", help="The suite to run: DIR/suites/NAME.yaml.")
    ] = gating.DEFAULT_SUITE,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT", help="Only these of the suite: a name, a glob, a family or tag:TAG (repeatable)."
        ),
    ] = None,
    pre: Annotated[str | None, typer.Option(metavar="TEXT", help="The toolchain before. Default: pre.")] = None,
    post: Annotated[str | None, typer.Option(metavar="TEXT", help="The toolchain after. Default: post.")] = None,
    base: options.Base = None,
    revert: options.PrePatches = None,
    patch: options.PostPatches = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Directory for the reports.")] = Path("report"),
    policy: Annotated[Path | None, typer.Option(metavar="FILE", help="What fails the gate (YAML).")] = None,
    toolchains: options.NamesFile = None,
    accepted: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Reviewed differences (deferdiff accept --file).")
    ] = None,
    record: Annotated[bool, typer.Option("--record", help="Keep the result in the database.")] = False,
    database: options.DatabaseName = None,
    sandbox: options.SandboxKind = options.Kind.AUTO,
    timeout: options.Wall = options.DEFAULT_LIMITS.wall,
    fresh: options.Fresh = False,
    server: Annotated[
        str | None, typer.Option(metavar="URL", help="Have a service do it, with its cases, policy and sandbox.")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Run the cases on two toolchains, check every trace, compare, report.

    Exit status: 0 the toolchains agree (or the cases' headers explain every difference), 1 a difference or a run
    that does not conform, 2 bad input, 3 machinery failed, deferdiff has a bug, nothing was compared, or it was
    interrupted before a difference was seen. Ctrl-C stops it, with reports of what was done so far.

    With --record or a --database, differences that are accepted there pass until they expire. That the result could
    not be recorded changes no report, but is exit status 3 where it would have been 0.

    With --server the token is taken from $DEFERDIFF_TOKEN, and reports and exit status are as without.
    """
    names = toolchain.load(toolchains)
    sides = options.pair(names, pre=pre, post=post, base=base, revert=revert or [], patch=patch or [])
    if server is not None:
        own = None if sandbox is options.Kind.AUTO else sandbox
        theirs = {
            "--cases": cases,
            "--policy": policy,
            "--accepted": accepted,
            "--record": record or None,
            "--sandbox": own,
        }
        if given := [name for name, value in theirs.items() if value is not None]:
            raise typer.BadParameter(f"{given[0]} is for the service to say; leave it out with --server")
        check_writable(out)
        job = gate_remote.request(sides, suite=suite, only=only or [], timeout=timeout, fresh=fresh)
        raise typer.Exit(int(gate_remote.gate(Remote(server), sides, job, out, as_json=as_json)))
    rules = load_policy(policy) if policy else Policy()
    chosen = gating.choose(cases or [Path("cases")], suite, only or [])
    check_writable(out)
    listed = accepted_file.read(accepted) if accepted else ()
    before, after = gating.pair(sides.pre, sides.post)
    with options.interruptible() as stop, _book(database, record=record) as book:

        def reviewed(pre: Installed, post: Installed) -> Reviewed:
            return _reviewed(pre, post, listed, book)

        with live.progress() as progress:
            world = machine.world(sandbox, Limits(wall=timeout), progress, fresh=fresh)
            result = gating.gate(
                world, chosen, before, after, policy=rules, stop=stop, command=_own_file(), reviewed=reviewed
            )
        written = write_all(result, out)
        status = result.status
        if book is not None and record and not _is_recorded(book, result, written, (before, after)):
            status = status or Status.MACHINERY
    if as_json:
        sys.stdout.write(jsonfile.render(result))
    else:
        terminal.console().print(terminal.summary(result, written))
    raise typer.Exit(int(status))


def _book(database: str | None, *, record: bool) -> AbstractContextManager[Book | None]:
    """The database, if one is wanted. Raises `BadDatabase` or `DatabaseFailed`: what is accepted is then unknown."""
    if not record and database is None:
        return nullcontext()
    from harness.commands import recorded  # noqa: PLC0415  # a database takes longer to import than all else

    return recorded.book(database)


def _reviewed(pre: Installed, post: Installed, listed: tuple[Acceptance, ...], book: Book | None) -> Reviewed:
    """All that is accepted. A database has that of many gates: of other toolchains is no news there."""
    kept = () if book is None else tuple(one for one in book.given if is_of_pair(one, pre, post))
    return Reviewed(pre, post, datetime.now(UTC).date(), (*listed, *kept))


def _is_recorded(book: Book, result: GateResult, written: Written, sides: tuple[Side, Side]) -> bool:
    """Record a result. What was found out stands, and is reported, whatever becomes of that."""
    try:
        number = book.record(result, written)
    except MachineryError as trouble:
        print(f"deferdiff: NOT RECORDED: {trouble} (the reports are in {written.json.parent})", file=sys.stderr)
        return False
    print(f"recorded as run {number}", file=sys.stderr)
    return True


def _own_file() -> str:
    """The file of the command deferdiff that belongs to this Python; "" if it is run without one."""
    for place in (sys.argv[0], str(Path(sys.executable).with_name("deferdiff"))):
        if Path(place).name == "deferdiff" and (found := shutil.which(Path(place).absolute())):
            return str(found)
    return ""
