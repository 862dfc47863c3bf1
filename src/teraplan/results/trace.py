"""The value of what a plan makes, followed back to the numbers that it comes from.

At the optimum every column breaks even and every row hands on what it gets: what an activity yields at the duals of its
rows is what it costs, what it uses at their duals, and the rent of its bounds; what the users of a row pay is what its
suppliers get and, for a limit or for capacity that was there, a rent. So value can be followed from a good to its
makers, from them to what they use, and on, in proportion, until it ends as a cost or a rent. On its way it passes
through the numbers of the case: recipes, costs, lead times, limits, capacity. The value that passes through a number in
the whole plan is what the objective would change by, to first order, if that number alone changed, over its relative
change.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from teraplan.case.case import Case
from teraplan.results.numbers import numbers_of
from teraplan.solver import Solution

Floats = NDArray[np.float64]
NEGLIGIBLE = 1e-12
STEPS = 1000
CLOSE = 1e-9


@dataclass(frozen=True)
class Trace:
    """Where value goes from every node of a plan, and which numbers it meets there.

    Nodes are the rows of the problem, then its columns, then one for each question. steps: part of a node's value that
    goes on to another. numbers: node, part (of its value), table, line, grade, source.
    """

    steps: sparse.csr_matrix
    numbers: pl.DataFrame

    def grades(self) -> pl.DataFrame:
        """Return the weight of the numbers of each grade for a unit of value at each node: node, grade, weight."""
        kinds = self.numbers["grade"].unique().sort().to_list()
        met = np.zeros((self.steps.shape[0], len(kinds)))
        for at, grade in enumerate(kinds):
            mine = self.numbers.filter(pl.col("grade") == grade)
            np.add.at(met[:, at], mine["node"].to_numpy(), mine["part"].to_numpy())
        weight = _summed(self.steps, met)
        columns = {grade: weight[:, at] for at, grade in enumerate(kinds)}
        return pl.DataFrame({"node": np.arange(weight.shape[0]), **columns}).unpivot(
            index="node", variable_name="grade", value_name="weight"
        )

    def weights(self, nodes: Sequence[int]) -> pl.DataFrame:
        """Return the weight of each number for a unit of value that starts evenly at these nodes: table, line, ..."""
        start = np.zeros((self.steps.shape[0], 1))
        start[list(nodes)] = 1.0 / max(1, len(nodes))
        passed = pl.Series(_summed(self.steps.T.tocsr(), start).ravel())
        lines = self.numbers.with_columns(weight=pl.col("part") * passed.gather(self.numbers["node"]))
        labels = ["table", "line", "grade", "source"]
        whole = lines.group_by(labels, maintain_order=True).agg(pl.col("weight").sum())
        return whole.filter(pl.col("weight") > CLOSE)


def trace_of(case: Case, solution: Solution, questions: pl.DataFrame) -> Trace:
    """Return the trace of a least-cost solution, and of questions that start at some of its rows and columns.

    questions: question (0, 1, ...), part (of its value), kind, row, column as in value_flows: `supply`, its value
    starts at the column; any other kind, it ends there and then. Its node is rows + columns + question.
    """
    flows = value_flows(solution)
    height, width = solution.problem.program.matrix.shape
    onward = height + pl.col("column")
    asked = questions.with_columns(
        node=height + width + pl.col("question"), to=pl.when(pl.col("kind") == "supply").then(onward)
    )
    # In one order, because joins give rows in any, and sums would differ in the last bit.
    every = pl.concat([flows, asked.select(flows.columns)]).sort("node", "to", "part", "row", "column")
    size = height + width + questions["question"].n_unique()
    moved = every.filter(pl.col("to").is_not_null())
    entries = (moved["part"].to_numpy(), (moved["node"].to_numpy(), moved["to"].to_numpy()))
    return Trace(
        sparse.coo_matrix(entries, shape=(size, size)).tocsr(),
        numbers_of(case, solution, every).sort("node", "table", "line", "part"),
    )


def value_flows(solution: Solution) -> pl.DataFrame:
    """Return where the value of every row and column goes: node, to (null: it ends there), part, kind, row, column.

    kind: `supply` from a row to the columns that supply it, `use` from a column to the rows of what it uses, `rent`
    where it ends at a row's right-hand side, `cost` where it is a column's cost, `bound` the rent of a column's bound.
    """
    program = solution.problem.program
    height, width = program.matrix.shape
    value = sparse.diags(solution.row_dual) @ program.matrix @ sparse.diags(solution.value)
    supply, use = value.maximum(0).tocoo(), (-value).maximum(0).tocoo()
    side = np.where(np.isfinite(program.row_lower), program.row_lower, program.row_upper)
    rent = np.maximum(-solution.row_dual * np.where(np.isfinite(side), side, 0.0), 0.0)
    cost = np.maximum(program.cost * solution.value, 0.0)
    bound = np.maximum(-solution.reduced_cost * solution.value, 0.0)
    into = rent + np.bincount(supply.row, supply.data, height).astype(np.float64)
    out = cost + bound + np.bincount(use.col, use.data, width).astype(np.float64)
    rows, columns, nowhere = np.arange(height), np.arange(width), np.full(max(height, width), -1)
    parts = [
        _flows("supply", supply.row, supply.col, supply.data / into[supply.row]),
        _flows("rent", rows, nowhere[:height], _ratio(rent, into)),
        _flows("use", use.row, use.col, use.data / out[use.col]),
        _flows("cost", nowhere[:width], columns, _ratio(cost, out)),
        _flows("bound", nowhere[:width], columns, _ratio(bound, out)),
    ]
    from_row, goes = pl.col("kind").is_in(["supply", "rent"]), pl.col("kind").is_in(["supply", "use"])
    at_row, at_column = pl.col("row"), height + pl.col("column")
    return pl.concat(parts).with_columns(
        node=pl.when(from_row).then(at_row).otherwise(at_column),
        to=pl.when(goes).then(pl.when(from_row).then(at_column).otherwise(at_row)),
    )


def _flows(kind: str, row: NDArray[np.int32], column: NDArray[np.int32], part: Floats) -> pl.DataFrame:
    """Flows of one kind; a row or column of -1 is none."""
    frame = pl.DataFrame({"row": row.astype(np.int64), "column": column.astype(np.int64), "part": part})
    none = [pl.when(pl.col(name) >= 0).then(pl.col(name)) for name in ("row", "column")]
    return frame.filter(pl.col("part") > NEGLIGIBLE).with_columns(*none, kind=pl.lit(kind))


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > NEGLIGIBLE)


def _summed(steps: sparse.csr_matrix, start: Floats) -> Floats:
    """start + steps x start + steps x steps x start + ...: what is met from each node on, however far away."""
    total, moved = start.copy(), start
    for _ in range(STEPS):
        moved = steps @ moved
        total += moved
        if np.abs(moved).sum() < CLOSE:
            break
    return total
