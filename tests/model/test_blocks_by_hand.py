"""Lumpy orders: whole blocks, what they cost more than any amount would, and prices where they were found."""

from pathlib import Path

import pytest

from model.small_cases import cost, demand, goods, plant, site, small_case, values
from teraplan.model.build import build_problem
from teraplan.plan import plan
from teraplan.solver import solve

ONE = [(2025, 2026, 1)]


def lumpy(folder: Path, block: float, asked: float, **settings: object):  # noqa: ANN201
    return small_case(
        folder,
        goods("power"),
        plant("reactor", {"power": 1}, block=block, life=1),
        site("reactor"),
        cost("reactor", "capex", 2),
        plant("engine", {"power": 1}, life=1),
        site("engine"),
        cost("engine", "capex", 3),
        demand("power", asked),
        period=ONE,
        **settings,
    )


def test_blocks_are_whole_and_the_rest_comes_from_elsewhere(tmp_path: Path) -> None:
    """7 asked for, blocks of 4 at 2: two blocks cost 16, one block and 3 of the engine at 3 cost 17; any amount 14."""
    solution = solve(build_problem(lumpy(tmp_path, 4, 7)))
    assert solution.objective == pytest.approx(16)
    assert values(solution, "blocks") == {("reactor", "USA", "2025"): pytest.approx(2)}
    assert values(solution, "order") == {("reactor", "USA", "2025"): pytest.approx(8)}
    assert solution.relaxation == pytest.approx(14)


def test_a_plan_with_blocks_passes_its_audit_and_tells_the_gap_of_its_relaxation(tmp_path: Path) -> None:
    """5 asked for: one block and 1 of the engine cost 11, any amount would cost 10; one more unit costs 3."""
    results = plan(lumpy(tmp_path, 4, 5))
    assert results.run["objective"] == pytest.approx(11)
    assert results.run["audit"]["passed"]
    assert results.run["solver"]["relaxation_gap"] == pytest.approx(1 / 11)
    assert results.frame("prices")["price"].to_list() == pytest.approx([3])


def test_most_compute_takes_whole_blocks_too(tmp_path: Path) -> None:
    """Nothing limits the amount, so all 7 are served; the second step finds the two blocks that are cheapest."""
    results = plan(lumpy(tmp_path, 4, 7, objective="most_compute"))
    assert results.run["objective"] == pytest.approx(16)
    assert results.run["audit"]["passed"]


def test_without_a_block_there_is_no_whole_number(tmp_path: Path) -> None:
    parts = (goods("power"), plant("engine", {"power": 1}), site("engine"), cost("engine", "capex", 3))
    case = small_case(tmp_path, *parts, demand("power", 1), period=ONE)
    assert build_problem(case).program.integer is None
