"""A concave quadratic program solved by HiGHS, then brought to the last digits and checked by its conditions.

    max  gain @ level - level @ curve @ level / 2   where   held @ level <= limit,  level >= 0

Its conditions are a linear complementarity problem: of each level and its loss of gain, and of each multiplier and what
its limit has to spare, neither is below 0 and one is 0. Source: Cottle, Pang, Stone (1992).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lstsq

from teraplan.errors import LimitReached
from teraplan.quadratic import concave_optimum

Floats = NDArray[np.float64]

TOLERANCE = 1e-9
"""By what share of the largest gain, or of a larger limit, a condition of optimality may be missed."""
RIDGES = (1e-7, 1e-6, 1e-5, 1e-8, 0.0)
"""Curvature added while it is sought which levels are positive, one after another until an answer holds.

It makes the optimum unique, and so points to the most equal of equal ones; what is found is solved without it.
"""
ZERO, ROUNDING = 1e-8, 1e-14
"""What HiGHS leaves that counts as 0, and what is 0 in the end, in units in which the largest gain is 1."""


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
    scaled = -offset[:count] / largest, -matrix[count:, :count], offset[count:] / largest
    for ridge in RIDGES:
        found = concave_optimum(matrix[:count, :count] + ridge * np.eye(count), *scaled)
        if found is None:
            continue
        solution = _polished(matrix, offset / largest, np.concatenate(found))
        missed = np.minimum(solution, matrix @ solution + offset / largest)
        if (np.abs(missed) <= allowed).all() and (
            np.abs(missed[:count] * largest / by_level) <= TOLERANCE * most
        ).all():
            solution = np.where(solution > ROUNDING, solution, 0.0) * largest * unit
            return solution[:count], solution[count:]
    raise LimitReached("no equilibrium meets its conditions to 1e-9; numbers of very different sizes may be the cause")


def _polished(matrix: Floats, offset: Floats, found: Floats) -> Floats:
    """The smallest solution that meets the conditions that hold here, with 0 where this is 0, to rounding alone."""
    free, met = found > ZERO, matrix @ found + offset <= ZERO
    part = matrix[np.ix_(met, free)]
    solution = np.zeros(len(offset))
    for _ in range(3 if part.size else 0):
        solution[free] += lstsq(part, -(matrix[met] @ solution + offset[met]), cond=1e-12)[0]
    return solution
