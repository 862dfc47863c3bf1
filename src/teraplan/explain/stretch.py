"""A limit of a plan stretched by 1 %, in the problem and not in the tables: what the ladder speaks of, done."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from teraplan.case.case import Case
from teraplan.model.problem import Problem
from teraplan.results.bottlenecks import CAPACITY_ROWS, FIXED, KINDS, NOT_YET, ROUTE

PART = 0.01
ROWS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    **{name: (("limit", "group"), ("place", "period")) for name in (*KINDS, "orders_grow_no_faster")},
    "share_at_most": (("share", "group"), ("place", "period")),
    "use_within_licence": (("rule", "group"), ("place", "period")),
    "served_at_home": (("commodity",), ("place", "period")),
    "early_use_within_pipeline": (("commodity",), ()),
}
"""Labels of a row that the ladder puts together as `what`, and those that it has as they are."""
HERE = ("process", "region", "period")


def stretched(case: Case, problem: Problem, limit: pl.DataFrame) -> Problem:
    """Return the problem with a limit stretched by 1 % in every period given.

    limit: rows of the bottleneck ladder of one equation: equation, what, place, period, amount.
    """
    equation = str(limit["equation"][0])
    if equation in (NOT_YET, FIXED):
        return _more_capacity(case, problem, limit)
    if equation == ROUTE:
        return _wider_route(problem, limit)
    program = problem.program
    return replace(problem, program=replace(program, row_upper=program.row_upper + _room(problem, equation, limit)))


def _room(problem: Problem, equation: str, limit: pl.DataFrame) -> NDArray[np.float64]:
    """1 % of what the limit allows, at each of its rows: 0 elsewhere [unit of the row]."""
    what, where = ROWS[equation]
    rows = problem.rows.with_row_index("row").filter(pl.col("equation") == equation)
    named = rows.with_columns(what=pl.concat_str(what, separator=" "))
    found = named.join(limit.select("what", *where, "amount"), on=["what", *where])
    room = np.zeros(problem.rows.height)
    room[found["row"].to_numpy()] = PART * found["amount"].to_numpy()
    return room


def _more_capacity(case: Case, problem: Problem, limit: pl.DataFrame) -> Problem:
    """1 % more of what a process can run on where no order can reach: bounds of its columns, and its rows."""
    program = problem.program
    mine = limit.select("period", process="what")

    def chosen(frame: pl.DataFrame, names: tuple[str, ...], label: str) -> NDArray[np.int64]:
        there = frame.with_row_index("at").filter(pl.col(label).is_in(names))
        reached = there.join(mine, on=["process", "period"]).join(case.service, on=list(HERE), how="anti")
        return reached["at"].cast(pl.Int64).to_numpy()

    rows = chosen(problem.rows, CAPACITY_ROWS, "equation")
    columns = _not_fixed(problem, chosen(problem.columns, ("activity", "sliced_activity"), "variable"))
    row_upper, column_upper = program.row_upper.copy(), program.column_upper.copy()
    row_upper[rows] *= 1.0 + PART
    column_upper[columns] *= 1.0 + PART
    return replace(problem, program=replace(program, row_upper=row_upper, column_upper=column_upper))


def _wider_route(problem: Problem, limit: pl.DataFrame) -> Problem:
    """1 % more of what may be sent from one place to another."""
    program = problem.program
    sent = problem.columns.filter(pl.col("variable").is_in(["ship", "sliced_ship"])).with_columns(
        place=pl.concat_str("origin", pl.lit(" to "), "destination")
    )
    mine = limit.select("place", "period", commodity="what")
    columns = _not_fixed(problem, sent.join(mine, on=mine.columns)["column"].to_numpy())
    upper = program.column_upper.copy()
    upper[columns] *= 1.0 + PART
    return replace(problem, program=replace(program, column_upper=upper))


def _not_fixed(problem: Problem, columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Columns whose value another plan does not fix."""
    program = problem.program
    return columns[program.column_lower[columns] < program.column_upper[columns]]
