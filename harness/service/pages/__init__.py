"""The service in a browser: pages made on the server, with as little script as they can do with.

`site.py` has what all pages share, `session.py` who is asking. Each other file is one place of the site and its
templates; a new one is a file with `add(pages, site)` and a line in `add_pages`.

All text of a page is put in by templates that escape it, and the policy of every page allows scripts and styles of
the service's own files only: what programs print, and what their cases are called, stays text.
"""

from __future__ import annotations

from fastapi import FastAPI

from harness.service.pages import buckets, cases, jobs, overview, run_case, runs, session, static, submit
from harness.service.pages.site import Site, router

_PLACES = (session, static, overview, runs, run_case, cases, buckets, jobs, submit)


def add_pages(app: FastAPI, site: Site) -> None:
    """Put all pages into the application. They are not part of its OpenAPI."""
    pages = router(site)
    for place in _PLACES:
        place.add(pages, site)
    app.include_router(pages)
