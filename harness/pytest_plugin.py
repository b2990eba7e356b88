"""The pytest plugin: `pytest --deferdiff cases` makes every Go file below `cases` an item. Off unless asked for.

pytest loads this module in every session of everybody who has deferdiff installed, so it has nothing but the options;
`harness.pytest_items` has the rest, and is loaded where the plugin is on. An option counts before the setting in the
configuration file that has its name (`--deferdiff-pre`, `deferdiff_pre`).
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options, and the settings of the same names."""
    group = parser.getgroup("deferdiff", "deferdiff: Go programs on two toolchains")
    group.addoption("--deferdiff", action="store_true", help="compare the cases that are collected on two toolchains")
    group.addoption("--deferdiff-fresh", action="store_true", help="run even what is known from earlier runs")
    group.addoption("--deferdiff-cases", action="append", metavar="DIR", help="a directory of cases (repeatable)")
    parser.addini("deferdiff_cases", "directories of cases, with <family>/<behaviour>.go; default: cases", "paths")
    for name, meaning in (
        ("pre", "the toolchain before, as a text; default: pre"),
        ("post", "the toolchain after, as a text; default: post"),
        ("policy", "the file that says what fails (YAML)"),
        ("sandbox", "where programs run: auto, docker or process"),
        ("timeout", "seconds that one case may take"),
    ):
        group.addoption(f"--deferdiff-{name}", metavar=name.upper(), help=meaning)
        parser.addini(f"deferdiff_{name}", meaning)


def pytest_configure(config: pytest.Config) -> None:
    """Turn the plugin on, if it is asked for by `--deferdiff` or by naming a toolchain."""
    if config.getoption("deferdiff") or any(setting(config, name) for name in ("pre", "post")):
        from harness import pytest_items  # noqa: PLC0415  # only where it is on: see above

        config.pluginmanager.register(pytest_items.Cases(pytest_items.asked(config)), "deferdiff-cases")


def setting(config: pytest.Config, name: str) -> str:
    """What the option says, else the configuration file; "" if neither does."""
    return str(config.getoption(f"deferdiff_{name}") or config.getini(f"deferdiff_{name}") or "")
