"""Carried storage small enough to be solved on paper, and a model with weeks against OSeMOSYS. GUSD throughout."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

from model.small_cases import (
    Tables,
    cost,
    demand,
    duals,
    existing,
    goods,
    plant,
    process,
    rows_of,
    site,
    small_case,
    solved,
    values,
)
from model.week_case import NEW, OPTIMUM, week_case
from teraplan.errors import Infeasible
from teraplan.plan import edit, plan

ONE, THREE, TWICE_TWO = [(2025, 2026, 1)], [(2025, 2028, 1)], [(2025, 2029, 2)]
WHOLE: Tables = {"slices": [{"slice": "year", "day_type": "any", "order": 1, "weight": 1}]}
WET_DRY: Tables = {
    "slices": [
        {"slice": name, "day_type": name, "order": 1, "weight": 0.5, "season": season}
        for season, name in enumerate(("wet", "dry"), start=1)
    ]
}


def dam(**columns: str) -> tuple[Tables, ...]:
    """A dam that a turbine empties, one power for one water; `columns`: of storage."""
    return (
        goods("power", "water", clock="sliced"),
        plant("dam", {}, clock="sliced"),
        {"storage": [{"process": "dam", "commodity": "water", "kind": "carried", **columns}]},
        process("turbine", {"power": 1}, {"water": 1}, clock="sliced"),
        {"sites": [{"process": "turbine", "region": "USA"}]},
    )


def pump() -> tuple[Tables, ...]:
    """What fills the dam with power, one for one."""
    return (
        process("pump", {"water": 1}, {"power": 1}, clock="sliced"),
        {"sites": [{"process": "pump", "region": "USA"}]},
    )


def rain(region: str = "USA") -> tuple[Tables, ...]:
    """1 of water a year that falls all year, or runs past the dam."""
    return plant("rain", {"water": 1}, clock="sliced"), existing("rain", 1, region)


def to_be_built(price: float) -> tuple[Tables, ...]:
    """A dam of any size at a price."""
    return site("dam"), cost("dam", "capex", price)


def holds(**items: float) -> Tables:
    """Limits of the dam."""
    return {"store_limits": [{"process": "dam", "item": item, "value": value} for item, value in items.items()]}


def gas(price: Mapping[int, float], region: str = "USA") -> tuple[Tables, ...]:
    """Power at a price by year, without limit."""
    return (
        process("gas", {"power": 1}, clock="sliced"),
        {"sites": [{"process": "gas", "region": region}]},
        *[cost("gas", "variable", amount, year=year) for year, amount in price.items()],
    )


def sun(slice: str) -> tuple[Tables, ...]:
    """10 of sun, in one slice only."""
    return (
        plant("sun", {"power": 1}, clock="sliced"),
        existing("sun", 10),
        {
            "availability": [
                {"process": "sun", "slice": slice, "value": 1},
                {"process": "sun", "slice": "*", "value": 0},
            ]
        },
    )


def test_water_of_the_wet_season_serves_the_dry_one(tmp_path: Path) -> None:
    """2 of power a year, 1 in each season, and sun in the wet one only: 1 is carried over, in a dam of 1, at 7."""
    parts = (WET_DRY, *dam(), *pump(), *to_be_built(7), *sun("wet"), demand("power", 2))
    solution = solved(small_case(tmp_path, *parts, period=ONE))
    assert solution.objective == pytest.approx(7)
    assert values(solution, "order") == {("dam", "USA", "2025"): pytest.approx(1)}
    assert values(solution, "season_level") == {("dam", "USA", "2025", "2"): pytest.approx(1)}
    assert rows_of(solution.problem, "sliced_commodity_balance") == 2, "the water has no balance of its own"


def test_a_store_takes_in_no_faster_than_it_can(tmp_path: Path) -> None:
    """The same where 1.2 a year may go in at any time: 0.6 in half a year. Gas at 10 gives the other 0.4."""
    parts = (WET_DRY, *dam(), *pump(), *to_be_built(7), *sun("wet"), *gas({2025: 10}), demand("power", 2))
    solution = solved(small_case(tmp_path, *parts, holds(charge_max=1.2), period=ONE))
    assert solution.objective == pytest.approx(0.6 * 7 + 0.4 * 10)
    assert duals(solution, "charge_at_most", "slice")["wet",] == pytest.approx(7 - 10)


@pytest.mark.parametrize(("hours", "size"), [(None, 1 / 365), (12, 1 / 365), (6, 1 / 730)])
def test_inside_a_season_a_store_holds_what_falls_on_a_day(tmp_path: Path, hours: float | None, size: float) -> None:
    """A day and a night of half the year each: of the 1 that the night needs a year 1 / 365 is held at nightfall.

    If a block lasts 6 hours it occurs 730 times in its half of the year, and 1 / 730 is held.
    """
    blocks = [
        {"slice": name, "day_type": "any", "order": order, "weight": 0.5, "hours": hours}
        for order, name in enumerate(("day", "night"))
    ]
    parts = ({"slices": blocks}, *dam(), *pump(), *to_be_built(365), *sun("day"), demand("power", 2))
    assert solved(small_case(tmp_path, *parts, period=ONE)).objective == pytest.approx(365 * size)


@pytest.mark.parametrize(
    ("limits", "paid", "worth"),
    [
        ({}, 2 * 1 + 0 * 3 + 1 * 2, 2),
        ({"discharge_max": 1.5}, 2 * 1 + 0.5 * 3 + 0.5 * 2, 1),
        ({"least_share": 0.1}, 2 * 1 + 0 * 3 + 1.5 * 2, 2),
        ({"discharge_max": 1.5, "least_share": 0.1}, 2 * 1 + 0.5 * 3 + 1 * 2, 2),
    ],
)
def test_what_is_there_at_first_is_kept_for_the_dearest_year(
    tmp_path: Path, limits: Mapping[str, float], paid: float, worth: float
) -> None:
    """3 of water in a dam of 5, 2 of power a year, gas at 1, 3 and 2: 2 of water for 2026, 1 for 2027, none before.

    If at most 1.5 a year comes out, 0.5 of 2026 is left to gas, and 1.5 to 2027. A tenth of the 5 has to stay: 0.5.
    One more unit of water at first is worth the gas of 2027, or of 2025 if no more can come out later.
    """
    prices = {2025: 1.0, 2026: 3.0, 2027: 2.0}
    parts = (WHOLE, *dam(), existing("dam", 5), holds(opening=3, **limits), *gas(prices), demand("power", 2))
    solution = solved(small_case(tmp_path, *parts, period=THREE))
    assert solution.objective == pytest.approx(paid)
    assert values(solution, "season_level")["dam", "USA", "2026", "1"] == pytest.approx(3)
    assert duals(solution, "level_carried_over", "period")["2025",] == pytest.approx(-worth)


@pytest.mark.parametrize(("opening", "paid"), [("given", 8), ("free", 3)])
def test_a_dam_is_empty_at_first_or_as_full_as_is_best(tmp_path: Path, opening: str, paid: float) -> None:
    """2 of power a year for two years, gas at 2, a dam of 2.5 that nothing fills: 8, or 8 - 2.5 x 2 if it is full."""
    parts = (WHOLE, *dam(opening=opening), *rain("TWN"), existing("dam", 2.5), *gas({2025: 2}), demand("power", 2))
    two = [(2025, 2027, 1)]
    assert solved(small_case(tmp_path, *parts, period=two)).objective == pytest.approx(paid)


@pytest.mark.parametrize(("size", "paid"), [(3, 4 + 0), (1.5, 3.5 + 1.5)])
def test_a_period_of_two_years_fills_a_dam_twice(tmp_path: Path, size: float, paid: float) -> None:
    """Rain of 1 a year, 2 of power a year, gas at 1 in 2025 and 2026 and at 3 in 2027 and 2028; periods of two years.

    A dam of 3 takes all the rain of the first two years, 2, and gives 2 a year in the next two: 2 x 2 x 1. One of 1.5
    takes 0.75 a year and lets 0.25 through: 2 x 1.75 x 1, and 1.5 / 2 + 1 a year later on: 2 x 0.25 x 3.
    """
    prices = {2025: 1.0, 2026: 1.0, 2027: 3.0, 2028: 3.0}
    parts = (WHOLE, *dam(), *rain(), existing("dam", size), *gas(prices), demand("power", 2))
    solution = solved(small_case(tmp_path, *parts, period=TWICE_TWO))
    assert solution.objective == pytest.approx(paid)
    assert values(solution, "season_level") == {("dam", "USA", "2027-2028", "1"): pytest.approx(min(size, 2))}


def test_where_no_store_stands_water_is_used_as_it_falls(tmp_path: Path) -> None:
    """The dam is in the USA; rain and load of 2 are in Taiwan, where half of the 1 falls in the dry season: 1 at 4."""
    parts = (WET_DRY, *dam(), existing("dam", 5), *rain("TWN"), *gas({2025: 4}, "TWN"), demand("power", 2, "TWN"))
    turbine: Tables = {"sites": [{"process": "turbine", "region": "TWN"}]}
    solution = solved(small_case(tmp_path, *parts, turbine, holds(opening=1), period=ONE))
    assert solution.objective == pytest.approx(4)
    assert rows_of(solution.problem, "sliced_commodity_balance") == 4, "power and water, in each season"


def test_a_dam_that_is_gone_holds_nothing(tmp_path: Path) -> None:
    """A dam of 5 stands until the end of 2026: the 3 that it has are of no use in 2027, when gas is dear."""
    prices = {2025: 1.0, 2026: 2.0, 2027: 9.0}
    old = existing("dam", 5, end=2027)
    parts = (WHOLE, *dam(), old, holds(opening=3), *gas(prices), demand("power", 2))
    assert solved(small_case(tmp_path, *parts, period=THREE)).objective == pytest.approx(1 + 0 + 18)


def test_a_dam_that_holds_more_than_it_can_is_told(tmp_path: Path) -> None:
    """3 of water in a dam of 1: 2 too much. An edit that leaves half of one serves 0.5 of the 6 of three years."""
    parts = (WHOLE, *dam(), existing("dam", 1), holds(opening=3), *gas({2025: 1.0}), demand("power", 2))
    case = small_case(tmp_path, *parts, period=THREE)
    with pytest.raises(Infeasible, match=r"level_carried_over \[dam, USA, 2025, 1\] lacks 2"):
        plan(case)
    assert plan(edit(case, "store_limits[item=opening] = 0.5")).run["objective"] == pytest.approx(5.5)


def test_weeks_and_days_are_those_of_osemosys(tmp_path: Path) -> None:
    results = plan(week_case(tmp_path))
    assert results.run["objective"] == pytest.approx(OPTIMUM, rel=1e-9)
    orders = results.frame("order").filter(pl.col("value") > 0).select("period", "value").rows()
    assert orders == [(str(year), pytest.approx(size, rel=1e-8)) for year, size in NEW.items()]
