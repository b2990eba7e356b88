"""A page in a browser, as it is after its scripts have run."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "chromium"
_DESKTOP = "--window-size=1400,1000"
needs_browser = pytest.mark.skipif(
    shutil.which(CHROMIUM) is None and "DEFERDIFF_REQUIRE_BROWSER" not in os.environ,
    reason="NO BROWSER: the page's script is not tested",
)


def run(directory: Path, page: str, *options: str, at: str = "", does: str = "") -> str:
    """The document of a page that was opened at a hash, after a script of the test's own."""
    file = directory / "page.html"
    file.write_text(page.replace("</body>", f"<script>{does}</script></body>"), encoding="utf-8")
    done = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000", _DESKTOP, *options,
            f"--user-data-dir={directory / 'profile'}", "--dump-dom", f"{file.as_uri()}{at}",
        ],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=True,
    )  # fmt: skip
    return done.stdout


def told(directory: Path, page: str, does: str, *options: str, at: str = "") -> Any:
    """What the value is that a test's own script gives `tell`; scripts of the page that fail fail the test."""
    script = f"""
        let failed = '';
        window.onerror = (message) => {{ failed = message; tell(null); }};
        const find = (id) => document.getElementById(id);
        const all = (selector) => [...document.querySelectorAll(selector)];
        const texts = (selector) => all(selector).map((one) => one.textContent);
        const press = (key, more) => (document.activeElement || document.body).dispatchEvent(
            new KeyboardEvent('keydown', {{key, bubbles: true, cancelable: true, ...more}}));
        const tell = (value) => {{ document.title = JSON.stringify([value, failed]); }};
        {does}"""
    found = re.search("<title>(.*?)</title>", run(directory, page, *options, at=at, does=script), re.DOTALL)
    assert found is not None
    value, failed = json.loads(html.unescape(found[1]))
    assert failed == "", failed
    return value
