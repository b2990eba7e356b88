"""Everything that touches the world: cases, toolchains, sandboxes, the stages and the command line.

For other people's Python this package is the names of `harness.api`, loaded with the first use of one: `import
harness` itself costs nothing, and whoever needs only a module below does not load what is above it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.api import (
        Case,
        Comparison,
        Decided,
        Decision,
        DeferdiffError,
        GateResult,
        MachineryError,
        Policy,
        Status,
        UsageError,
        Verdict,
        Written,
        compare_program,
        compare_programs,
        describe,
        gate_cases,
        write_reports,
    )

__all__ = [
    "Case",
    "Comparison",
    "Decided",
    "Decision",
    "DeferdiffError",
    "GateResult",
    "MachineryError",
    "Policy",
    "Status",
    "UsageError",
    "Verdict",
    "Written",
    "compare_program",
    "compare_programs",
    "describe",
    "gate_cases",
    "write_reports",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from harness import api  # noqa: PLC0415  # with the first use: see above

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
