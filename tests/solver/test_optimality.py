"""The conditions of an optimum: each broken one is seen, and any duals give a bound that no solution betters."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.small_programs import INF, covering, named, problem
from teraplan.model.optimality import dual_objective, dual_residual, lagrangian_bound, primal_residual
from teraplan.solver import solve

LEAST = problem([2, 3], [(4, [1, 1], INF), (-INF, [1, 0], 3)], [(0, INF), (0, 2)])
"""min 2 x + 3 y with x + y >= 4, x <= 3, y <= 2: x = 3, y = 1, worth 9; duals 3 and -1."""


def array(*numbers: float) -> np.ndarray:
    return np.array(numbers, dtype=float)


def test_an_optimum_has_no_residuals_and_both_objectives_meet() -> None:
    program = LEAST.program
    assert primal_residual(program, array(3, 1)).absolute == 0.0
    assert dual_residual(program, array(3, -1), array(0, 0)).absolute == 0.0
    assert dual_objective(program, array(3, -1), array(0, 0)) == pytest.approx(9)


@pytest.mark.parametrize(
    ("value", "absolute", "relative"),
    [
        (array(3, 0.5), 0.5, 0.5 / 3.5),
        (array(3.5, 0.5), 0.5, 0.5 / 3.5),
        (array(4, -0.25), 1.0, 0.25),
        (array(1, 3), 1.0, 1 / 3),
        (array(float("nan"), 1), float("inf"), float("inf")),
    ],
)
def test_a_row_or_bound_that_does_not_hold_is_seen(value: np.ndarray, absolute: float, relative: float) -> None:
    residual = primal_residual(LEAST.program, value)
    assert residual.absolute == pytest.approx(absolute)
    assert residual.relative == pytest.approx(relative)


@pytest.mark.parametrize(
    ("dual", "reduced", "absolute"),
    [
        (array(3, 0), array(0, 0), 1.0),
        (array(2, 0), array(0, 0), 1.0),
        (array(3, 2), array(-3, 0), 3.0),
        (array(-1, -1), array(4, 4), 1.0),
        (array(3, -4), array(3, 0), 0.0),
        (array(4, -2), array(0, -1), 0.0),
        (array(float("nan"), 0), array(0, 0), float("inf")),
    ],
)
def test_a_dual_that_explains_no_cost_or_pulls_at_nothing_is_seen(
    dual: np.ndarray, reduced: np.ndarray, absolute: float
) -> None:
    """The row with a lower limit takes duals above zero, that with an upper one below; x has no upper bound, y has."""
    assert dual_residual(LEAST.program, dual, reduced).absolute == pytest.approx(absolute)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 20), st.lists(st.floats(-3.0, 3.0), min_size=60, max_size=60), st.booleans())
def test_any_duals_give_a_bound_that_the_optimum_does_not_better(seed: int, guess: list[float], maximise: bool) -> None:
    found = covering(seed)
    if maximise:
        found = named(replace(found.program, cost=-found.program.cost, offset=0.0, maximise=True))
    best = solve(found).objective
    bound = lagrangian_bound(found.program, np.array(guess))
    assert bound is not None
    assert bound >= best - 1e-9 if maximise else bound <= best + 1e-9


def test_the_best_duals_give_the_optimum_as_bound() -> None:
    solution = solve(covering(3))
    assert lagrangian_bound(solution.problem.program, solution.row_dual) == pytest.approx(solution.objective)


def test_where_no_duals_are_given_the_box_alone_gives_the_bound() -> None:
    assert lagrangian_bound(LEAST.program, array()) == pytest.approx(0.0)


def test_a_free_column_that_duals_do_not_explain_gives_no_bound() -> None:
    free = problem([1], [(1, [1], INF)], [(-INF, INF)])
    assert lagrangian_bound(free.program, array(0.5)) is None
    assert lagrangian_bound(free.program, array(1.0)) == pytest.approx(1.0)
