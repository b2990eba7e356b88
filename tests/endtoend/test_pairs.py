"""The main job on the real change: what the two pairs of toolchains must show, and what the reports say of it."""

from __future__ import annotations

import pytest
import yaml

from harness import constraint
from tests.endtoend.tool import CASES, Done, Json

pytestmark = [pytest.mark.toolchain, pytest.mark.docker, pytest.mark.timeout(900)]

REVERTED, OLDER, NEWER = "1.22.10", "1.21.13", "1.22.10"

WRONG_IN_BOTH = {
    # go.dev/issue/73916 and 73920: 1.22 is wrong here with and without the change.
    "recover/helper-of-a-deferred-function-with-arguments",
    "recover/helper-of-a-promoted-method",
    # The unwinder takes a frame for dead that is not: unreported.
    "nilfunc/under-goexit-with-a-growing-stack",
    "nilfunc/under-two-panics-with-a-growing-stack",
}
CRASHES = {"nilfunc/under-goexit-with-a-growing-stack", "nilfunc/under-two-panics-with-a-growing-stack"}
"""Of the known faults, those that kill the process in the runtime of 1.22."""


def headers() -> dict[str, Json]:
    """The headers of all cases, read without the harness."""
    found = {}
    for path in CASES.glob("*/*.go"):
        text = path.read_text().removeprefix("/*").partition("*/")[0]
        found[f"{path.parent.name}/{path.stem}"] = yaml.load(
            text, yaml.BaseLoader
        )  # YAML takes the key `on` for a truth value
    return found


def applies(header: Json, release: str) -> bool:
    return constraint.matches(header.get("on", ""), "gc", release)


def known_fault(header: Json, release: str) -> bool:
    """Does the header tell of a fault of this release?"""
    return any(constraint.matches(entry["on"], "gc", release) for entry in header.get("xfail", ()))


def lawful(header: Json, release: str) -> str:
    """Which of the header's expectations hold for a release: the first variation that matches, or its own."""
    entries = header.get("differs", ())
    return next((e["on"] for e in entries if constraint.matches(e["on"], "gc", release)), "")


def test_the_exact_pair_agrees(exact_gate: Done) -> None:
    assert exact_gate.status == 0, exact_gate.stdout + exact_gate.stderr
    report = exact_gate.report
    assert (report["verdict"]["word"], report["verdict"]["status"]) == ("PASS", 0)
    assert report["sandbox"] == {"kind": "docker", "weaknesses": []}
    assert report["toolchains"]["pre"]["replaced"] == ["src/runtime/panic.go", "src/runtime/runtime2.go"]
    assert report["toolchains"]["post"]["replaced"] == []
    assert report["toolchains"]["pre"]["digest"] != report["toolchains"]["post"]["digest"]
    assert report["cached"] == 0


def test_every_case_of_the_exact_pair_conforms_on_both_sides(exact_gate: Done) -> None:
    found = headers()
    applicable = {name for name, header in found.items() if applies(header, REVERTED)}
    assert len(applicable) >= 100
    assert set(exact_gate.cases) == set(found)
    for name, case in exact_gate.cases.items():
        outcomes = {case["pre"]["outcome"], case["post"]["outcome"]}
        if name not in applicable:
            assert outcomes == {"not applicable"}, name
        elif name in WRONG_IN_BOTH:
            fault = "crashed" if name in CRASHES else "diverges"
            assert (outcomes, case["verdict"], case["decision"]) == ({fault}, "disputed", "explained"), name
        else:
            assert (outcomes, case["verdict"], case["decision"]) == ({"conforms"}, "same", "pass"), name
    assert {name for name in applicable if known_fault(found[name], REVERTED)} == WRONG_IN_BOTH


def test_both_sides_of_the_exact_pair_leave_the_same_events(exact_gate: Done) -> None:
    compared = [case for case in exact_gate.cases.values() if "events" in case["pre"]]
    assert len(compared) >= 100
    assert [case["name"] for case in compared if case["pre"]["events"] != case["post"]["events"]] == []


def test_differences_of_the_releases_are_those_that_headers_explain(release_gate: Done) -> None:
    assert release_gate.status == 0, release_gate.stdout + release_gate.stderr
    foreseen = set()
    for name, header in headers().items():
        releases = [release for release in (OLDER, NEWER) if applies(header, release)]
        faults = any(known_fault(header, release) for release in releases)
        if faults or len({lawful(header, release) for release in releases}) > 1:
            foreseen.add(name)
    differing = {name for name, case in release_gate.cases.items() if case["verdict"] != "same"}
    assert differing == foreseen
    assert len(differing) > len(WRONG_IN_BOTH)
    assert {release_gate.cases[name]["decision"] for name in differing} == {"explained"}


def test_each_side_fails_where_its_header_says(release_gate: Done) -> None:
    for name, header in headers().items():
        case = release_gate.cases[name]
        for role, release in (("pre", OLDER), ("post", NEWER)):
            expected = "not applicable"
            if applies(header, release):
                fault = "crashed" if name in CRASHES and release == NEWER else "diverges"
                expected = fault if known_fault(header, release) else "conforms"
            assert case[role]["outcome"] == expected, (name, role)


def test_what_the_earlier_gate_ran_is_not_run_again(exact_gate: Done, release_gate: Done) -> None:
    applicable = sum(case["post"]["outcome"] != "not applicable" for case in exact_gate.cases.values())
    assert release_gate.report["cached"] == applicable
    assert f"{applicable} runs from the store" in release_gate.stdout


def test_every_report_tells_of_the_same_verdict(exact_gate: Done) -> None:
    text = exact_gate.report["verdict"]["text"]
    assert text in exact_gate.stdout
    assert text in (exact_gate.out / "report.md").read_text()
    assert text in (exact_gate.out / "junit.xml").read_text()
    assert exact_gate.failures() == {}
