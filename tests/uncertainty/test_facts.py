"""Facts: which rows move as one, what a draw makes of their cells, and what it must not tear apart."""

from functools import cache
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.small_cases import cost, demand, existing, goods, limit, plant, recipe, small_case
from teraplan.case.case import Case
from teraplan.plan import read_case
from teraplan.uncertainty.samples.facts import drawn, drawn_case, facts_of, not_drawn

RANGE = {"low": 5.0, "high": 20.0}


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A demand by year, of which the first row is known, one row for every region's price, a lead time, a build."""
    maker = plant("maker", {"compute": 1.0})
    return small_case(
        tmp_path_factory.mktemp("series"),
        goods("compute", "chip"),
        {**maker, "recipes": [*maker["recipes"], recipe("maker", "build", "chip", 1.0, offset_month=6)]},
        plant("fab", {"chip": 1.0}),
        {"capacity": existing("fab", 100.0)["capacity"] + existing("fab", 100.0, "TWN")["capacity"]},
        {
            "sites": [{"process": "maker", "region": "USA"}, {"process": "maker", "region": "TWN"}],
            "lead_times": [{"process": "maker", "value": 12.0, "low": 6.0, "high": 24.0}],
        },
        cost("maker", "capex", 2.0, low=1.0, high=3.0),
        {
            "demand": [
                {"commodity": "compute", "region": "USA", "item": "quantity", "year": 2025, "value": 10.0},
                {"commodity": "compute", "region": "USA", "item": "quantity", "year": 2029, "value": 10.0, **RANGE},
                {"commodity": "compute", "region": "TWN", "item": "quantity", "value": 1.0},
                {"commodity": "compute", "item": "anchor_price", "value": 3.0, "unit": "GUSD", "low": 2.0, "high": 4.0},
                {"commodity": "compute", "item": "step_width", "step": 1, "value": 1.0},
                {"commodity": "compute", "item": "step_price", "step": 1, "value": 2.0, "unit": "1"},
            ]
        },
        period=[(2025, 2030, 1)],
    )


def test_the_rows_of_a_series_by_year_are_one_fact_and_each_other_row_is_its_own(series: Case) -> None:
    facts = facts_of(series.tables)
    assert facts.select("table", "what", "value").rows() == [
        ("costs", "maker * * capex", 2.0),
        ("lead_times", "maker *", 12.0),
        ("demand", "compute USA all quantity", 10.0),
        ("demand", "compute * all anchor_price", 3.0),
    ]
    assert facts["lines"].to_list() == [[2], [2], [2, 3], [5]]
    assert facts["fact"].to_list() == ["costs 2", "lead_times 2", "demand 2", "demand 5"]


def test_between_a_number_without_a_range_and_one_with_the_range_opens(series: Case) -> None:
    """At the 95th percentile the demand of 2029 is 20 and that of 2027 half as far above its value."""
    tables = drawn(series.tables, {"demand": {2: 0.95, 3: 0.95}})
    mine = tables.frames["demand_quantity"].filter(pl.col("region") == "USA").sort("year")
    assert mine["value"].to_list() == pytest.approx([10.0, 12.5, 15.0, 17.5, 20.0])


def test_all_cells_of_a_row_take_one_quantile(series: Case) -> None:
    tables = drawn(series.tables, {"costs": {2: 0.05}})
    assert tables.frames["costs"]["value"].unique().to_list() == [1.0]
    assert series.tables.frames["costs"]["value"].unique().to_list() == [2.0]


def test_prices_that_are_multiples_of_an_anchor_move_with_it(series: Case) -> None:
    tables = drawn(series.tables, {"demand": {5: 0.95}})
    assert tables.frames["demand_anchor"]["value"].unique().to_list() == [4.0]
    assert tables.frames["demand_steps"]["price"].unique().to_list() == pytest.approx([8.0])


def test_what_is_built_in_keeps_its_place_in_a_lead_time(series: Case) -> None:
    """Chips are needed 6 of 12 months before the start; in a lead time of 24 months they are needed 12 before it."""
    tables = drawn(series.tables, {"lead_times": {2: 0.95}})
    build = tables.frames["recipes"].filter(pl.col("flow") == "build")
    assert build["offset_month"].unique().to_list() == [12.0]
    other = tables.frames["recipes"].filter(pl.col("flow") != "build")
    assert other["offset_month"].unique().to_list() == [0.0]


def test_a_draw_of_nothing_is_the_case_itself(series: Case) -> None:
    assert drawn_case(series, {}) is series


@cache
def starter() -> Case:
    return read_case("starter")


@settings(max_examples=20, deadline=None)
@given(st.floats(0.0, 1.0))
def test_no_draw_leaves_the_range_that_its_place_allows(quantile: float) -> None:
    """A share stays between 0 and 1, and a number whose low is above 0 above a tenth of it."""
    case = starter()
    facts = facts_of(case.tables)
    lines: dict[str, dict[int, float]] = {}
    for table, own in facts.select("table", "lines").iter_rows():
        lines.setdefault(table, {}).update(dict.fromkeys(own, quantile))
    tables = drawn(case.tables, lines)
    for name in ("recipes", "costs", "limits", "capacity", "lead_times"):
        moved = tables.frames[name].filter(pl.col("low") < pl.col("high"))
        assert (moved["value"] >= 0.1 * moved["low"]).all()
    assert tables.frames["shares"]["value"].is_between(0.0, 1.0).all()


def test_a_ceiling_gives_way_to_capacity_that_is_already_decided(tmp_path: Path) -> None:
    """Nine stand under a ceiling of ten; a draw in which twelve stand is no contradiction."""
    case = small_case(
        tmp_path / "case",
        goods("compute"),
        plant("maker", {"compute": 1.0}),
        existing("maker", 9.0, low=6.0, high=12.0),
        limit("capacity_max", "maker", 10.0),
        demand("compute", 5.0),
        period=[(2025, 2026, 1)],
    )
    for quantile, ceiling in ((0.05, 10.0), (0.95, 12.0)):
        assert drawn_case(case, {"capacity": {2: quantile}}).limits["value"].to_list() == [ceiling]


def test_rows_that_no_draw_moves_are_told_with_the_reason() -> None:
    case = read_case("starter")
    left = not_drawn(case.tables, facts_of(case.tables))
    assert dict(left.group_by("table").len().sort("table").iter_rows()) == {"calibration": 2, "profiles": 6}
    assert left.filter(pl.col("table") == "calibration")["why"].unique().to_list() == ["no plan reads it"]
    assert "would not add up" in left.filter(pl.col("table") == "profiles")["why"][0]
