"""`deferdiff toolchains list|fetch|verify|prune`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from harness import toolchain
from harness.errors import BadToolchain
from harness.sandbox import choose
from harness.sandbox.docker import Engine
from harness.toolchain import cache, default_directory

MACHINERY = 3
MIB = 1 << 20

app = typer.Typer(no_args_is_help=True, help="The toolchains: what there is, and what is in the cache.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
NamesFile = Annotated[
    Path | None, typer.Option("--toolchains", metavar="FILE", help="Your own names for toolchains.")
]


@app.command("list", short_help="Show names, releases, and what is in the cache.")
def show(as_json: AsJson = False, toolchains: NamesFile = None) -> None:
    """Names, the releases that can be had by name, and which of them are in the cache."""
    names = toolchain.load(toolchains)
    directory = default_directory()
    there = {entry.manifest.name: entry.manifest for entry in cache.entries(directory)}
    bases = [*toolchain.list_known(), *(base for base in there if base not in toolchain.list_known())]
    if as_json:
        known = [
            {"base": base, "source": there[base].source, "bytes": there[base].size}
            if base in there
            else {"base": base}
            for base in bases
        ]
        meant = {name: entry.text for name, entry in names.items()}
        typer.echo(json.dumps({"cache": str(directory), "names": meant, "toolchains": known}, indent=2))
        return
    shown = Table(box=None, pad_edge=False)
    for heading in ("toolchain", "name", "in the cache", "from"):
        shown.add_column(heading, overflow="fold")
    spelled = {name: entry.text for name, entry in names.items()}
    for base in bases:
        called = ", ".join(name for name, text in spelled.items() if text == base)
        size = f"{there[base].size / MIB:.0f} MiB" if base in there else ""
        shown.add_row(base, called, size, there[base].source if base in there else "")
    for name, text in spelled.items():
        if text not in bases:
            shown.add_row(text, name, "", "")
    console = Console(highlight=False, markup=False)
    console.print(shown)
    console.print(f"cache: {directory}", soft_wrap=True)


@app.command(short_help="Fetch toolchains into the cache.")
def fetch(
    texts: Annotated[
        list[str] | None, typer.Argument(metavar="TOOLCHAIN", help="By default all that have names.")
    ] = None,
    toolchains: NamesFile = None,
) -> None:
    """Fetch toolchains into the cache, so that later runs need no network."""
    names = toolchain.load(toolchains)
    console = Console(stderr=True, highlight=False, markup=False)
    for text in texts or names:
        made = toolchain.install(toolchain.parse(text, names), default_directory(), note=console.print)
        typer.echo(f"{text}: {made.engine} {made.release} at {made.root or made.image}")


@app.command(short_help="Compare the cache with its digests.")
def verify(as_json: AsJson = False) -> None:
    """Compare every file of every toolchain in the cache with its digest. Exit status 3 if one differs."""
    found = toolchain.verify(default_directory())
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        for name, faults in found.items():
            count = f"{len(faults)} difference{'s' * (len(faults) > 1)}"
            typer.echo(f"{name}: {count if faults else 'as it was unpacked'}")
            for line in faults:
                typer.echo(f"  {line}")
            if faults:
                typer.echo(f"  remove it with `deferdiff toolchains prune {name}` and it is fetched anew")
        if not found:
            typer.echo("the cache holds no toolchain")
    if any(found.values()):
        raise typer.Exit(MACHINERY)


@app.command(short_help="Remove toolchains from the cache.")
def prune(
    bases: Annotated[
        list[str] | None, typer.Argument(metavar="TOOLCHAIN", help="What to remove, as `list` shows it.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Remove all toolchains.")] = False,
    sandboxes: Annotated[
        bool, typer.Option("--sandboxes", help="Remove what sandboxes made of them, too: images and build caches.")
    ] = False,
    toolchains: NamesFile = None,
) -> None:
    """Remove toolchains from the cache: those given, else all that no name stands for. And what killed runs left."""
    directory = default_directory()
    names = toolchain.load(toolchains)
    there = [entry.manifest.name for entry in cache.entries(directory)]
    if bases:
        going = {toolchain.base_of(base, names) for base in bases}
        if absent := sorted(going.difference(there)):
            raise BadToolchain(f"{absent[0]}: not in the cache, which holds {', '.join(there) or 'no toolchain'}")
        keep = [name for name in there if name not in going]
    else:
        keep = [] if everything else [toolchain.base_of(name, names) for name in names]
    gone = toolchain.prune(directory, keep)
    for name in gone + (_prune_sandboxes(directory) if sandboxes else []):
        typer.echo(f"removed {name}")


def _prune_sandboxes(directory: Path) -> list[str]:
    """Remove build caches here, and images and build caches of the Engine, if one answers."""
    gone = []
    for name in ("go-build", "images"):
        if (directory / name).is_dir():
            cache.remove(directory / name)
            gone.append(str(directory / name))
    if choose.choose("auto") == "docker":
        with Engine() as engine:
            gone += engine.prune()
    return gone
