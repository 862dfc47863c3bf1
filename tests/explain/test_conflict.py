"""The conflict of a case that cannot be met is the one that a person finds by hand, and no smaller one is in it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog

from model.small_cases import Tables, cost, demand, existing, goods, limit, plant, process, site, small_case
from solver.small_programs import INF, problem
from teraplan.errors import LimitReached
from teraplan.explain.conflict import LOWER, ROW, UPPER, Bound, conflict_of
from teraplan.model.build import build_problem
from teraplan.model.elastic import named_column, named_row
from teraplan.model.problem import LinearProgram, Problem
from teraplan.solver import Options

YEARS = [(2025, 2027, 1)]


def can_hold(program: LinearProgram, bounds: Sequence[Bound]) -> bool:
    """Whether some conditions of a program can hold together, by another road: scipy, nothing of ours."""
    rows = sorted(bound.at for bound in bounds if bound.kind == ROW)
    matrix, low, high = program.matrix[rows].toarray(), program.row_lower[rows], program.row_upper[rows]
    above, below = np.isfinite(high), np.isfinite(low)
    limits = [(min(0.0, program.column_lower[at]), None) for at in range(program.cost.size)]
    for bound in bounds:
        if bound.kind == LOWER:
            limits[bound.at] = (program.column_lower[bound.at], limits[bound.at][1])
        if bound.kind == UPPER:
            limits[bound.at] = (limits[bound.at][0], program.column_upper[bound.at])
    answer = linprog(
        np.zeros(program.cost.size),
        A_ub=np.vstack([matrix[above], -matrix[below]]),
        b_ub=np.concatenate([high[above], -low[below]]),
        bounds=limits,
        method="highs",
    )
    assert answer.status in (0, 2), answer.message
    return bool(answer.status == 0)


def assert_irreducible(found: Problem, bounds: Sequence[Bound]) -> None:
    assert not can_hold(found.program, bounds)
    for left_out in bounds:
        assert can_hold(found.program, [bound for bound in bounds if bound != left_out]), left_out


def names(found: Problem, bounds: Sequence[Bound]) -> set[str]:
    """The conditions by name: `row commodity_balance [2025, ...]`, with labels in the order of the problem."""
    return {f"{bound.kind} {(named_row if bound.kind == ROW else named_column)(found, bound.at)}" for bound in bounds}


# --- small programs ---------------------------------------------------------------------------------------------------


def test_a_program_that_can_be_met_has_no_conflict() -> None:
    assert conflict_of(problem([1, 1], [(2, [1, 1], INF)])) is None


def test_of_rows_that_ask_for_more_than_there_is_the_others_stay_out() -> None:
    """x >= 2, y >= 2, x + y <= 3 cannot hold; x + y >= 0 and x <= 90 have no part in it."""
    rows = [(2, [1, 0], INF), (2, [0, 1], INF), (-INF, [1, 1], 3), (0, [1, 1], INF), (-INF, [1, 0], 90)]
    found = conflict_of(problem([1, 1], rows))
    assert found is not None
    assert found.bounds == (Bound(ROW, 0), Bound(ROW, 1), Bound(ROW, 2))
    assert found.sense == (">=", ">=", "<=")
    assert found.asked == pytest.approx((2, 2, 3))
    assert found.possible == pytest.approx((1, 1, 4))


def test_an_upper_bound_is_a_condition_and_so_is_a_lower_one() -> None:
    """2 <= x <= 3 and y <= 1: x + y >= 5 lacks one; x >= 2 is no part of it, but is where x <= 1 is asked for."""
    high = conflict_of(problem([1, 1], [(5, [1, 1], INF)], [(2, 3), (0, 1)]))
    assert high is not None
    assert set(high.bounds) == {Bound(ROW, 0), Bound(UPPER, 0), Bound(UPPER, 1)}
    low = conflict_of(problem([1, 1], [(-INF, [1, 1], 1)], [(2, 3), (0, 1)]))
    assert low is not None
    assert set(low.bounds) == {Bound(ROW, 0), Bound(LOWER, 0)}


def test_bounds_that_cross_are_a_conflict_of_two() -> None:
    found = conflict_of(problem([1], [(0, [1], INF)], [(5, 3)]))
    assert found is not None
    assert found.bounds == (Bound(LOWER, 0), Bound(UPPER, 0))
    assert found.possible == pytest.approx((3, 5))


@pytest.mark.parametrize(("lower", "upper", "sense"), [(4, 4, ">="), (1, 1, "<=")])
def test_of_an_equality_the_side_that_cannot_be_reached_is_told(lower: float, upper: float, sense: str) -> None:
    """x == 4 with x <= 3 asks for too much, x == 1 with x >= 2 for too little."""
    found = conflict_of(problem([1], [(lower, [1], upper)], [(2, 3)]))
    assert found is not None
    assert found.sense[0] == sense or found.sense[1] == sense
    assert dict(zip(found.bounds, found.sense, strict=True))[Bound(ROW, 0)] == sense


@pytest.mark.parametrize("kept", [1, 3])
def test_of_two_conflicts_the_one_that_is_wanted_is_told(kept: int) -> None:
    """x >= 5 stands against x <= 3, and y >= 5 against y <= 3."""
    rows = [(5, [1, 0], INF), (-INF, [1, 0], 3), (5, [0, 1], INF), (-INF, [0, 1], 3)]
    found = conflict_of(problem([1, 1], rows), wanted=lambda bound: bound == Bound(ROW, kept))
    assert found is not None
    assert found.bounds == (Bound(ROW, kept - 1), Bound(ROW, kept))


@pytest.mark.parametrize("seed", range(8))
def test_a_conflict_of_a_random_program_is_irreducible_and_always_the_same(seed: int) -> None:
    random = np.random.default_rng(seed)
    height, width = 25, 12
    dense = np.round(random.normal(size=(height, width)) * (random.random((height, width)) < 0.3), 2)
    rows = [(-INF, list(row), float(round(random.normal(), 2))) for row in dense]
    made = problem([0.0] * width, rows, [(0.0, 2.0)] * width)
    found = conflict_of(made)
    if found is None:
        everything = [*(Bound(ROW, at) for at in range(height)), *(Bound(UPPER, at) for at in range(width))]
        assert can_hold(made.program, everything)
        return
    assert_irreducible(made, found.bounds)
    assert conflict_of(made) == found


# --- small cases ------------------------------------------------------------------------------------------------------

GADGET: tuple[Tables, ...] = (goods("gadget"), plant("works", {"gadget": 1}), demand("gadget", 8))
"""8 gadgets a year are asked for in the USA; a works makes 1 a year for each unit of its capacity."""


def free_site(name: str, lead: float = 0.0) -> Tables:
    """Where a works may be ordered, for nothing."""
    return {**site(name, lead=lead), **cost(name, "capex", 0)}


def stands(*names: str) -> Tables:
    """Where processes without capacity may run."""
    return {"sites": [{"process": name, "region": "USA"} for name in names]}


def ban(good: str) -> Tables:
    row = {"rule": "ban", "commodity_group": good, "destination_group": "USA", "of": "use", "year": 2020, "value": 0}
    return {"rules": [row]}


def half_from(name: str) -> Tables:
    row = {
        "share": "half",
        "numerator_group": name,
        "denominator_group": "*works",
        "of": "activity",
        "sense": "at_least",
    }
    return {"shares": [{**row, "year": 2020, "value": 0.5}]}


def at_home(share: float) -> Tables:
    return {
        "demand": [{"commodity": "gadget", "region": "USA", "item": "local_share_min", "value": share}],
        "routes": [{"commodity": "gadget", "origin": "TWN", "destination": "USA", "cost": 0}],
    }


CASES: Mapping[str, tuple[tuple[Tables, ...], set[str]]] = {
    "what was there is too little": (
        (*GADGET, existing("works", 5)),
        {"row commodity_balance [2025, gadget, USA]", "upper activity [works, USA, 2025, main]"},
    ),
    "an order comes too late": (
        (*GADGET, existing("works", 5), free_site("works", lead=12)),
        {"row commodity_balance [2025, gadget, USA]", "upper activity [works, USA, 2025, main]"},
    ),
    "the good that is used is banned": (
        (
            goods("gadget", "ore"),
            process("mine", {"ore": 1}),
            process("works", {"gadget": 1}, {"ore": 2}),
            demand("gadget", 8),
            stands("mine", "works"),
            ban("ore"),
        ),
        {"row commodity_balance [2025, gadget, USA]", "row use_within_licence [2025, USA, ore, ban]"},
    ),
    "two steps down the chain": (
        (
            goods("gadget", "ore"),
            plant("mine", {"ore": 1}),
            process("works", {"gadget": 1}, {"ore": 2}),
            demand("gadget", 8),
            stands("works"),
            existing("mine", 9),
        ),
        {
            "row commodity_balance [2025, gadget, USA]",
            "row commodity_balance [2025, ore, USA]",
            "upper activity [mine, USA, 2025, main]",
        },
    ),
    "more is promised than may be ordered": (
        (
            *GADGET,
            existing("works", 50),
            free_site("works"),
            limit("order_max", "works", 3),
            limit("order_min", "works", 4, limit="promise"),
        ),
        {
            "row orders_at_most [2025, *, of_works, works]",
            "row orders_at_least [2025, *, promise, works]",
        },
    ),
    "half from a works that cannot make half": (
        (
            *GADGET,
            plant("old_works", {"gadget": 1}),
            existing("old_works", 3),
            existing("works", 50),
            half_from("old_works"),
        ),
        {
            "row commodity_balance [2025, gadget, USA]",
            "row share_at_least [2025, *, old_works, half, at_least]",
            "upper activity [old_works, USA, 2025, main]",
        },
    ),
    "the home share is more than can be made at home": (
        (*GADGET, existing("works", 3), existing("works", 50, region="TWN"), at_home(0.5)),
        {
            "row commodity_balance [2025, gadget, USA]",
            "row served_at_home [2025, gadget, USA]",
            "upper activity [works, USA, 2025, main]",
        },
    ),
    "orders grow too slowly": (
        (
            *GADGET[:2],
            demand("gadget", {2025: 2, 2026: 8}),
            free_site("works"),
            limit("growth", "works", 1.0),
            limit("seed", "works", 2),
        ),
        {
            "row commodity_balance [2026, gadget, USA]",
            "row activity_within_usable [works, USA, 2026]",
            "row orders_grow_no_faster [2025, *, of_works, works]",
            "row orders_grow_no_faster [2026, *, of_works, works]",
        },
    ),
}  # fmt: skip
"""What is asked for, and the conditions that cannot hold together."""


@pytest.mark.parametrize("name", CASES)
def test_the_conflict_of_a_case_is_the_one_found_by_hand(tmp_path: Path, name: str) -> None:
    parts, expected = CASES[name]
    made = build_problem(small_case(tmp_path, *parts, period=YEARS), guarded=False)
    found = conflict_of(made)
    assert found is not None
    assert names(made, found.bounds) == expected
    assert_irreducible(made, found.bounds)


def test_a_row_in_large_units_is_no_less_a_part_of_a_conflict() -> None:
    """1e9 x >= 5e9 stands against x <= 3, with another row of the usual size that has no part in it."""
    found = conflict_of(problem([1, 1], [(5e9, [1e9, 0], INF), (-INF, [1, 0], 3), (1, [0, 1], INF)]))
    assert found is not None
    assert found.bounds == (Bound(ROW, 0), Bound(ROW, 1))
    assert found.possible == pytest.approx((3e9, 5))


def test_the_time_limit_ends_the_search(tmp_path: Path) -> None:
    parts = CASES["orders grow too slowly"][0]
    made = build_problem(small_case(tmp_path, *parts, period=YEARS), guarded=False)
    with pytest.raises(LimitReached):
        conflict_of(made, Options(time_limit=0.0))
