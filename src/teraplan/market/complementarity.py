"""A concave quadratic program solved through its conditions of optimality, by pivots, then checked.

    max  gain @ level - level @ curve @ level / 2   where   held @ level <= limit,  level >= 0

Its conditions are a linear complementarity problem, which Lemke's method solves in finitely many steps. Source: Cottle,
Pang, Stone (1992), The linear complementarity problem, chapter 4.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lstsq

from teraplan.errors import LimitReached

Floats = NDArray[np.float64]

TOLERANCE = 1e-9
"""By what share of the largest gain, or of a larger limit, a condition of optimality may be missed."""
RIDGES = (1e-7, 1e-6, 1e-5, 1e-8, 0.0)
"""Curvature added while the set of positive levels is sought, one after another until an answer holds.

It makes the optimum unique, and so points to the most equal of equal ones; what is found is solved without it.
"""
TIE, ROUNDING = 1e-11, 1e-14


def least_solution(curve: Floats, gain: Floats, held: Floats, limit: Floats) -> tuple[Floats, Floats]:
    """Return an optimal level, and the multiplier of each limit; of several optima the one of least squares.

    curve: symmetric, positive semidefinite; limit: none negative, so that doing nothing is always allowed.
    Raises LimitReached where no answer meets the conditions to 1e-9, which rounding alone could cause.
    """
    count, most = len(gain), float(np.abs(gain).max(initial=0.0)) or 1.0
    # Units in which every curve is 1, every limit holds a sum, and the largest gain is 1.
    by_level = 1 / np.sqrt(np.diag(curve))
    by_limit = 1 / np.abs(held * by_level).max(axis=1, initial=0.0)
    unit = np.concatenate([by_level, by_limit])
    offset = np.concatenate([-gain, limit]) * unit
    matrix = np.block([[curve, held.T], [-held, np.zeros((len(limit), len(limit)))]]) * np.outer(unit, unit)
    largest = float(np.abs(offset[:count]).max(initial=0.0)) or 1.0
    allowed = TOLERANCE * np.maximum(1.0, offset / largest)
    for ridge in RIDGES:
        positive = _lemke(matrix + np.diag([*[ridge] * count, *[0.0] * len(limit)]), offset / largest)
        if positive is None:
            continue
        solution = _polished(matrix, offset / largest, positive)
        missed = np.minimum(solution, matrix @ solution + offset / largest)
        if (np.abs(missed) <= allowed).all() and (
            np.abs(missed[:count] * largest / by_level) <= TOLERANCE * most
        ).all():
            solution = np.where(solution > ROUNDING, solution, 0.0) * largest * unit
            return solution[:count], solution[count:]
    raise LimitReached("no equilibrium meets its conditions to 1e-9; numbers of very different sizes may be the cause")


def _polished(matrix: Floats, offset: Floats, positive: NDArray[np.int64]) -> Floats:
    """The smallest solution in which these are free and the rest is 0, refined until rounding alone is left."""
    solution = np.zeros(len(offset))
    part = matrix[np.ix_(positive, positive)]
    for _ in range(3 if len(positive) else 0):
        missing = -(matrix[positive] @ solution + offset[positive])
        solution[positive] += lstsq(part, missing, cond=1e-12)[0]
    return solution


def _lemke(matrix: Floats, offset: Floats) -> NDArray[np.int64] | None:
    """Which variables are basic in a solution of: w = matrix @ z + offset, w and z at least 0, no w[i] and z[i] both.

    Columns of the tableau: w, z, the artificial variable, the right side. None if rounding leads to a ray.
    """
    count = len(offset)
    if (offset >= 0).all():
        return np.zeros(0, dtype=np.int64)
    tableau = np.hstack([np.eye(count), -matrix, -np.ones((count, 1)), offset[:, None]])
    basis = np.arange(count)
    row, entering = int(np.argmin(offset)), 2 * count
    for _ in range(50 * count + 100):
        leaving = basis[row]
        tableau[row] /= tableau[row, entering]
        others = tableau[:, entering].copy()
        others[row] = 0.0
        tableau -= np.outer(others, tableau[row])
        basis[row] = entering
        if leaving == 2 * count:
            return np.sort(basis[basis >= count] - count)
        entering = leaving + count if leaving < count else leaving - count
        found = _least_ratio(tableau, basis, entering)
        if found is None:
            return None
        row = found
    return None


def _least_ratio(tableau: Floats, basis: NDArray[np.int64], entering: int) -> int | None:
    """The row that leaves: least ratio, the artificial variable first; other ties lexicographically."""
    count = len(basis)
    column = tableau[:, entering]
    rows = np.flatnonzero(column > TIE * max(1.0, float(np.abs(column).max())))
    if not len(rows):
        return None
    for place in (2 * count + 1, *range(count)):
        ratio = tableau[rows, place] / column[rows]
        least = ratio.min()
        rows = rows[ratio <= least + TIE * max(1.0, abs(least))]
        artificial = rows[basis[rows] == 2 * count]
        if len(artificial):
            return int(artificial[0])
        if len(rows) == 1:
            break
    return int(rows[0])
