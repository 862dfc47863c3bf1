"""A concave quadratic program, solved by HiGHS: for markets, whose equilibria are optima of such programs."""

from collections.abc import Mapping

import highspy
import numpy as np
from numpy.typing import NDArray

from teraplan.errors import TeraplanError
from teraplan.highs import fresh, run_apart

Floats = NDArray[np.float64]
TOLERANCE = 1e-10
"""Feasibility, primal and dual, that is asked of HiGHS: the least that it takes."""
SETTINGS: Mapping[str, bool | int | float] = {
    "output_flag": False,
    "threads": 1,
    "qp_regularization_value": 0.0,
    "primal_feasibility_tolerance": TOLERANCE,
    "dual_feasibility_tolerance": TOLERANCE,
}


def concave_optimum(curve: Floats, gain: Floats, held: Floats, limit: Floats) -> tuple[Floats, Floats] | None:
    """Return an optimal level and the multiplier of each limit, or none if HiGHS finds no optimum.

        max  gain @ level - level @ curve @ level / 2   where   held @ level <= limit,  level >= 0

    HiGHS would add 1e-7 to the curvature, which moves prices by 1e-6 and more; here it adds nothing.
    """
    size, rows = len(gain), len(limit)
    model = highspy.HighsModel()
    lp = model.lp_
    lp.num_col_, lp.num_row_, lp.col_cost_ = size, rows, -gain
    lp.col_lower_, lp.col_upper_ = np.zeros(size), np.full(size, highspy.kHighsInf)
    lp.row_lower_, lp.row_upper_ = np.full(rows, -highspy.kHighsInf), limit
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    row, column = np.nonzero(held)
    lp.a_matrix_.start_ = np.searchsorted(row, np.arange(rows + 1))
    lp.a_matrix_.index_, lp.a_matrix_.value_ = column, held[row, column]
    first, second = np.nonzero(np.triu(curve))
    model.hessian_.dim_, model.hessian_.format_ = size, highspy.HessianFormat.kTriangular
    model.hessian_.start_ = np.searchsorted(first, np.arange(size + 1))
    model.hessian_.index_, model.hessian_.value_ = second, curve[first, second]
    solver = fresh()
    for name, value in SETTINGS.items():
        if solver.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise TeraplanError(f"this HiGHS does not take {name} = {value!r}")
    solver.passModel(model)
    run_apart(solver)
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    found = solver.getSolution()
    return np.array(found.col_value), -np.array(found.row_dual)
