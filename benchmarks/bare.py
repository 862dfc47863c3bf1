"""The network's linear program assembled by hand: index arithmetic into scipy triplets, and HiGHS. No names, no checks.

This is the least that a good engineer would write for this one program, and what the builders are measured against.
"""

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.network import BATTERY, DAYS, HOURS, LINE_COST, LINE_LOSS, Network

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Matrices:
    """Minimise cost x, row_lower <= matrix x <= row_upper, 0 <= x <= column_upper."""

    cost: Floats
    matrix: sparse.csc_matrix
    row_lower: Floats
    row_upper: Floats
    column_upper: Floats


def stated(made: Network) -> Matrices:
    """Return the program of a network."""
    plants, regions, years, slices = made.shape
    flat, weight = (regions, years, slices), 1.0 / slices
    order, run, battery, level, ship = blocks(
        (plants + 1, regions, years), (plants, *flat), (2, *flat), flat, (2, *flat)
    )
    runs_within, stores_within, held, within_hours, balance = blocks((plants, *flat), (2, *flat), flat, flat, flat)
    year, order_year = np.nonzero(made.alive[0])
    battery_year, battery_order = np.nonzero(made.alive[plants])
    stored = order[plants][:, battery_order, None]
    ahead, behind = ship
    charge, discharge = battery
    there = np.roll(np.arange(regions), -1)
    terms = (
        (runs_within, run, 1.0),
        (runs_within[:, :, year], order[:plants][:, :, order_year, None], -weight * made.weather[:, :, None]),
        (stores_within, battery, 1.0),
        (stores_within[:, :, battery_year], stored[None], -weight),
        (held, level, 1.0),
        (held, np.roll(level, 1, axis=2), -1.0),
        (held, charge, -BATTERY["efficiency"] / DAYS),
        (held, discharge, 1.0 / DAYS),
        (within_hours, level, 1.0),
        (within_hours[:, battery_year], stored, -BATTERY["hours"] / HOURS),
        (balance, run, 1.0),
        (balance, discharge, 1.0),
        (balance, charge, -1.0),
        (balance, ahead, -1.0),
        (balance[there], ahead, 1.0 - LINE_LOSS),
        (balance[there], behind, -1.0),
        (balance, behind, 1.0 - LINE_LOSS),
    )
    rows, columns, numbers = (np.concatenate(part) for part in zip(*(triplets(*term) for term in terms), strict=True))
    height, width = balance.size + int(balance.min()), ship.size + int(ship.min())
    lower, upper = np.full(height, -np.inf), np.zeros(height)
    lower[held] = 0.0
    lower[balance], upper[balance] = weight * made.load[:, :, None], np.inf
    cost, column_upper = np.zeros(width), np.full(width, np.inf)
    cost[order] = made.payments[:, None, :]
    cost[run] = made.running[:, :, None, None] * made.factors[:, None]
    cost[ship] = LINE_COST * made.factors[:, None]
    column_upper[ship] = weight * made.line[None, :, None, None]
    return Matrices(
        cost=cost,
        matrix=sparse.coo_matrix((numbers, (rows, columns)), shape=(height, width)).tocsc(),
        row_lower=lower,
        row_upper=upper,
        column_upper=column_upper,
    )


def blocks(*shapes: tuple[int, ...]) -> list[NDArray[np.int32]]:
    """Return running numbers in the shape of each block, one block after the other."""
    edges = np.cumsum([0, *(int(np.prod(shape)) for shape in shapes)])
    return [
        np.arange(first, last, dtype=np.int32).reshape(shape)
        for first, last, shape in zip(edges, edges[1:], shapes, strict=False)
    ]


def triplets(
    rows: NDArray[np.int32], columns: NDArray[np.int32], number: Floats | float
) -> tuple[NDArray[np.int32], NDArray[np.int32], Floats]:
    """Return rows, columns and numbers of a term, each broadcast to the largest shape and flat."""
    shape = np.broadcast_shapes(rows.shape, columns.shape, np.shape(number))
    spread = (np.broadcast_to(part, shape).ravel() for part in (rows, columns, np.asarray(number, dtype=np.float64)))
    return next(spread), next(spread), next(spread)


def passed(program: Matrices) -> highspy.Highs:
    """Return a HiGHS that holds the program, with the method and tolerances that Teraplan would use."""
    highs, model = highspy.Highs(), highspy.HighsLp()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 2)
    highs.setOptionValue("solver", "ipx" if program.cost.size > 5_000 else "simplex")
    highs.setOptionValue("small_matrix_value", 1e-12)
    model.num_row_, model.num_col_ = program.matrix.shape
    model.col_cost_, model.col_lower_, model.col_upper_ = (
        program.cost,
        np.zeros(program.cost.size),
        program.column_upper,
    )
    model.row_lower_, model.row_upper_ = program.row_lower, program.row_upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = (
        program.matrix.indptr,
        program.matrix.indices,
        program.matrix.data,
    )
    highs.passModel(model)
    return highs


def passed_as_arrays(program: Matrices) -> highspy.Highs:
    """Return a HiGHS that holds the program, given to it in the call that takes arrays, as Teraplan does it."""
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    matrix, width = program.matrix, program.cost.size
    highs.passModel(
        width, program.matrix.shape[0], matrix.nnz,
        int(highspy.MatrixFormat.kColwise), int(highspy.ObjSense.kMinimize), 0.0,
        program.cost, np.zeros(width), program.column_upper, program.row_lower, program.row_upper,
        matrix.indptr, matrix.indices, matrix.data,
        np.zeros(width, dtype=np.int32),
    )  # fmt: skip
    return highs


def solved(highs: highspy.Highs) -> float:
    """Solve and return the objective."""
    highs.run()
    return float(highs.getInfo().objective_function_value)
