"""Plans small enough to be solved on paper in which the year has slices: load, storage, reserve. GUSD throughout."""

from pathlib import Path

import pytest

from model.small_cases import (
    Tables,
    cost,
    curve,
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

ONE = [(2025, 2026, 1)]


def day_and_night(day: float) -> Tables:
    """A year of days of one type: a day slice of this weight, and the night."""
    weights = {"day": day, "night": 1 - day}
    return {
        "slices": [
            {"slice": name, "day_type": "any", "order": order, "weight": weight}
            for order, (name, weight) in enumerate(weights.items(), start=1)
        ]
    }


def by_day(name: str) -> Tables:
    """A process that runs by day only."""
    return {
        "availability": [{"process": name, "slice": "day", "value": 1}, {"process": name, "slice": "*", "value": 0}]
    }


def gas(price: float) -> Tables:
    """Power at a price in any slice, without limit."""
    return {
        **process("gas", {"power": 1}, clock="sliced"),
        "sites": [{"process": "gas", "region": "USA"}],
        **cost("gas", "variable", price),
    }


def test_a_yearly_process_cannot_pick_the_cheap_slice(tmp_path: Path) -> None:
    """8 compute, 1 of power each, spread over a day of a quarter of the year (2) and the night (6). The sun is free by
    day, gas costs 3: 6 x 3 = 18. Power is worth 0 by day and 3 at night, compute the mean by weight, 0.75 x 3."""
    case = small_case(
        tmp_path,
        goods("compute"),
        goods("power", clock="sliced"),
        day_and_night(0.25),
        plant("solar", {"power": 1}, clock="sliced"),
        by_day("solar"),
        existing("solar", 100),
        gas(3),
        process("cluster", {"compute": 1}, {"power": 1}),
        {"sites": [{"process": "cluster", "region": "USA"}]},
        demand("compute", 8),
        period=ONE,
    )
    solution = solved(case)
    assert solution.objective == pytest.approx(18)
    burnt = {labels[-1]: value for labels, value in values(solution, "sliced_activity").items() if labels[0] == "gas"}
    assert burnt == {"night": pytest.approx(6)}
    assert duals(solution, "sliced_commodity_balance", "slice") == {
        ("day",): pytest.approx(0),
        ("night",): pytest.approx(3),
    }
    assert duals(solution, "commodity_balance", "period") == {("2025",): pytest.approx(0.75 * 3)}


def test_demand_and_building_spread_over_the_slices_by_their_weights(tmp_path: Path) -> None:
    """A demand of 4 and 2 fabs of which each draws 3 of power when it is ordered: 10 over the year, 7.5 of them at
    night at 3: 22.5.
    """
    case = small_case(
        tmp_path,
        goods("compute"),
        goods("power", clock="sliced"),
        day_and_night(0.25),
        plant("solar", {"power": 1}, clock="sliced"),
        by_day("solar"),
        existing("solar", 100),
        gas(3),
        plant("fab", {"compute": 1}),
        {"recipes": [{"process": "fab", "flow": "build", "commodity": "power", "value": 3}]},
        site("fab"),
        cost("fab", "capex", 0),
        demand("compute", 2),
        demand("power", 4),
        period=ONE,
    )
    assert solved(case).objective == pytest.approx(22.5)


@pytest.mark.parametrize(
    ("hours", "loss", "battery", "charged"),
    [
        (12, 0.0, 2 / 0.9, 1 / 0.9),
        (8, 0.0, 3.0, 1 / 0.9),
        (8, 0.1, 3 / 0.9, 1 / 0.81),
    ],
)
def test_storage_carries_the_day_into_the_night(
    tmp_path: Path, hours: float, loss: float, battery: float, charged: float
) -> None:
    """Day and night of equal length, 2 of power wanted throughout: 1 by day, 1 at night, and sun by day only.

    1 a year at night is 1 / 365 on a day. With a tenth lost on charge, 1 / 0.9 is charged; with a tenth of the level
    lost from slice to slice 1 / 0.81, and the level of the day is 1 / 365 or 1 / (0.9 x 365). Power: what is charged
    in half of the year takes twice its amount, 2 / 0.9. Energy: hours / 8760 x capacity holds 24 / 8760 = 1 / 365, so
    24 / hours: 2 of 12 hours, 3 of 8 hours, 3 / 0.9 with the loss. The larger is built, at 7.
    """
    case = small_case(
        tmp_path,
        goods("compute"),
        goods("power", clock="sliced"),
        day_and_night(0.5),
        plant("solar", {"power": 1}, clock="sliced"),
        by_day("solar"),
        existing("solar", 10),
        plant("battery", {}, clock="sliced"),
        {"storage": [{"process": "battery", "commodity": "power", "hours": hours, "efficiency": 0.9, "loss": loss}]},
        site("battery"),
        cost("battery", "capex", 7),
        demand("power", 2),
        period=ONE,
    )
    solution = solved(case)
    assert values(solution, "order") == {("battery", "USA", "2025"): pytest.approx(battery)}
    assert solution.objective == pytest.approx(7 * battery)
    flows = values(solution, "sliced_activity")
    assert flows["battery", "charge", "USA", "2025", "day"] == pytest.approx(charged)
    assert flows["battery", "discharge", "USA", "2025", "night"] == pytest.approx(1)
    assert values(solution, "level") == {("battery", "USA", "2025", "day"): pytest.approx(1 / (1 - loss) / 365)}


def test_storage_does_not_carry_from_one_kind_of_day_to_another(tmp_path: Path) -> None:
    """Sun in summer, load in winter, and a battery that is large enough: each kind of day is a ring of its own, so
    winter is served by gas alone: 0.5 x 2 x 3."""
    slices = [{"slice": name, "day_type": name, "order": 1, "weight": 0.5} for name in ("summer", "winter")]
    case = small_case(
        tmp_path,
        goods("compute"),
        goods("power", clock="sliced"),
        {"slices": slices},
        plant("solar", {"power": 1}, clock="sliced"),
        {"availability": [{"process": "solar", "slice": "winter", "value": 0}]},
        existing("solar", 10),
        plant("battery", {}, clock="sliced"),
        {"storage": [{"process": "battery", "commodity": "power", "hours": 8760, "efficiency": 1}]},
        existing("battery", 10),
        gas(3),
        demand("power", 2),
        period=ONE,
    )
    assert solved(case).objective == pytest.approx(3)


def test_a_yearly_sum_binds_where_every_slice_is_free(tmp_path: Path) -> None:
    """A dam of 10 may yield 3 over the year, in any slice: it takes 3 of the night's 6, gas at 3 does the rest, 8 -
    3.
    """
    case = small_case(
        tmp_path,
        goods("compute"),
        goods("power", clock="sliced"),
        day_and_night(0.25),
        plant("dam", {"power": 1}, clock="sliced"),
        {"availability": [{"process": "dam", "value": 0.3}]},
        existing("dam", 10),
        gas(3),
        demand("power", 8),
        period=ONE,
    )
    solution = solved(case)
    assert solution.objective == pytest.approx(15)
    assert duals(solution, "yearly_sum_within_availability", "process") == {("dam",): pytest.approx(-3)}


def test_a_reserve_margin_is_built_for_the_load_and_a_fifth(tmp_path: Path) -> None:
    """4 of load that is the same all year, 5 of plant of which 90 % count: 1.2 x 4 - 4.5 = 0.3 more firm, so a third of
    a plant, at 6. One row a year."""
    case = small_case(
        tmp_path,
        goods("compute"),
        goods("power", clock="sliced"),
        day_and_night(0.25),
        plant("turbine", {"power": 1}, clock="sliced"),
        site("turbine"),
        cost("turbine", "capex", 6),
        existing("turbine", 5),
        _reserve(0.2, turbine=0.9),
        demand("power", 3),
        process("cluster", {"compute": 1}, {"power": 1}),
        {"sites": [{"process": "cluster", "region": "USA"}]},
        demand("compute", 1),
        period=ONE,
    )
    solution = solved(case)
    assert values(solution, "order") == {("turbine", "USA", "2025"): pytest.approx(1 / 3)}
    assert solution.objective == pytest.approx(2)
    assert (rows_of(solution.problem, "reserve_margin"), rows_of(solution.problem, "sliced_reserve_margin")) == (1, 0)


def test_a_reserve_margin_follows_users_on_both_clocks(tmp_path: Path) -> None:
    """A smelter works by day only, a quarter of the year: 1 of power a year is 4 in the day. A cluster draws 2 all
    year.

    By day 6 x 1.25 = 7.5 have to be firm, at night 2.5. 6 exist; the battery counts for half of its 1: 1 more is
    built, at 6. What the battery charges at night is no load.
    """
    case = small_case(
        tmp_path,
        goods("compute", "metal"),
        goods("power", clock="sliced"),
        day_and_night(0.25),
        plant("turbine", {"power": 1}, clock="sliced"),
        site("turbine"),
        cost("turbine", "capex", 6),
        existing("turbine", 6),
        plant("smelter", {"metal": 1}, {"power": 1}, clock="sliced"),
        by_day("smelter"),
        existing("smelter", 100),
        process("cluster", {"compute": 1}, {"power": 1}),
        {"sites": [{"process": "cluster", "region": "USA"}]},
        plant("battery", {}, clock="sliced"),
        {"storage": [{"process": "battery", "commodity": "power", "hours": 4, "efficiency": 0.9}]},
        existing("battery", 1),
        _reserve(0.25, turbine=1, battery=0.5),
        demand("metal", 1),
        demand("compute", 2),
        period=ONE,
    )
    solution = solved(case)
    assert values(solution, "order") == {("turbine", "USA", "2025"): pytest.approx(1)}
    assert solution.objective == pytest.approx(6)
    assert rows_of(solution.problem, "sliced_reserve_margin") == 2


def test_what_is_not_served_needs_no_reserve(tmp_path: Path) -> None:
    """6 wanted at 1 each, 5 of plant, a margin of a quarter: 4 are served and need all 5; more plant would cost 10."""
    case = small_case(
        tmp_path,
        goods("compute"),
        goods("power", clock="sliced"),
        day_and_night(0.25),
        plant("turbine", {"power": 1}, clock="sliced"),
        site("turbine"),
        cost("turbine", "capex", 10),
        existing("turbine", 5),
        _reserve(0.25, turbine=1),
        demand("power", 6),
        curve("power", [(1, 1)]),
        period=ONE,
    )
    solution = solved(case)
    assert values(solution, "shortage") == {("power", "USA", "all", "2025", "1"): pytest.approx(2)}
    assert solution.objective == pytest.approx(2)


def test_power_is_sent_slice_by_slice(tmp_path: Path) -> None:
    """Sun in the USA by day, load in Taiwan throughout, a line of 4 that loses a tenth. In a quarter of the year it
    carries 1 and delivers 0.9 of the 2 wanted by day; gas in Taiwan costs 3: 1.1 + 6 by day and at night, freight
    1 for what is sent. 7.1 x 3 + 1 = 22.3.
    """
    case = small_case(
        tmp_path,
        goods("compute"),
        goods("power", clock="sliced"),
        day_and_night(0.25),
        plant("solar", {"power": 1}, clock="sliced"),
        by_day("solar"),
        existing("solar", 100),
        {**gas(3), "sites": [{"process": "gas", "region": "TWN"}]},
        {
            "routes": [
                {"commodity": "power", "origin": "USA", "destination": "TWN", "loss": 0.1, "cost": 1, "capacity": 4}
            ]
        },
        demand("power", 8, "TWN"),
        period=ONE,
    )
    solution = solved(case)
    assert values(solution, "sliced_ship") == {("power", "USA", "TWN", "2025", "day"): pytest.approx(1)}
    assert solution.objective == pytest.approx(22.3)


def _reserve(margin: float, **firm: float) -> Tables:
    shares = [{"item": "firm_share", "process": name, "value": value} for name, value in firm.items()]
    return {"reserve": [{"item": "margin", "commodity": "power", "value": margin}, *shares]}
