"""Names for toolchain texts: the shipped `toolchains.yaml`, and a file of the user's that adds or replaces names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from harness.errors import BadToolchain
from harness.yamltext import Document

FILE = "toolchains.yaml"
_NAME = re.compile(r"(?!go\d|gccgo$)[a-z][a-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Name:
    """What one name stands for. Relative patches are in `directory`; `where` is "file:line: name", for messages."""

    text: str
    directory: Path
    where: str


Names = Mapping[str, Name]


def load(file: Path | None = None) -> Names:
    """The shipped names, overlaid by those of `file` (by default ./toolchains.yaml, if there is one)."""
    shipped = resources.files("harness.toolchain") / FILE
    names = _read(shipped.read_text("utf-8"), FILE, Path())
    if file is None and Path(FILE).is_file():
        file = Path(FILE)
    if file is not None:
        try:
            names |= _read(file.read_text("utf-8"), str(file), file.parent)
        except OSError as error:
            raise BadToolchain(f"{file}: cannot read the toolchain names: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise BadToolchain(f"{file}: not UTF-8 text (byte {error.start})") from error
    return MappingProxyType(names)


def _read(text: str, file: str, directory: Path) -> dict[str, Name]:
    document = Document(text, file=file, first_line=1, error=BadToolchain)
    if document.data is None:
        return {}
    if not isinstance(document.data, dict):
        raise document.fault((), "must be a mapping of names to toolchain texts, such as post: go1.22.10")
    names: dict[str, Name] = {}
    for name, value in document.data.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            rule = "lower-case letters, digits, '_', '.' and '-', a letter first, and not the form of a release"
            raise document.fault((str(name),), f"{name} cannot be a name: a name has {rule}")
        if not isinstance(value, str) or not value.strip():
            raise document.fault((name,), f"{name} must stand for one toolchain text, such as go1.22.10")
        names[name] = Name(value, directory, where=str(document.fault((name,), name)))
    return names
