"""The planner against rebuilding in linopy: the same draws of costs and demands, solved again and again.

`python -m benchmarks.replan [CASE] [DRAWS]`. A draw moves every cost of a process and item by one factor, and every
demand of a commodity, region and buyer by another: lognormal, 5 %. Both sides are given the numbers of a draw, and both
must find the same optimum to 1e-6; what it takes to draw and to assemble the cases is timed apart.

The peer states the same linear program in linopy, as compactly as linopy allows: one variable for each kind of
decision, one constraint for each equation, with labels as coordinates, all coefficients handed over as arrays that are
ready before the clock starts, so that it does no algebra at all. It is rebuilt for every draw and given to HiGHS in
memory (io_api="direct"), with the method that was the fastest of simplex, interior point and HiGHS's own choice on the
first case. Both sides solve in one thread.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import linopy
import numpy as np
import pandas as pd
import polars as pl
import xarray as xr
from numpy.typing import NDArray

from teraplan.case.assemble import assemble
from teraplan.case.resolve import Tables
from teraplan.model.build import build_problem
from teraplan.model.problem import Problem
from teraplan.plan import read_case
from teraplan.planner import Planner
from teraplan.solver import Options

Made = TypeVar("Made")
SIGMA, SEED = 0.05, 20261126
METHODS = ("simplex", "ipx", "choose")
COST, DEMAND = ("process", "item"), ("commodity", "region", "buyer")


@dataclass(frozen=True)
class Timed:
    """Wall and CPU time of one piece of work [s]."""

    wall: float
    cpu: float


def main() -> None:
    """Measure and print."""
    case = sys.argv[1] if len(sys.argv) > 1 else "world-coarse"
    draws = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    print(json.dumps(replan(case, draws), indent=2))


def replan(name: str | Path, draws: int) -> dict[str, float | str]:
    """Return medians a draw of planner and peer, their ratio by total time, and the largest difference of optima."""
    base = read_case(name)
    problem = build_problem(base)
    statement = Statement.of(problem)
    peer_method = min(METHODS, key=lambda method: rebuilt(statement, problem, method)[1].cpu)
    drawn: list[Timed] = []
    mine: list[Timed] = []
    theirs: list[Timed] = []
    worst = 0.0
    with Planner(base, Options(threads=1)) as planner:
        for number in range(draws):
            case, took = timed(lambda at=number: assemble(moved(base.tables, np.random.default_rng([SEED, at]))))  # type: ignore[misc]
            drawn.append(took)
            solution, took = timed(lambda one=case: planner.solve(one))  # type: ignore[misc]
            mine.append(took)
            other = (solution.problem.program.matrix != problem.program.matrix).nnz > 0
            stated = Statement.of(solution.problem) if other else statement
            found, took = rebuilt(stated, solution.problem, peer_method)
            theirs.append(took)
            worst = max(worst, abs(found - solution.objective) / max(1.0, abs(solution.objective)))
        starts = [line.start for line in planner.log[1:]]
    assert worst < 1e-6, f"the optima differ by {worst}"
    return {
        "case": str(name),
        "columns": problem.program.matrix.shape[1],
        "draws": draws,
        "linopy's method": peer_method,
        **_medians("planner", mine),
        **_medians("linopy", theirs),
        **_medians("drawing and assembling a case", drawn),
        "linopy / planner, wall": sum(one.wall for one in theirs) / sum(one.wall for one in mine),
        "linopy / planner, CPU": sum(one.cpu for one in theirs) / sum(one.cpu for one in mine),
        "solved warm": starts.count("warm"),
        "solved warm, then cold": starts.count("warm, then cold"),
        "solved cold": starts.count("cold"),
        "largest relative difference of optima": worst,
    }


def moved(tables: Tables, rng: np.random.Generator, sigma: float = SIGMA) -> Tables:
    """Return the tables with every cost of a process and item, and every demand, multiplied by a lognormal factor."""
    frames = dict(tables.frames)
    for name, key in (("costs", COST), ("demand_quantity", DEMAND)):
        who = frames[name].select(key).unique().sort(key)
        factors = who.with_columns(factor=pl.Series(rng.lognormal(0.0, sigma, who.height)))
        joined = frames[name].join(factors, on=key, how="left", nulls_equal=True, maintain_order="left")
        frames[name] = joined.with_columns(pl.col("value") * pl.col("factor")).drop("factor")
    return replace(tables, frames=frames)


def timed(work: Callable[[], Made]) -> tuple[Made, Timed]:
    """Return what the work makes, and what it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    made = work()
    return made, Timed(time.perf_counter() - wall, time.process_time() - cpu)


