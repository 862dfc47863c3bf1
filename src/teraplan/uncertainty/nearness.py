"""How far a plan lies from another, in money: columns that measure it, and what a unit ordered pays."""

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from teraplan.case.case import Case
from teraplan.model.problem import LinearProgram, Problem

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]
LEAST_PRICE = 1e-6
"""What a difference of an order that pays nothing counts, so that it is none without a reason [money / unit]."""
SITE = ["process", "region"]


def towards(problem: Problem, at: Integers, value: Floats, weights: Floats) -> Problem:
    """Return the problem with two columns more for each of these: how far it lies above a value, and below, at a price.

    at: columns. value: of each, what it is drawn to [its unit]. weights: what a unit of distance costs [money / unit].
    """
    program, count = problem.program, at.size
    width, unit = program.cost.size, sparse.identity(count, format="csr")
    picked = sparse.csr_matrix((np.ones(count), (np.arange(count), at)), shape=(count, width))
    moved = LinearProgram(
        cost=np.concatenate([program.cost, weights, weights]),
        offset=program.offset,
        matrix=sparse.bmat([[program.matrix, None, None], [picked, -unit, unit]], format="csr"),
        row_lower=np.concatenate([program.row_lower, value]),
        row_upper=np.concatenate([program.row_upper, value]),
        column_lower=np.concatenate([program.column_lower, np.zeros(2 * count)]),
        column_upper=np.concatenate([program.column_upper, np.full(2 * count, np.inf)]),
        integer=None if program.integer is None else np.concatenate([program.integer, np.zeros(2 * count, dtype=bool)]),
    )
    names = pl.DataFrame({"variable": ["above"] * count + ["below"] * count})
    rows = pl.DataFrame({"equation": ["difference"] * count})
    return Problem(
        moved,
        pl.concat([problem.columns, names], how="diagonal"),
        pl.concat([problem.rows, rows], how="diagonal"),
        pl.DataFrame(),
    )


def price_of_an_order(case: Case) -> pl.DataFrame:
    """Return what a unit ordered pays, all years and items of the view together: process, region, period, price."""
    counted = case.cost_items.filter("in_view").select("item")
    lines = case.payments.join(counted, on="item", how="semi")
    return lines.group_by(*SITE, "period").agg(price=pl.col("paid").sum())
