"""Of all plans of a tree that cost hardly more, one whose first orders differ little from another plan's.

A plan of a tree is seldom the only best one: a cluster may as well stand in the next region. What such a plan orders
otherwise than a plan for one future is not what hedging asks for. So the orders before the first branching are moved as
close to the other plan's as a millionth of the cost allows; what differs then is worth it.

    minimise cost + e d,   d = sum over first orders of price x |order - other|,   e = SLACK x |least cost| / d(best)

Whatever that finds costs at most (1 + SLACK) of the least: cost + e d <= least + e d(best) = least + SLACK x |least|.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from teraplan.errors import Infeasible, LimitReached
from teraplan.solver import Options, solve
from teraplan.uncertainty.nearness import towards
from teraplan.uncertainty.stages.risk import Risk
from teraplan.uncertainty.trees.recourse import TreePlan, cost_by_leaf, values_of_master
from teraplan.uncertainty.trees.stochastic import Shared, extensive_form

Floats = NDArray[np.float64]
SLACK = 1e-6
"""Share of the least cost that is given up for nearness [1]."""
CLOSE = 1e-9
"""A distance below this is none [money unit]."""
PATIENCE, AT_LEAST = 2.0, 10.0
"""For how many times what the best plan took a nearer one is sought [1], and for how long at least [s]."""


def nearest(
    form: Shared, risk: Risk, best: TreePlan, wanted: Mapping[int, float], price: Mapping[int, float], options: Options
) -> TreePlan:
    """Return a plan that is nearer to the wanted values and costs at most SLACK more than the best.

    wanted: value by column of the master [its unit]. price: what a unit of difference counts [money / unit]. The best
    plan is returned where the solver is not sure of a nearer one, or takes too long.
    """
    at, value = np.fromiter(wanted, dtype=np.intp), np.fromiter(wanted.values(), dtype=np.float64)
    weights = np.array([price[one] for one in wanted])
    far = float(weights @ np.abs(values_of_master(form, best.value)[at] - value))
    if far <= CLOSE:
        return replace(best, near=True)
    weights *= min(1.0, SLACK * abs(best.objective) / far)
    patient = replace(options, time_limit=max(AT_LEAST, PATIENCE * best.seconds))
    try:
        solution = solve(towards(extensive_form(form, risk), at, value, weights), patient)
    except (Infeasible, LimitReached):
        return best
    found = {leaf: solution.value[form.place(leaf)] for leaf in form.tree.leaves}
    return replace(best, value=found, cost=cost_by_leaf(form, found), near=True)