def _medians(who: str, times: list[Timed]) -> dict[str, float]:
    return {
        f"{who}, wall s": statistics.median(one.wall for one in times),
        f"{who}, CPU s": statistics.median(one.cpu for one in times),
    }


@dataclass(frozen=True)
class Equation:
    """The rows of one equation as linopy holds them: per row its terms, padded to the longest row."""

    name: str
    rows: NDArray[np.int64]
    coefficients: NDArray[np.float64]
    columns: NDArray[np.int64]
    sign: str
    index: pd.Index


@dataclass(frozen=True)
class Statement:
    """What a linopy user would have ready before a loop of rebuilds: positions and coefficients of the program."""

    variables: tuple[tuple[str, NDArray[np.int64], pd.Index], ...]
    equations: tuple[Equation, ...]

    @classmethod
    def of(cls, problem: Problem) -> "Statement":
        """Return the statement of a problem."""
        variables = []
        for (name,), part in problem.columns.group_by("variable", maintain_order=True):
            at = part["column"].to_numpy()
            variables.append((str(name), at, pd.Index(_labels(part), name=f"{name}_label")))
        equations = []
        for (name,), part in problem.rows.with_row_index("row").group_by("equation", maintain_order=True):
            equations.append(_equation(problem, str(name), part))
        return cls(tuple(variables), tuple(equations))


def _equation(problem: Problem, name: str, part: pl.DataFrame) -> Equation:
    rows = part["row"].to_numpy().astype(np.int64)
    matrix = problem.program.matrix[rows]
    count = np.diff(matrix.indptr)
    row = np.repeat(np.arange(rows.size), count)
    term = np.arange(matrix.nnz) - np.repeat(matrix.indptr[:-1], count)
    shape = (rows.size, max(1, int(count.max())))
    coefficients, columns = np.full(shape, np.nan), np.full(shape, -1, dtype=np.int64)
    coefficients[row, term], columns[row, term] = matrix.data, matrix.indices
    lower, upper = problem.program.row_lower[rows], problem.program.row_upper[rows]
    sign = "=" if np.array_equal(lower, upper) else ">=" if np.isposinf(upper).all() else "<="
    return Equation(name, rows, coefficients, columns, sign, pd.Index(_labels(part), name=f"{name}_row"))


def _labels(part: pl.DataFrame) -> list[str]:
    """One text a row: its labels."""
    words = [column for column in part.columns if column not in ("row", "column", "variable", "equation")]
    return part.select(pl.concat_str(words, separator=", ", ignore_nulls=True)).to_series().to_list()


def rebuilt(statement: Statement, problem: Problem, method: str) -> tuple[float, Timed]:
    """Return the optimum that linopy finds for the numbers of a problem, rebuilt from nothing, and what that took."""
    program = problem.program

    def solved() -> float:
        model = linopy.Model()
        costs = []
        for name, at, index in statement.variables:
            lower, upper = (xr.DataArray(bound[at], [index]) for bound in (program.column_lower, program.column_upper))
            variable = model.add_variables(lower=lower, upper=upper, name=name)
            costs.append((variable * xr.DataArray(program.cost[at], [index])).sum())
        model.add_objective(linopy.merge(costs, cls=linopy.LinearExpression))
        for one in statement.equations:
            dims = (one.index.name, "_term")
            terms = {"coeffs": (dims, one.coefficients), "vars": (dims, one.columns)}
            left = linopy.LinearExpression(xr.Dataset(terms, coords={one.index.name: one.index}), model)
            right = (program.row_upper if one.sign == "<=" else program.row_lower)[one.rows]
            model.add_constraints(left, one.sign, xr.DataArray(right, [one.index]), name=one.name)
        model.solve("highs", io_api="direct", solver=method, threads=1, output_flag=False)
        return float(model.objective.value) + program.offset

    return timed(solved)


if __name__ == "__main__":
    linopy.options["semantics"] = "v1"
    main()
