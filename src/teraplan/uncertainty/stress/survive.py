"""How long a plan can do without a node and still serve everything that it would have served: one LP a period.

The time to survive of Simchi-Levi et al. (2015): the outage's length is a column. Within a period the outage takes
its share of the period from every plant that is hit, as an annual plan sees it, so what is lost may be made up for
in the rest of the period where there is capacity to spare. Whether a period can be survived whole is asked first;
only the one that cannot is split.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from teraplan.case.case import Case
from teraplan.errors import Infeasible
from teraplan.model.build import build_problem
from teraplan.model.problem import LinearProgram, Problem
from teraplan.model.remembered import Remembered
from teraplan.solver import Options, Solution, solve
from teraplan.uncertainty.ensemble import Packed, unpacked
from teraplan.uncertainty.stress.cells import Item, changed
from teraplan.uncertainty.stress.settled import MOMENT, Moments, Prices

SERVED = 1e-6
"""Share of what is asked for that may be missed and still counts as served [1]."""
WHOLE = 1.0 - 1e-6
"""An outage of more than this part of a period lasts all of it [1]."""


def stretches(case: Case, start: float, most: float) -> list[tuple[float, float]]:
    """Return the parts of the periods in which an outage of `most` years from `start` falls, in order, as dates."""
    dated = case.periods.filter((pl.col("end") > start + MOMENT) & (pl.col("start") < start + most - MOMENT))
    return [
        (max(start, first), min(last, start + most))
        for first, last in dated.sort("start").select("start", "end").iter_rows()
    ]


def all_served(problem: Problem, base: Solution, start: float, case: Case) -> Problem:
    """Return a problem with a row for each good and period from the start on: what is missed is no more than in `base`.

    Rows: shortage of a commodity, all regions and steps together, <= that of the base + 1e-6 of the most that may be
    missed [commodity / year].
    """
    ahead = case.periods.filter(pl.col("end") > start + MOMENT)["period"]
    columns = problem.columns.with_columns(
        missed=pl.Series(base.value), top=pl.Series(problem.program.column_upper)
    ).filter((pl.col("variable") == "shortage") & pl.col("period").is_in(ahead.implode()))
    asked = (
        columns.group_by("commodity", "period")
        .agg("column", limit=pl.col("missed").sum() + SERVED * pl.col("top").sum())
        .sort("commodity", "period")
    )
    rows = np.repeat(np.arange(asked.height), asked["column"].list.len().to_numpy())
    at = asked["column"].explode().to_numpy()
    entries = sparse.csr_matrix((np.ones(at.size), (rows, at)), shape=(asked.height, problem.columns.height))
    names = asked.select("commodity", "period", equation=pl.lit("served_as_without_the_shock"))
    return _with_rows(problem, entries, asked["limit"].to_numpy(), names)


def longest_outage(intact: Problem, hit: Problem, options: Options) -> float:
    """Return the largest part of a stretch for which a node may be out: 0 to 1, 1 for all of it.

    intact, hit: the same rows and columns, without the outage in this stretch and with it for all of it. Between them
    every number changes in a straight line. Capacity that the plan may yet order is not hit: it is new.
    """
    one, two = intact.program, hit.program
    fixed = np.where(np.isfinite(one.column_upper), one.column_upper, 0.0)
    moved = (two.matrix - one.matrix) @ fixed
    upper, lower = (_difference(getattr(two, name), getattr(one, name)) for name in ("row_upper", "row_lower"))
    outage = moved - np.where(np.isfinite(one.row_upper), upper, lower)
    narrower = np.flatnonzero(_difference(two.column_upper, one.column_upper) < 0)
    limits = sparse.csr_matrix(
        (np.ones(narrower.size), (np.arange(narrower.size), narrower)), shape=(narrower.size, one.cost.size)
    )
    drop = one.column_upper[narrower] - two.column_upper[narrower]
    names = pl.DataFrame({"equation": ["outage_of_a_column"] * narrower.size}, schema={"equation": pl.String})
    wider = _with_rows(intact, limits, one.column_upper[narrower], names)
    program = _with_column(wider.program, np.concatenate([outage, drop]))
    columns = pl.concat(
        [wider.columns, pl.DataFrame({"variable": ["outage"], "column": [one.cost.size]})], how="diagonal_relaxed"
    )
    try:
        return float(solve(replace(wider, program=program, columns=columns, target=None), options).value[-1])
    except Infeasible:
        return 0.0


def _difference(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """a - b where both are finite, 0 elsewhere."""
    both = np.isfinite(a) & np.isfinite(b)
    return np.where(both, np.where(both, a, 0.0) - np.where(both, b, 0.0), 0.0)


def _with_rows(
    problem: Problem, entries: sparse.csr_matrix, upper: NDArray[np.float64], names: pl.DataFrame
) -> Problem:
    """The problem with further rows: entries x <= upper."""
    program = problem.program
    longer = replace(
        program,
        matrix=sparse.vstack([program.matrix, entries], format="csr"),
        row_lower=np.concatenate([program.row_lower, np.full(upper.size, -np.inf)]),
        row_upper=np.concatenate([program.row_upper, upper]),
    )
    return replace(problem, program=longer, rows=pl.concat([problem.rows, names], how="diagonal"))


def _with_column(program: LinearProgram, entries: NDArray[np.float64]) -> LinearProgram:
    """The program that makes a further column, from 0 to 1, as large as it can be."""
    column = sparse.csr_matrix(entries.reshape(-1, 1))
    return replace(
        program,
        cost=np.append(np.zeros(program.cost.size), 1.0),
        offset=0.0,
        matrix=sparse.hstack([program.matrix, column], format="csr"),
        column_lower=np.append(program.column_lower, 0.0),
        column_upper=np.append(program.column_upper, 1.0),
        maximise=True,
        integer=None if program.integer is None else np.append(program.integer, False),
    )


# --- in a worker ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outage:
    """An outage of a node, longer from one to the next: the cells that end with each stretch, and its months."""

    cells: tuple[Item, ...]
    months: tuple[float, ...]


def survived(base: Packed, moments: Moments, prices: Prices, options: Options, outage: Outage) -> pl.DataFrame:
    """Return how long a node may be out with everything served as without the shock: survive [month], whole (bool).

    whole: whether it was still so at the end of the longest outage asked for.
    """
    settled = _settled(base, moments.start, options)
    intact, survive = settled.served, 0.0
    for cell, months in zip(outage.cells, outage.months, strict=True):
        case = changed(unpacked(base), cell, moments, prices)
        hit = all_served(build_problem(case, remembered=settled.remembered), settled.solution, moments.start, case)
        part = longest_outage(intact, hit, options)
        if part < WHOLE:
            return pl.DataFrame({"survive": [survive + part * months], "whole": [False]})
        intact, survive = hit, survive + months
    return pl.DataFrame({"survive": [survive], "whole": [True]})


@dataclass(frozen=True)
class _Settled:
    """The base of a worker: its solution, its problem with everything served, and what building it has made."""

    solution: Solution
    served: Problem
    remembered: Remembered


@lru_cache(maxsize=1)
def _settled(base: Packed, start: float, options: Options) -> _Settled:
    case, remembered = unpacked(base), Remembered()
    problem = build_problem(case, remembered=remembered)
    solution = solve(problem, options)
    return _Settled(solution, all_served(problem, solution, start, case), remembered)
