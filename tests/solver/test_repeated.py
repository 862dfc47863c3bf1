"""Repeated sums stated once: fewer entries, and the answer of the program as it was, its duals with it."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from solver.small_programs import INF, covering, named, problem
from teraplan.model.problem import LinearProgram, Problem
from teraplan.model.repeated import stated_once
from teraplan.solver import Options, solve

FOUR, FIVE = [1.0, 2.0, 4.0, 3.0], [2.0, 1.0, 1.0, 2.0]


def slices(count: int = 5) -> Problem:
    """Orders of four dates serve in every slice, each slice another share of them; a demand in each, and a cap."""
    shares = [0.1 * (at + 1) for at in range(count)]
    served = [(share * (at + 1), [share * one for one in FOUR], INF) for at, share in enumerate(shares)]
    return problem([5, 9, 21, 14], [*served, (-INF, FIVE, 40)])


def test_rows_that_hold_multiples_of_one_sum_hold_one_column_in_its_place() -> None:
    """Five rows of four entries become 5 + 4 + 1 = 10; the cap, another sum, stays as it is."""
    before = slices()
    after = stated_once(before)
    assert before.program.matrix.nnz == 24 and after.matrix.nnz == 14
    assert after.matrix.shape == (7, 5)
    assert after.matrix[5].toarray().ravel().tolist() == [*FIVE, 0.0]
    assert after.matrix[:5].toarray()[:, :4].any() == np.False_
    assert (after.column_lower[4], after.column_upper[4], after.cost[4]) == (-INF, INF, 0.0)
    assert (after.row_lower[6], after.row_upper[6]) == (0.0, 0.0)


def test_the_new_program_says_what_the_old_one_said() -> None:
    """Put the last rows' definitions of the new columns back into the others: the old matrix."""
    before = slices()
    after = stated_once(before).matrix.toarray()
    back = after[:6, :4] + after[:6, 4:] @ after[6:, :4]
    assert back == pytest.approx(before.program.matrix.toarray(), abs=1e-15)


def test_values_duals_and_reduced_costs_are_those_of_the_program_as_it_was() -> None:
    simplex, interior = (solve(slices(), Options(method=method)) for method in ("simplex", "ipx"))
    assert interior.method == "ipx" and interior.row_dual.size == 6 and interior.reduced_cost.size == 4
    assert interior.objective == pytest.approx(simplex.objective)
    assert interior.value == pytest.approx(simplex.value)
    assert interior.row_dual == pytest.approx(simplex.row_dual)
    assert interior.reduced_cost == pytest.approx(simplex.reduced_cost)
    explained = interior.problem.program.matrix.T @ interior.row_dual + interior.reduced_cost
    assert explained == pytest.approx([5, 9, 21, 14])


def test_a_sum_that_does_not_pay_stays() -> None:
    """Two rows of two entries would take 2 + 2 + 1; rows that are no multiples have nothing in common."""
    assert stated_once(problem([1, 1], [(1, [1, 2], INF), (1, [2, 4], INF)])).matrix.shape == (2, 2)
    near = [
        (1.0, [share, share * 2.0, share * (3.0 + 1e-9 * at)], INF) for at, share in enumerate((1.0, 2.0, 3.0, 4.0))
    ]
    assert stated_once(problem([1, 1, 1], near)).matrix.shape == (4, 3)


def test_a_sum_with_the_other_sign_is_a_multiple_too() -> None:
    rows = [(1.0, FOUR, INF), (-INF, [-one for one in FOUR], -1.0), (2.0, [2 * one for one in FOUR], INF)]
    after = stated_once(problem([5, 9, 21, 14], rows)).matrix.toarray()
    assert after[:3, 4].tolist() == [4.0, -4.0, 8.0]


def test_only_sums_of_orders_are_looked_for() -> None:
    before = slices()
    other = Problem(
        before.program, before.columns.with_columns(variable=pl.lit("activity")), before.rows, before.cost_terms
    )
    assert stated_once(other) is before.program
    bare = Problem(before.program, before.columns.drop("variable"), before.rows, before.cost_terms)
    assert stated_once(bare) is before.program


def test_a_program_without_rows_stays() -> None:
    nothing = np.zeros(0)
    free = LinearProgram(
        np.ones(2), 0.0, sparse.csr_matrix((0, 2)), nothing, nothing, np.zeros(2), np.full(2, INF)
    )  # fmt: skip
    assert stated_once(named(free)) is free


@pytest.mark.parametrize("seed", range(6))
def test_random_programs_have_the_same_optimum_either_way(seed: int) -> None:
    """Every row three times over, scaled: a third is repeated sums."""
    once = covering(seed)
    factors = np.random.default_rng(seed).uniform(0.5, 2.0, (3, once.program.matrix.shape[0]))
    rows = sparse.vstack([sparse.diags(scale) @ once.program.matrix for scale in factors]).tocsr()
    ends = (once.program.row_lower, once.program.row_upper)
    lower, upper = (np.concatenate([scale * end for scale in factors]) for end in ends)
    thrice = named(replace(once.program, matrix=rows, row_lower=lower, row_upper=upper))
    assert stated_once(thrice).matrix.nnz < 0.5 * thrice.program.matrix.nnz
    found, wanted = solve(thrice, Options(method="ipx")), solve(once, Options(method="simplex"))
    assert found.method == "ipx"
    assert found.objective == pytest.approx(wanted.objective, rel=1e-8)
    assert found.bound == pytest.approx(wanted.objective, rel=1e-8)
