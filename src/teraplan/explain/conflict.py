"""An irreducible conflict: rows and bounds that cannot hold together, and can as soon as any one of them is left out.

Found in two steps. The elastic program (model/elastic.py) has the least violation; by the theorem of Farkas the rows
and bounds with a dual in its optimum cannot hold together, and of 30,000 rows these are tens. Then a deletion filter
(Chinneck and Dravnieks, 1991) leaves out one condition after another: where the rest still cannot hold, it stays out,
and with it whatever has no dual in the rest's own optimum. What is left is irreducible. That columns are not below zero
is taken for granted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from teraplan.errors import Unbounded
from teraplan.model.elastic import elastic
from teraplan.model.problem import LinearProgram, Problem
from teraplan.solver import Options, solve

VIOLATED = 1e-6
"""A slack below this is rounding [unit of its row]."""
DUAL = 1e-9
"""A dual below this share of the price of its slack is none [1]."""
LEAST = 1e-12
"""A reduced cost nearer to 0 than this is none [1 / unit of the column]."""
ROW, LOWER, UPPER = "row", "lower", "upper"


@dataclass(frozen=True, order=True)
class Bound:
    """One condition of a problem: a row, or the lower or upper bound of a column, by its position."""

    kind: str
    at: int


@dataclass(frozen=True)
class Conflict:
    """Conditions that cannot hold together, in the order of the problem; each with what the others would allow.

    sense: `>=` where the condition asks for something, `<=` where it forbids; asked: its number; possible: the nearest
    that its left side comes to that number while the others hold. Both in the unit of the row or column.
    """

    bounds: tuple[Bound, ...]
    sense: tuple[str, ...]
    asked: tuple[float, ...]
    possible: tuple[float | None, ...]


def conflict_of(
    problem: Problem,
    options: Options | None = None,
    wanted: Callable[[Bound], bool] = lambda bound: False,
) -> Conflict | None:
    """Return an irreducible conflict of a problem; None where there is none and the case can be met.

    wanted: conditions that a reader would rather see than others, such as what an edit changed: the filter tries them
    last, as it keeps what it meets late. It runs once backwards and once forwards through the rest, and the smaller
    conflict stands, of two alike the one of the first periods; so the same problem gives the same conflict. Raises
    LimitReached when the time limit is over before the violation is known.
    """
    program, options = problem.program, options or Options()
    crossed = _crossed(program)
    if crossed is not None:
        return _measured(program, crossed)
    everything = _all(program)
    found = _support(program, everything, options)
    if not found:
        return None
    small = replace(options, progress=None)
    narrow = _narrowed(program, everything, found, small)
    rare = [bound for bound in narrow if wanted(bound)]
    common = [bound for bound in narrow if bound not in set(rare)]
    left = [_filtered(program, [*some, *rare], small) for some in (common[::-1], common)]
    return _measured(program, min(left, key=lambda bounds: (not any(map(wanted, bounds)), len(bounds))))


def is_conflict(program: LinearProgram, bounds: Sequence[Bound], options: Options | None = None) -> bool:
    """Return whether conditions cannot hold together."""
    return bool(_support(program, bounds, options or Options()))


def _filtered(program: LinearProgram, ordered: Sequence[Bound], options: Options) -> tuple[Bound, ...]:
    """Leave out one condition after another as long as the rest cannot hold."""
    left, tried = list(ordered), set[Bound]()
    while waiting := [bound for bound in left if bound not in tried]:
        tried.add(waiting[0])
        rest = [bound for bound in left if bound != waiting[0]]
        kept = _support(program, rest, options)
        if kept:
            left = _narrowed(program, rest, kept, options)
    return tuple(sorted(left))


def _narrowed(program: LinearProgram, bounds: Sequence[Bound], kept: set[Bound], options: Options) -> list[Bound]:
    """The conditions with a dual, where those alone cannot hold; all, where a dual that counts was lost in rounding."""
    small = [bound for bound in bounds if bound in kept]
    return small if len(small) == len(bounds) or _support(program, small, options) else list(bounds)


def _crossed(program: LinearProgram) -> tuple[Bound, ...] | None:
    """The bounds of the first column, or the first row, whose limits cross."""
    columns = np.flatnonzero(program.column_lower > program.column_upper)
    if columns.size:
        return Bound(LOWER, int(columns[0])), Bound(UPPER, int(columns[0]))
    rows = np.flatnonzero(program.row_lower > program.row_upper)
    return (Bound(ROW, int(rows[0])),) if rows.size else None


def _all(program: LinearProgram) -> list[Bound]:
    finite = np.isfinite(program.row_lower) | np.isfinite(program.row_upper)
    return [
        *(Bound(ROW, int(at)) for at in np.flatnonzero(finite)),
        *(Bound(LOWER, int(at)) for at in np.flatnonzero(program.column_lower > 0)),
        *(Bound(UPPER, int(at)) for at in np.flatnonzero(np.isfinite(program.column_upper))),
    ]


def _support(program: LinearProgram, bounds: Sequence[Bound], options: Options) -> set[Bound]:
    """The conditions among these that have a dual in the least violation: a conflict; empty where they can hold."""
    part, columns = _part(program, bounds)
    height, width = part.matrix.shape
    relaxed = elastic(part)
    found = solve(_named(relaxed), options)
    if float(found.value[width:].max(initial=0.0)) <= VIOLATED:
        return set()
    rows = sorted(bound for bound in bounds if bound.kind == ROW)
    lower = sorted(bound for bound in bounds if bound.kind == LOWER)
    upper = {bound.at: bound for bound in bounds if bound.kind == UPPER}
    price = relaxed.cost[width : width + height]
    dual = np.abs(found.row_dual) > DUAL * np.concatenate([price, np.ones(len(lower))])
    bound_dual = found.reduced_cost[:width] < -LEAST
    return {
        *(rows[at] for at in np.flatnonzero(dual[:height])),
        *(lower[at] for at in np.flatnonzero(dual[height:])),
        *(upper[int(columns[at])] for at in np.flatnonzero(bound_dual) if int(columns[at]) in upper),
    }


def _part(
    program: LinearProgram, bounds: Sequence[Bound], also: Sequence[Bound] = ()
) -> tuple[LinearProgram, NDArray[np.int64]]:
    """The program of these conditions alone, on the columns that they and `also` touch; and which columns those are.

    Rows stand in the order of the program; so do lower bounds.
    """
    at = {kind: _at(bounds, kind) for kind in (ROW, LOWER, UPPER)}
    touched = [
        program.matrix[_at([*bounds, *also], ROW)].indices,
        _at([*bounds, *also], LOWER),
        _at([*bounds, *also], UPPER),
    ]
    columns = np.unique(np.concatenate(touched)).astype(np.int64)
    lower = np.minimum(program.column_lower, 0.0)
    lower[at[LOWER]] = program.column_lower[at[LOWER]]
    upper = np.full(program.column_upper.size, np.inf)
    upper[at[UPPER]] = program.column_upper[at[UPPER]]
    part = LinearProgram(
        cost=np.zeros(columns.size),
        offset=0.0,
        matrix=program.matrix[at[ROW]][:, columns].tocsr(),
        row_lower=program.row_lower[at[ROW]],
        row_upper=program.row_upper[at[ROW]],
        column_lower=lower[columns],
        column_upper=upper[columns],
    )
    return part, columns


def _at(bounds: Sequence[Bound], kind: str) -> NDArray[np.int64]:
    return np.array(sorted(bound.at for bound in bounds if bound.kind == kind), dtype=np.int64)


def _named(program: LinearProgram) -> Problem:
    """A program without names of its own, for the solver."""
    height, width = program.matrix.shape
    rows, columns = pl.Series("equation", ["part"] * height), pl.Series("variable", ["part"] * width)
    return Problem(program, pl.DataFrame([columns]), pl.DataFrame([rows]), pl.DataFrame())


def _measured(program: LinearProgram, bounds: tuple[Bound, ...]) -> Conflict:
    """The conflict with what each condition asks for, and the nearest to it that the others allow."""
    senses = [_sense(program, bounds, bound) for bound in bounds]
    asked = [_number(program, bound, sense) for bound, sense in zip(bounds, senses, strict=True)]
    possible = [_nearest(program, bounds, bound, sense) for bound, sense in zip(bounds, senses, strict=True)]
    return Conflict(bounds, tuple(senses), tuple(asked), tuple(possible))


def _sense(program: LinearProgram, bounds: Sequence[Bound], bound: Bound) -> str:
    """Which side of a condition is in the way; of an equality the one that the others cannot reach."""
    if bound.kind != ROW:
        return ">=" if bound.kind == LOWER else "<="
    low, high = program.row_lower[bound.at], program.row_upper[bound.at]
    if not np.isfinite(high) or not np.isfinite(low):
        return ">=" if np.isfinite(low) else "<="
    most = _nearest(program, bounds, bound, ">=")
    return ">=" if most is not None and most < low else "<="


def _number(program: LinearProgram, bound: Bound, sense: str) -> float:
    if bound.kind == ROW:
        return float(program.row_lower[bound.at] if sense == ">=" else program.row_upper[bound.at])
    return float((program.column_lower if bound.kind == LOWER else program.column_upper)[bound.at])


def _nearest(program: LinearProgram, bounds: Sequence[Bound], bound: Bound, sense: str) -> float | None:
    """The most (`>=`) or least (`<=`) that the left side of a condition can be while the others hold; None: no end."""
    others = [other for other in bounds if other != bound]
    part, columns = _part(program, others, also=[bound])
    side = program.matrix[bound.at].toarray().ravel()[columns] if bound.kind == ROW else (columns == bound.at) * 1.0
    try:
        return solve(_named(replace(part, cost=side, maximise=sense == ">="))).objective
    except Unbounded:
        return None
