"""The comparisons of one run, the worst first: counted by what went wrong, searched, and a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, String, and_, case, func, literal, select
from sqlalchemy.orm import Session

from harness.database.cases import CaseRow
from harness.database.runs import ComparisonRow
from harness.report.result import GRAVITY, HIDDEN_BY_A_PASS, NEITHER, SEVERITY, UNEXPECTED

FAULTLESS = ("conforms", "not applicable", "inconclusive")
"""Outcomes that are no fault of a toolchain, as `harness.report.words.kind` calls them."""

PAGE = 100
"""Comparisons of a page."""


@dataclass(frozen=True, slots=True)
class Group:
    """Comparisons that went wrong alike. `word`: the verdict; `rule`: what was broken first, or else how a side
    failed, "" where nothing did."""

    decision: str
    word: str
    rule: str
    count: int


@dataclass(frozen=True, slots=True)
class Line:
    """A comparison in one line. `pre`, `post`: outcomes; `got`, `owed`: of the side that `Group.rule` is about."""

    case: str
    decision: str
    word: str
    rule: str
    pre: str
    post: str
    got: str
    owed: str


def groups(session: Session, run: int, *, search: str = "") -> list[Group]:
    """All groups of a run, the worst first, of the cases whose names have `search` in them."""
    facts = (ComparisonRow.decision, _WORD.label("word"), _RULE.label("rule"), _GRAVEST.label("gravity"))
    # In a query of their own: a server takes what has parameters in it for something else each time it is written.
    each = _of(select(*facts), run, search).subquery()
    keys = (each.c.decision, each.c.word, each.c.rule)
    order = (_rank(_DECISIONS, each.c.decision), func.min(each.c.gravity), each.c.word, each.c.rule)
    grouped = select(*keys, func.count()).group_by(*keys).order_by(*order)
    return [Group(*row) for row in session.execute(grouped)]


def page(session: Session, run: int, *, decision: str = "", search: str = "", skip: int = 0) -> list[Line]:
    """`PAGE` comparisons in the order of their groups, then by name. `decision`: only those; `skip`: how many of the
    first not."""
    columns = (ComparisonRow.pre_outcome, ComparisonRow.post_outcome, _of_side("got"), _of_side("owed"))
    statement = _of(select(CaseRow.name, ComparisonRow.decision, _WORD, _RULE, *columns), run, search, named=True)
    if decision:
        statement = statement.where(ComparisonRow.decision == decision)
    order = (_rank(_DECISIONS, ComparisonRow.decision), _GRAVEST, _WORD, _RULE, CaseRow.name)
    return [Line(*row) for row in session.execute(statement.order_by(*order).offset(skip).limit(PAGE))]


def find(session: Session, run: int, name: str) -> ComparisonRow | None:
    """The comparison of the case with this name."""
    statement = select(ComparisonRow).join(CaseRow, CaseRow.id == ComparisonRow.case_id)
    return session.scalars(statement.where(ComparisonRow.run_id == run, CaseRow.name == name)).one_or_none()


def word(row: ComparisonRow) -> str:
    """The verdict in words for people, as `harness.report.result.Decided.word` has it."""
    if row.decision == NEITHER:
        return NEITHER
    return UNEXPECTED if row.unexpected_pass and row.verdict in _HIDDEN else row.verdict


def _of(statement: Any, run: int, search: str, *, named: bool = False) -> Any:
    """Names take a join that costs time where there are many."""
    statement = statement.where(ComparisonRow.run_id == run)
    if search or named:
        statement = statement.join(CaseRow, CaseRow.id == ComparisonRow.case_id)
    return statement.where(CaseRow.name.icontains(search, autoescape=True)) if search else statement


def _rank(order: tuple[str, ...], column: ColumnElement[str] | Any) -> ColumnElement[int]:
    """The place of a column's value in `order`; behind all for one that is not there."""
    return case(
        {value: number for number, value in enumerate(order)}, value=column, else_=literal(len(order), Integer)
    )


def _fails(role: str) -> ColumnElement[bool]:
    outcome: ColumnElement[str] = getattr(ComparisonRow, f"{role}_outcome")
    return outcome.not_in(FAULTLESS)


def _of_side(name: str) -> ColumnElement[str]:
    """What a column says of the side of which something bad is to be said, the change's own side first."""
    pre, post = (getattr(ComparisonRow, f"{role}_{name}") for role in ("pre", "post"))
    broken = ComparisonRow.post_rule != "", ComparisonRow.pre_rule != ""
    return case((broken[0], post), (broken[1], pre), else_=literal("", String))


_DECISIONS = tuple(decision.value for decision in SEVERITY)
_HIDDEN = tuple(verdict.value for verdict in HIDDEN_BY_A_PASS)
_GRAVEST = _rank(tuple(verdict.value for verdict in GRAVITY), ComparisonRow.verdict)
_WORD: ColumnElement[str] = case(
    (ComparisonRow.decision == NEITHER, literal(NEITHER, String)),
    (
        and_(ComparisonRow.unexpected_pass, ComparisonRow.verdict.in_(_HIDDEN)),
        literal(UNEXPECTED, String),
    ),
    else_=ComparisonRow.verdict,
)
_RULE: ColumnElement[str] = case(
    (ComparisonRow.post_rule != "", ComparisonRow.post_rule),
    (ComparisonRow.pre_rule != "", ComparisonRow.pre_rule),
    (_fails("post"), ComparisonRow.post_outcome),
    (_fails("pre"), ComparisonRow.pre_outcome),
    else_=literal("", String),
)
