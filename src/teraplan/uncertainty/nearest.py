"""Of all plans of a tree that cost no more, the one whose first orders differ least from another plan's.

A plan of a tree is seldom the only best one: a cluster may as well stand in the next region. What such a plan orders
otherwise than a plan for one future is not what hedging asks for. So the orders before the first branching are moved as
close to the other plan's as the least cost allows; what differs then has to.

    minimise sum over first orders of price x |order - other|,   cost <= least cost + SLACK x |least cost|
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from teraplan.errors import Infeasible, LimitReached
from teraplan.model.problem import LinearProgram, Problem
from teraplan.solver import Options, solve
from teraplan.uncertainty.recourse import TreePlan, cost_by_leaf
from teraplan.uncertainty.risk import Risk
from teraplan.uncertainty.stochastic import Shared, extensive_form

Floats = NDArray[np.float64]
SLACK = 1e-6
"""Share of the least cost that is given up for nearness [1]."""
PATIENCE, AT_LEAST = 2.0, 10.0
"""For how many times what the best plan took a nearer one is sought [1], and for how long at least [s]."""


def nearest(
    form: Shared, risk: Risk, best: TreePlan, wanted: Mapping[int, float], price: Mapping[int, float], options: Options
) -> TreePlan:
    """Return the plan that is nearest to the wanted values among those that cost at most SLACK more than the best.

    wanted: value by column of the master [its unit]. price: what a unit of difference counts [money / unit]. The best
    plan itself is returned where the solver is not sure of a nearer one, or takes too long.
    """
    problem = extensive_form(form, risk)
    patient = replace(options, time_limit=max(AT_LEAST, PATIENCE * best.seconds))
    try:
        solution = solve(_towards(problem, best.objective, wanted, price), patient)
    except (Infeasible, LimitReached):
        return best
    value = {leaf: solution.value[form.place(leaf)] for leaf in form.tree.leaves}
    return replace(best, value=value, cost=cost_by_leaf(form, value), near=True)


def _towards(problem: Problem, least: float, wanted: Mapping[int, float], price: Mapping[int, float]) -> Problem:
    """The problem with its cost as a row, and above and below for what each wanted column differs, at a price."""
    program, count = problem.program, len(wanted)
    at, value = np.fromiter(wanted, dtype=np.intp), np.fromiter(wanted.values(), dtype=np.float64)
    width, unit = program.cost.size, sparse.identity(count, format="csr")
    picked = sparse.csr_matrix((np.ones(count), (np.arange(count), at)), shape=(count, width))
    matrix = sparse.bmat(
        [[program.matrix, None, None], [sparse.csr_matrix(program.cost), None, None], [picked, -unit, unit]],
        format="csr",
    )
    weights = np.array([price[one] for one in wanted])
    most = least + SLACK * abs(least) - program.offset
    moved = LinearProgram(
        cost=np.concatenate([np.zeros(width), weights, weights]),
        offset=0.0,
        matrix=matrix,
        row_lower=np.concatenate([program.row_lower, [-np.inf], value]),
        row_upper=np.concatenate([program.row_upper, [most], value]),
        column_lower=np.concatenate([program.column_lower, np.zeros(2 * count)]),
        column_upper=np.concatenate([program.column_upper, np.full(2 * count, np.inf)]),
        integer=None if program.integer is None else np.concatenate([program.integer, np.zeros(2 * count, dtype=bool)]),
    )
    names = pl.DataFrame({"variable": ["above"] * count + ["below"] * count})
    rows = pl.DataFrame({"equation": ["cost_at_most", *["difference"] * count]})
    return Problem(
        moved,
        pl.concat([problem.columns, names], how="diagonal"),
        pl.concat([problem.rows, rows], how="diagonal"),
        pl.DataFrame(),
    )
