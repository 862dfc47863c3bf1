"""Capacity that ends: taken out early where its fixed cost is not worth it, and what it releases, once."""

from pathlib import Path

import polars as pl
import pytest

from model.small_cases import Tables, cost, demand, existing, goods, plant, process, recipe, site, small_case, values
from teraplan.case.case import Case
from teraplan.model.build import build_problem
from teraplan.plan import plan
from teraplan.solver import solve

THREE = [(2025, 2028, 1)]


def old_plant(folder: Path, early: str, wanted: dict[int, float]) -> Case:
    """A plant of 1 with a fixed cost of 3 a year, beside new ones that cost 4 and last a year."""
    return small_case(
        folder,
        goods("power"),
        plant("old", {"power": 1}, retire_early=early),
        existing("old", 1),
        cost("old", "fixed", 3),
        plant("new", {"power": 1}, life=1),
        site("new"),
        cost("new", "capex", 4),
        demand("power", wanted),
        period=THREE,
    )


def test_what_is_not_needed_any_more_is_retired(tmp_path: Path) -> None:
    """Wanted in 2025 only: 3 instead of 9."""
    solution = solve(build_problem(old_plant(tmp_path / "a", "yes", {2025: 1, 2026: 0, 2027: 0})))
    assert solution.objective == pytest.approx(3)
    retired = values(solution, "retire")
    assert retired == {("old", "USA", "existing 2020.0-2120.0", "2026"): pytest.approx(1)}
    kept = solve(build_problem(old_plant(tmp_path / "b", "no", {2025: 1, 2026: 0, 2027: 0})))
    assert kept.objective == pytest.approx(9)


def test_what_is_retired_does_not_come_back(tmp_path: Path) -> None:
    """Wanted in 2025 and 2027: retired after 2025, a new one in 2027, 3 + 4; kept all along it would cost 9."""
    results = plan(old_plant(tmp_path, "yes", {2025: 1, 2026: 0, 2027: 1}))
    assert results.run["objective"] == pytest.approx(7)
    there = results.frame("capacity").filter(pl.col("process") == "old")
    assert there["period"].to_list() == ["2025"]


def test_what_ramps_and_what_does_not_are_retired_apart(tmp_path: Path) -> None:
    """1 at its full level and 1 at half of it in 2025, 1 afterwards: 1.5, then 2; one of them saves 3 a year from 2026.

    1 is wanted: the one of full level stays, the ramped one is taken out at once, and the fixed cost is 3 x 3.
    """
    blocks = [
        {"process": "old", "region": "USA", "start": 2025, "value": 1, "ramped": ramped, "status": status}
        for ramped, status in (("no", "operating"), ("yes", "under_construction"))
    ]
    case = small_case(
        tmp_path,
        goods("power"),
        plant("old", {"power": 1}, retire_early="yes"),
        {"capacity": blocks, "profiles": [{"profile": "slow", "position": 1, "value": 0.5}]},
        {"lead_times": [{"process": "old", "region": "USA", "value": 0, "ramp": "slow"}]},
        cost("old", "fixed", 3),
        demand("power", {2025: 1, 2026: 1, 2027: 1}),
        period=THREE,
    )
    results = plan(case)
    assert results.run["objective"] == pytest.approx(9)
    retired = results.frame("retire").filter(pl.col("value") > 1e-9)
    assert retired["order_period"].to_list() == ["existing 2025.0-2125.0 ramped"]
    assert float(retired["value"].sum()) == pytest.approx(1)


def resale(folder: Path, *parts: Tables, price: dict[int, float], **settings: object) -> Case:
    """Clusters release half a used chip per unit of capacity, sold at the prices of the years."""
    sold = [row for year, one in price.items() for row in cost("resale", "variable", -one, year=year)["costs"]]
    return small_case(
        folder,
        goods("compute", "used"),
        process("resale", {"compute": 1e-9}, {"used": 1}),
        {"sites": [{"process": "resale", "region": "USA"}], "costs": sold},
        {"recipes": [recipe("cluster", "release", "used", 0.5)]},
        demand("compute", 0),
        *parts,
        **settings,
    )


def test_what_existed_releases_at_the_end_of_its_life(tmp_path: Path) -> None:
    """4 end in mid 2026: 2 used chips in a period of two years, 1 a year, at 3: 6 in all."""
    parts = (plant("cluster", {"compute": 1}), existing("cluster", 4, end=2026.5))
    results = plan(resale(tmp_path, *parts, price={2025: 3}, period=[(2025, 2026, 1), (2026, 2028, 2)]))
    assert results.run["objective"] == pytest.approx(-6)
    assert results.frame("activity").select("period", "value").rows() == [("2026-2027", pytest.approx(1))]


@pytest.mark.parametrize(("prices", "worth"), [((3, 2, 1), 6), ((1, 3, 2), 6), ((1, 2, 3), 6)])
def test_what_is_retired_early_releases_then_and_not_again(
    tmp_path: Path, prices: tuple[int, int, int], worth: float
) -> None:
    """2 used chips, sold once, in the best of the three years; the life ends in the last of them."""
    parts = (plant("cluster", {"compute": 1}, retire_early="yes"), existing("cluster", 4, end=2027.5))
    price = dict(zip((2025, 2026, 2027), prices, strict=True))
    results = plan(resale(tmp_path, *parts, price=price, period=THREE))
    assert results.run["objective"] == pytest.approx(-worth)
    used = results.frame("activity").filter(pl.col("process") == "resale")
    assert float(used["value"].sum()) == pytest.approx(2)


def test_orders_release_when_their_lives_end(tmp_path: Path) -> None:
    """Ordered evenly over 2025, in service two years: all lives end in 2027, and what was paid stays paid."""
    parts = (plant("cluster", {"compute": 1}, life=2), site("cluster"), cost("cluster", "capex", 2))
    asked = {"limits": [{"limit": "some", "kind": "order_min", "group": "cluster", "year": 2025, "value": 4}]}
    ended = {"limits": [{"limit": "some", "kind": "order_min", "group": "cluster", "year": 2026}]}
    results = plan(resale(tmp_path, *parts, asked, ended, price={2025: 3}, period=THREE, order_timing="even"))
    assert results.run["objective"] == pytest.approx(4 * 2 - 2 * 3)
    released = results.frame("flows").filter(pl.col("flow") == "release")
    assert released.select("period", "commodity", "value").rows() == [("2027", "used", pytest.approx(2))]
    assert results.run["audit"]["passed"]


def test_what_is_released_can_be_built_with(tmp_path: Path) -> None:
    """Two used chips of 2026 make a second-hand cluster of 2, which serves a demand of 2 from 2026 on for nothing."""
    parts = (
        plant("cluster", {"compute": 1}),
        existing("cluster", 4, end=2026),
        plant("second_hand", {"service": 1}, life=5),
        site("second_hand"),
        cost("second_hand", "capex", 0),
        {"recipes": [recipe("second_hand", "build", "used", 1)]},
        goods("service"),
        demand("service", {2025: 0, 2026: 2}),
        plant("new", {"service": 1}, life=1),
        site("new"),
        cost("new", "capex", 10),
    )
    results = plan(resale(tmp_path, *parts, price={2025: 0.1}, period=THREE))
    assert results.run["objective"] == pytest.approx(0)
    ordered = results.frame("order").filter(pl.col("value") > 0)
    assert ordered.select("process", "period", "value").rows() == [("second_hand", "2026", 2.0)]
