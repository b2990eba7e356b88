"""Kinds of values that several files of YAML have: addresses, constraints, lines of text."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from harness import constraint


def _constraint(text: object) -> object:
    if isinstance(text, str):
        try:
            constraint.parse(text)
        except constraint.BadConstraint as bad:
            raise ValueError(str(bad)) from None
    return text


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, str) else value


Line = Annotated[str, Field(min_length=1, pattern=r"^\S[^\n]*$")]
Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
Url = Annotated[str, Field(pattern=r"^https://[^\s/]+/\S+$")]
Urls = Annotated[list[Url], Field(min_length=1), BeforeValidator(_one_or_more)]
"""One address or a list of them."""
ISSUE = r"^(https://[^\s/]+/\S+|unreported)$"
Issue = Annotated[str, Field(pattern=ISSUE)]
Tag = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
On = Annotated[str, BeforeValidator(_constraint)]
"""See `harness.constraint`."""
OneOrMore = BeforeValidator(_one_or_more)
"""A text stands for a list of one."""
