"""Load shapes, limits over all years, cover of output, depreciation and hurdle rates, with their arithmetic."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from model.small_cases import (
    Row,
    Tables,
    cost,
    curve,
    demand,
    duals,
    existing,
    goods,
    limit,
    plant,
    process,
    site,
    small_case,
    solved,
    values,
)
from teraplan.case.calendar import share_worn
from teraplan.case.edit import apply_edits, parse_set
from teraplan.errors import CaseError
from teraplan.plan import edit, plan

YEAR = [(2025, 2026, 1)]
TWO_YEARS = [(2025, 2027, 1)]
LONG = [(2025, 2026, 1), (2026, 2028, 2)]
DAY = {
    "slices": [
        {"slice": "day", "day_type": "any", "order": 1, "weight": 0.5},
        {"slice": "night", "day_type": "any", "order": 2, "weight": 0.5},
    ]
}
POWER = (goods("power", clock="sliced"), DAY, plant("turbine", {"power": 1}, clock="sliced"), site("turbine"))


def shape(day: float, **columns: object) -> Tables:
    rows: list[Row] = [
        {"commodity": "power", "slice": part, "value": share, **columns}
        for part, share in (("day", day), ("night", 1 - day))
    ]
    return {"load_shapes": rows}


def test_a_load_shape_says_how_much_of_a_demand_falls_in_a_slice(tmp_path: Path) -> None:
    """0.8 of 10 in half a year is a capacity of 16, at 2 each; by the weights it would be 10."""
    case = small_case(tmp_path, *POWER, cost("turbine", "capex", 2), demand("power", 10), shape(0.8), period=YEAR)
    assert solved(case).objective == pytest.approx(32)
    flat = edit(case, "load_shapes[slice=*] = 0.5")
    assert solved(flat).objective == pytest.approx(20)


def test_a_shape_may_change_from_year_to_year(tmp_path: Path) -> None:
    """0.6 and 0.9: a capacity of 12, and 18 in the second year, not earlier than needed: money costs 10 % a year."""
    shapes = {"load_shapes": shape(0.6, year=2025)["load_shapes"] + shape(0.9, year=2026)["load_shapes"]}
    parts = (*POWER, cost("turbine", "capex", 1), demand("power", 10), shapes)
    solution = solved(small_case(tmp_path, *parts, period=TWO_YEARS, discount_rate=0.1))
    assert values(solution, "order") == pytest.approx({("turbine", "USA", "2025"): 12, ("turbine", "USA", "2026"): 6})


def test_what_is_missed_has_the_shape_of_its_demand(tmp_path: Path) -> None:
    """A capacity of 8 gives 4 in a slice: with 0.8 of the demand by day 5 of 10 are served, 4 by day and 1 by night."""
    parts = (*POWER[:3], existing("turbine", 8), demand("power", 10), curve("power", [(1.0, 3)]), shape(0.8))
    results = plan(small_case(tmp_path, *parts, period=YEAR))
    assert results.frame("shortage")["value"].sum() == pytest.approx(5)
    made = dict(results.frame("sliced_activity").select("slice", "value").iter_rows())
    assert made["day"] == pytest.approx(4) and made["night"] >= 1 - 1e-9


def test_a_reserve_margin_is_on_the_load_of_each_slice(tmp_path: Path) -> None:
    """The load by day is 8 in half a year: 16; with a margin of a quarter 20 must be firm."""
    reserve = {
        "reserve": [
            {"item": "margin", "commodity": "power", "region": "USA", "value": 0.25},
            {"item": "firm_share", "process": "turbine", "value": 1.0},
        ]
    }
    parts = (*POWER, cost("turbine", "capex", 1), demand("power", 10), shape(0.8), reserve)
    assert plan(small_case(tmp_path, *parts, period=YEAR)).run["objective"] == pytest.approx(20)


def test_shapes_sum_to_one_and_are_of_slices(tmp_path: Path) -> None:
    parts = (*POWER, cost("turbine", "capex", 1), demand("power", 10), shape(0.8))
    case = small_case(tmp_path / "whole", *parts, period=YEAR)
    with pytest.raises(CaseError, match=r"shares of power in USA sum to 1\.1 in 2025"):
        apply_edits(case.tables, [parse_set("load_shapes[slice=day] = 0.9")])
    yearly = (goods("power"), DAY, plant("turbine", {"power": 1}), site("turbine"), cost("turbine", "capex", 1))
    with pytest.raises(CaseError, match="'power' is balanced by the year: its demand has no slices"):
        small_case(tmp_path / "flat", *yearly, demand("power", 10), shape(0.8), period=YEAR)


def mines(*limits: Tables) -> tuple[Tables, ...]:
    """Ore from a mine at 1, or bought at 5; 4 are asked for a year."""
    return (
        goods("ore"),
        goods("dust", kind="emission"),
        process("mine", {"ore": 1, "dust": 2}),
        process("shop", {"ore": 1, "dust": -1}),
        {"sites": [{"process": name, "region": "USA"} for name in ("mine", "shop")]},
        cost("mine", "variable", 1),
        cost("shop", "variable", 5),
        demand("ore", 4),
        *limits,
    )


def test_what_runs_in_all_years_stays_within_a_total(tmp_path: Path) -> None:
    """Of 4 + 2 x 4 = 12 the deposit gives 7, the shop 5: 7 + 25. One more unit of it saves 4."""
    case = small_case(tmp_path, *mines(limit("activity_cumulative_max", "mine", 7, year=2027)), period=LONG)
    solution = solved(case)
    assert solution.objective == pytest.approx(32)
    assert duals(solution, "cumulative_activity_at_most", "period") == pytest.approx({("2026-2027",): -4})


def test_what_runs_in_all_years_reaches_a_total(tmp_path: Path) -> None:
    """The shop sells 3 at least in 2025 and 6 until the end of 2027: 12 + 4 x 6."""
    rows = [
        {"limit": "contract", "kind": "activity_cumulative_min", "group": "shop", "year": year, "value": value}
        for year, value in ((2025, 3), (2026, 6), (2027, 6))
    ]
    solution = solved(small_case(tmp_path, *mines({"limits": rows}), period=LONG))
    assert solution.objective == pytest.approx(36)
    assert values(solution, "activity")["shop", "main", "USA", "2025"] >= 3 - 1e-9


def test_emissions_of_all_years_stay_within_a_budget_and_can_be_taken_back(tmp_path: Path) -> None:
    """Mine m and shop s make 12, 2 m - s = 15 of dust may be left: m = 9, s = 3: 9 + 15."""
    case = small_case(tmp_path, *mines(limit("emission_cumulative_max", "dust", 15, year=2027)), period=LONG)
    assert plan(case).run["objective"] == pytest.approx(24)


def test_a_good_is_not_put_out_below_zero(tmp_path: Path) -> None:
    case = small_case(tmp_path, *mines(), period=YEAR)
    with pytest.raises(CaseError, match="'mine' puts out -1 of 'ore'"):
        apply_edits(case.tables, [parse_set("recipes[process=mine,commodity=ore] = -1")])


def test_firm_capacity_covers_output_whatever_it_puts_out(tmp_path: Path) -> None:
    """Heat of 10, all of it by day: 20 at a time; x 1.5 = 30. The boiler has 20 x 0.6 = 12, the dear turbine the rest.

    The turbine makes no heat; at a rate of 2 and a firm share of 0.9 a unit of it counts for 1.8: 18 / 1.8 = 10.
    """
    parts = (
        goods("heat", "power", clock="sliced"),
        DAY,
        plant("boiler", {"heat": 1}, clock="sliced"),
        plant("turbine", {"power": 1}, clock="sliced", rate=2),
        {"availability": [{"process": "boiler", "slice": "night", "value": 0}]},
        site("boiler"),
        site("turbine"),
        cost("boiler", "capex", 1),
        cost("turbine", "capex", 3),
        limit("capacity_max", "boiler", 20),
        demand("heat", 10),
        {"load_shapes": [{"commodity": "heat", "slice": "day", "value": 1.0}]},
        {
            "reserve": [
                {"item": "cover", "commodity": "heat", "region": "USA", "value": 1.5},
                {"item": "firm_share", "process": "boiler", "value": 0.6},
                {"item": "firm_share", "process": "turbine", "value": 0.9},
            ]
        },
    )
    results = plan(small_case(tmp_path, *parts, period=YEAR))
    assert results.run["objective"] == pytest.approx(20 + 3 * 10)


def test_a_sinking_fund_leaves_more_than_a_straight_line(tmp_path: Path) -> None:
    """100 at the start of 2025, life 4, two years at 10 %: the fund has put aside (1.1^2 - 1) / (1.1^4 - 1) of it."""
    parts = (
        goods("ore"),
        plant("mine", {"ore": 1}, life=4),
        site("mine"),
        cost("mine", "capex", 100),
        demand("ore", 1),
    )
    money = {"horizon_end": "salvage", "discount_rate": 0.1, "timing": {"capex": "start"}}
    worn = {"straight_line": 0.5, "sinking_fund": (1.1**2 - 1) / (1.1**4 - 1)}
    for way, share in worn.items():
        case = small_case(tmp_path / way, *parts, period=TWO_YEARS, depreciation=way, **money)
        assert solved(case).objective == pytest.approx(100 * (1 - (1 - share) * 1.1**-2))


@pytest.mark.parametrize("rate", [0.0, 0.07])
def test_what_is_worn_of_an_order_spread_over_time_is_the_mean_over_its_dates(rate: float) -> None:
    """Orders of 2020 to 2030, half a year under way, life 6, at 2028: some not begun, some worn out."""
    dates = np.linspace(2020, 2030, 200_001)
    one = np.ones(1)
    each = share_worn((dates, dates), 2028.0, 0.5 * np.ones_like(dates), 6.0 * np.ones_like(dates), rate)
    spread = share_worn((2020.0 * one, 2030.0 * one), 2028.0, 0.5 * one, 6.0 * one, rate)
    assert spread[0] == pytest.approx(each.mean(), rel=1e-5)
    assert each[0] == 1.0 and each[-1] == 0.0


@pytest.mark.parametrize("horizon_end", ["annuity", "salvage", "none"])
def test_a_hurdle_rate_raises_the_charge_by_what_its_owner_asks_for(tmp_path: Path, horizon_end: str) -> None:
    """Life 3, one order: times sum of 1.1^-age over sum of 1.2^-age, ages 0, 1, 2; what is paid stays the same."""
    parts = (goods("ore"), site("mine"), cost("mine", "capex", 60), demand("ore", 1))
    money = {"horizon_end": horizon_end, "discount_rate": 0.1}
    plain = small_case(tmp_path / "plain", *parts, plant("mine", {"ore": 1}, life=3), period=TWO_YEARS, **money)
    owned = plant("mine", {"ore": 1}, life=3, hurdle_rate=0.2)
    asked = small_case(tmp_path / "asked", *parts, owned, period=TWO_YEARS, **money)
    premium = (1 + 1 / 1.1 + 1 / 1.21) / (1 + 1 / 1.2 + 1 / 1.44)
    without, results = plan(plain), plan(asked)
    assert results.run["objective"] == pytest.approx(float(str(without.run["objective"])) * premium)
    assert results.ledger["paid"].sum() == pytest.approx(without.ledger["paid"].sum())


def test_the_same_rate_as_that_of_the_plan_changes_nothing(tmp_path: Path) -> None:
    parts = (goods("ore"), site("mine"), cost("mine", "capex", 60), demand("ore", 1))
    same = small_case(tmp_path, *parts, plant("mine", {"ore": 1}, hurdle_rate=0.1), period=TWO_YEARS, discount_rate=0.1)
    payments = same.payments.filter(pl.col("charged") != 0)
    assert payments["charged"].to_list() == pytest.approx((payments["charged"] + payments["beyond"]).to_list())
