"""Whether an answer is an equilibrium, by code that did not find it: the conditions in their own units, and HiGHS."""

import highspy
import numpy as np

from teraplan.market import Equilibrium


def worst_breach(found: Equilibrium, given: dict[str, np.ndarray]) -> float:
    """Return by how much the conditions are missed at most, as a share of the largest intercept.

    given: intercept and slope by market, cost by firm and market, capacity, conduct, cost_slope and labels by firm.
    """
    q, rent = found.quantity, found.rent
    label = given["groups"]
    group = np.array([q[label == one].sum(axis=0) for one in label])
    price = given["intercept"] - given["slope"] * q.sum(axis=0)
    gain = (
        price
        - given["cost"]
        - given["conduct"][:, None] * given["slope"] * group
        - (given["cost_slope"] * q.sum(axis=1) + rent)[:, None]
    )
    unit = np.abs(given["intercept"]).max()
    quantity = (unit / given["slope"]).max()
    spare = given["capacity"] - q.sum(axis=1)
    breaches = [
        gain.max(initial=0) / unit,
        np.abs(gain[q > 1e-9 * quantity]).max(initial=0) / unit,
        -q.min(initial=0) / quantity,
        -spare.min(initial=0) / quantity,
        -rent.min(initial=0) / unit,
        np.abs(rent[spare > 1e-9 * quantity]).max(initial=0) / unit,
        np.abs(price - found.price).max() / unit,
    ]
    return float(max(breaches))


def quadratic_program_by_highs(given: dict[str, np.ndarray]) -> np.ndarray:
    """Quantities by HiGHS's solver of quadratic programs alone, in the units given; dims (firm, market).

    It would add 1e-7 to the curvature, which moves prices by up to 1e-3 where slopes are small.
    """
    firms, count = given["cost"].shape
    eye = np.eye(count)
    same = given["groups"][:, None] == given["groups"]
    curve = np.kron(np.ones((firms, firms)) + given["conduct"][:, None] * same, eye * given["slope"])
    curve += np.kron(np.diag(given["cost_slope"]), np.ones((count, count)))
    model = highspy.HighsModel()
    size = firms * count
    model.lp_.num_col_, model.lp_.num_row_ = size, firms
    model.lp_.col_cost_ = (given["cost"] - given["intercept"]).ravel()
    model.lp_.col_lower_, model.lp_.col_upper_ = np.zeros(size), np.full(size, highspy.kHighsInf)
    model.lp_.row_lower_, model.lp_.row_upper_ = np.full(firms, -highspy.kHighsInf), given["capacity"]
    model.lp_.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.lp_.a_matrix_.start_ = np.arange(0, size + 1, count)
    model.lp_.a_matrix_.index_, model.lp_.a_matrix_.value_ = np.arange(size), np.ones(size)
    model.hessian_.dim_, model.hessian_.format_ = size, highspy.HessianFormat.kTriangular
    columns = [np.flatnonzero(curve[place:, place]) + place for place in range(size)]
    model.hessian_.start_ = np.cumsum([0, *map(len, columns)])
    model.hessian_.index_ = np.concatenate(columns)
    model.hessian_.value_ = np.concatenate([curve[rows, place] for place, rows in enumerate(columns)])
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("qp_regularization_value", 0.0)
    solver.passModel(model)
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return np.array(solver.getSolution().col_value).reshape(firms, count)
