"""The conditions of an optimum, recomputed from the matrices: how far a solution is from being one.

Rows and bounds hold; costs less duals are the reduced costs; no dual pulls at a limit that is not there; both
objectives meet. A dual pulls at the limit that keeps the objective from getting better: minimising, one above zero at
the lower limit, one below zero at the upper; maximising, the other way round.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from teraplan.model.problem import LinearProgram

Floats = NDArray[np.float64]
ROUNDING = 1e-9
"""A reduced cost below this share of its cost (or of 1) is rounding [1]."""


@dataclass(frozen=True)
class Residual:
    """The largest violation: absolute, and relative to the amounts in its row or column (or to 1 if they are less)."""

    absolute: float
    relative: float


def primal_residual(program: LinearProgram, value: Floats) -> Residual:
    """Return how far rows and bounds are from holding."""
    size = np.asarray(abs(program.matrix) @ np.abs(value)).ravel()
    rows = _outside(np.asarray(program.matrix @ value).ravel(), program.row_lower, program.row_upper)
    columns = _outside(value, program.column_lower, program.column_upper)
    return _largest((rows, size), (columns, np.abs(value)))


def dual_residual(program: LinearProgram, dual: Floats, reduced: Floats) -> Residual:
    """Return how far duals and reduced costs are from explaining costs, and from pulling at limits that are there."""
    turned = program.matrix.T.tocsr()
    unexplained = np.abs(program.cost - turned @ dual - reduced)
    size = np.maximum(np.abs(program.cost), np.asarray(abs(turned) @ np.abs(dual)).ravel())
    at_rows, at_columns = _limits(program, dual, reduced)
    nowhere = [
        (np.where(np.isfinite(limit), 0.0, np.abs(y)), np.abs(y))
        for y, limit in ((dual, at_rows), (reduced, at_columns))
    ]
    return _largest((unexplained, size), *nowhere)


def dual_objective(program: LinearProgram, dual: Floats, reduced: Floats) -> float:
    """Return the dual objective: every dual times the limit that it pulls at, where there is one, and the offset."""
    total = program.offset
    for y, limit in zip((dual, reduced), _limits(program, dual, reduced), strict=True):
        total += float(y @ np.where(np.isfinite(limit), limit, 0.0))
    return total


def lagrangian_bound(program: LinearProgram, dual: Floats) -> float | None:
    """Return a bound that no solution betters, from any duals of the rows (or none at all); None if they give none.

    The best of cost less duals over the box of the columns, plus duals times limits; duals that pull at nothing are
    left out.
    """
    better = min if program.maximise else max
    height = program.matrix.shape[0]
    known = []
    for y in (dual, np.zeros(height)):
        if y.size == height and np.isfinite(y).all():
            limit = _pulled_at(program, y, program.row_lower, program.row_upper)
            allowed = np.where(np.isfinite(limit), y, 0.0)
            left = program.cost - program.matrix.T @ allowed
            reduced = np.where(np.abs(left) < ROUNDING * np.maximum(1.0, np.abs(program.cost)), 0.0, left)
            if np.isfinite(_pulled_at(program, reduced, program.column_lower, program.column_upper)).all():
                known.append(dual_objective(program, allowed, reduced))
    return better(known) if known else None


def _limits(program: LinearProgram, dual: Floats, reduced: Floats) -> tuple[Floats, Floats]:
    return (
        _pulled_at(program, dual, program.row_lower, program.row_upper),
        _pulled_at(program, reduced, program.column_lower, program.column_upper),
    )


def _pulled_at(program: LinearProgram, dual: Floats, lower: Floats, upper: Floats) -> Floats:
    """The limit that each dual pulls at; 0 for a dual of 0."""
    at_lower = dual < 0 if program.maximise else dual > 0
    return np.where(dual == 0, 0.0, np.where(at_lower, lower, upper))


def _outside(x: Floats, lower: Floats, upper: Floats) -> Floats:
    return np.maximum(np.maximum(lower - x, x - upper), 0.0)


def _largest(*pairs: tuple[Floats, Floats]) -> Residual:
    """The largest of several violations, each with its sizes; what is not a number counts as infinite."""
    absolute = [float(np.nan_to_num(gap, nan=np.inf).max(initial=0.0)) for gap, _ in pairs]
    relative = [float(np.nan_to_num(gap / np.maximum(1.0, size), nan=np.inf).max(initial=0.0)) for gap, size in pairs]
    return Residual(max(absolute), max(relative))
