"""Why a case cannot be met: conditions that cannot hold together, told from what is asked for to what binds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from teraplan.case.case import Case
from teraplan.errors import Infeasible
from teraplan.explain.alike import Alike, Touched, apart
from teraplan.explain.conflict import ROW, Bound, conflict_of
from teraplan.explain.explanation import Condition, Explanation, Sentence
from teraplan.explain.lines import lines_behind
from teraplan.explain.sentences import AT_PLACE, DIFFERENCES, OVER_TIME, sentence
from teraplan.explain.units import unit_of
from teraplan.model.build import build_problem
from teraplan.model.problem import Problem
from teraplan.plan import Tell, on_top_of, silent
from teraplan.results.derive import BALANCES
from teraplan.results.results import Results
from teraplan.scenario import Request, plan_needs, stand_of
from teraplan.solver import Options

CONFLICT, MET = "conflict", "met"
THINGS = ("commodity", "process", "limit", "share", "rule")
"""Labels that say what a condition is about."""


def why_not(case: Case, options: Options | None = None, tell: Tell = silent) -> Explanation:
    """Return why a case cannot be met, or that it can; units that must be whole are taken as divisible.

    Raises LimitReached when the time limit is over before that is known.
    """
    tell("stating the problem")
    problem = build_problem(case, guarded=False)
    tell(f"looking for conditions that cannot hold together, among {problem.program.matrix.shape[0]:,} rows")
    watched = replace(options or Options(), progress=lambda _, seconds: tell(f"solving: {seconds:.0f} s"))
    edited = bool(case.tables.edits)
    found = conflict_of(problem, watched, lambda bound: edited and condition_of(case, problem, bound).edited)
    if found is None:
        whole = "" if problem.program.integer is None else ", whole units apart, which this does not look at"
        return Explanation(MET, f"{case.name} can be met: no condition stands against another{whole}.")
    tell("telling them")
    conditions = [
        replace(condition_of(case, problem, bound), sense=sense, asked=asked, possible=possible)
        for bound, sense, asked, possible in zip(found.bounds, found.sense, found.asked, found.possible, strict=True)
    ]
    ties = _ties(problem, found.bounds)
    root = _root(conditions)
    order = _chain(root, [set(columns) for columns in ties])
    told = [_told(case, group) for group in _alike([(conditions[at], _touched(problem, ties[at])) for at in order])]
    ranked = sorted(told, key=lambda one: not any(condition.edited for condition in one.conditions))
    return Explanation(CONFLICT, _headline(conditions[root]), tuple(ranked))


def why_not_planned(
    request: Request, known: Mapping[str, Results], options: Options | None = None, tell: Tell = silent
) -> Explanation:
    """Return why what is asked for cannot be planned: the case itself, or else a plan that its scenario stands on.

    known: plans that need not be made again, by the name under which scenarios keep them.
    """
    stand = stand_of(request)
    try:
        made = plan_needs(request, known, options, tell)
    except Infeasible:
        for need in stand.needs:
            below = replace(request, scenario=need, keep=(), budget=None, objective=None)
            found = why_not_planned(below, known, options, tell)
            if found.kind == CONFLICT:
                return replace(found, headline=f"{stand.name} stands on {need}: {found.headline}")
        raise
    return why_not(on_top_of(stand.case, stand.scenario, made), options, tell)


def condition_of(case: Case, problem: Problem, bound: Bound) -> Condition:
    """Return a row or bound with its labels, unit and lines; what it asks for and what can be is still open."""
    frame, kind = (problem.rows, "equation") if bound.kind == ROW else (problem.columns, "variable")
    name, labels = _labels(frame, bound.at, kind)
    return Condition(
        name, bound.kind, labels, "", 0.0, None, unit_of(case, name, labels), lines_behind(case, name, labels)
    )


def _ties(problem: Problem, bounds: Sequence[Bound]) -> list[dict[int, float]]:
    """The columns of each condition that another one touches, too, with their coefficients."""
    matrix = problem.program.matrix
    rows = [matrix[bound.at] if bound.kind == ROW else None for bound in bounds]
    touched = [
        {bound.at: 1.0} if row is None else dict(zip(row.indices.tolist(), row.data.tolist(), strict=True))
        for bound, row in zip(bounds, rows, strict=True)
    ]
    count = Counter(column for columns in touched for column in columns)
    return [{column: value for column, value in columns.items() if count[column] > 1} for columns in touched]


def _touched(problem: Problem, columns: Mapping[int, float]) -> tuple[Touched, ...]:
    """Columns with their names."""
    named = [_labels(problem.columns, at, "variable") for at in columns]
    return tuple(Touched(name, labels, value) for (name, labels), value in zip(named, columns.values(), strict=True))


def _labels(frame: pl.DataFrame, at: int, name: str) -> tuple[str, dict[str, str]]:
    words = frame.row(at, named=True)
    return str(words.pop(name)), {key: str(text) for key, text in words.items() if text is not None and key != "column"}


def _root(conditions: Sequence[Condition]) -> int:
    """The condition to begin with: one that asks for something, of a good if there is one, and can have some of it."""

    def rank(at: int) -> tuple[bool, ...]:
        one = conditions[at]
        asks = one.sense == ">=" and one.asked > 0
        return not asks, not one.edited, one.name not in BALANCES, (one.possible or 0.0) < 0

    return min(range(len(conditions)), key=rank)


def _chain(root: int, columns: Sequence[set[int]]) -> list[int]:
    """The conditions from the first one on, each after one that it shares a column with."""
    order, waiting = [root], [at for at in range(len(columns)) if at != root]
    for at in order:
        near = [other for other in waiting if columns[other] & columns[at]]
        order += near
        waiting = [other for other in waiting if other not in near]
    return order + waiting


def _alike(chain: Sequence[tuple[Condition, tuple[Touched, ...]]]) -> list[list[tuple[Condition, tuple[Touched, ...]]]]:
    """Conditions that differ only in where they hold, together, in the order of the first of each."""
    groups: dict[object, list[tuple[Condition, tuple[Touched, ...]]]] = {}
    for condition, columns in chain:
        differing = (*AT_PLACE, "period") if condition.name in OVER_TIME else AT_PLACE
        same = tuple((label, text) for label, text in condition.labels.items() if label not in differing)
        groups.setdefault((condition.name, condition.kind, same), []).append((condition, columns))
    return list(groups.values())


def _told(case: Case, group: Sequence[tuple[Condition, tuple[Touched, ...]]]) -> Sentence:
    conditions, columns = zip(*group, strict=True)
    text, lines = sentence(Alike(case, conditions, columns))
    return Sentence(text, conditions, lines)


def _headline(first: Condition) -> str:
    """What cannot be met, what is asked for and what can be had."""
    labels = first.labels
    thing = next((labels[label] for label in THINGS if label in labels), first.name)
    place = labels.get("region") or labels.get("place", "")
    where = f" in {place}" if place not in ("", "*") else ""
    when = f" in {labels['period']}" if "period" in labels else ""
    head = f"{thing}{where}{when} cannot be met"
    if first.possible is None or first.name in DIFFERENCES or first.sense != ">=":
        return f"{head}:"
    asked, had = apart(first.asked, first.possible, first.unit)
    return f"{head}: {asked} is asked for and {had} can be had."
