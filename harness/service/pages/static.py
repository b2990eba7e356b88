"""Styles and scripts of pages, under addresses that have their digests: a browser asks for each state of one once."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Response

from harness import report
from harness.report import page
from harness.service.pages.site import Site

_MEDIA = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_SHARED = page.SHARED
"""Files of the report of one run that pages here use, too."""


def add(pages: APIRouter, site: Site) -> None:
    """The files. They are the same for everybody, and say nothing of anybody."""
    site.uses(address)

    @pages.get("/static/{digest}/{name}")
    def file(digest: str, name: Annotated[str, Path(pattern=r"^[a-z]+(\.[a-z]+)*$")]) -> Response:
        content = _content(name)
        if content is None or digest != _digest(content):
            raise HTTPException(404, "there is no such file")
        media = _MEDIA[name.rpartition(".")[2]]
        kept = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
        return Response(content, media_type=media, headers=kept)


def address(name: str) -> str:
    """Where a file is."""
    content = _content(name)
    assert content is not None, f"{name}: templates name files that are there"
    return f"/static/{_digest(content)}/{name}"


@cache
def _content(name: str) -> bytes | None:
    if name.rpartition(".")[2] not in _MEDIA:
        return None
    if name in _SHARED:
        found = resources.files(report).joinpath(name)
    else:
        found = resources.files(__package__).joinpath("assets", name)
    return found.read_bytes() if found.is_file() else None


@cache
def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
