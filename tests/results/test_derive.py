"""What is read off a plan, held against arithmetic that fits in a docstring."""

from pathlib import Path

import polars as pl
import pytest

from results.tiny_case import Rows, costs_without, tiny_case
from teraplan.case.case import Case
from teraplan.plan import plan, read_case
from teraplan.results.derive import (
    capacity_of,
    cost_of_compute,
    cumulative,
    made_of_stage,
    money,
    money_per_gigawatt,
    output,
    served,
    used,
    utilisation,
)
from teraplan.results.results import Results
from teraplan.results.unit_cost import unit_costs

CAPITAL_ALONE = [
    *costs_without(("cluster", "capex"), ("chip_plant", "variable")),
    {"process": "cluster", "item": "capex", "value": 8, "unit": "GUSD/Mchip"},
]
"""A cluster costs 8 as capital; its chip is free."""
YEARS = ["2025", "2026", "2027", "2028"]
FULL_COST = 0.5 * 2 + 0.4 + 8 / (1 + 1 / 1.1)
"""Power, fixed cost, and 8 GUSD spread over two years of service at 10 %: 5.590 GUSD for a MH100e in use for a year."""


def prices_of(results: Results, commodity: str) -> list[float]:
    return results.prices.filter(pl.col("commodity") == commodity).sort("period")["price"].to_list()


def prices_of_place(results: Results, commodity: str, place: str) -> list[float]:
    mine = results.prices.filter((pl.col("commodity") == commodity) & (pl.col("place") == place))
    return mine.sort("period")["price"].to_list()


def planned(folder: Path, settings: str = "", **tables: Rows) -> tuple[Case, Results]:
    case = tiny_case(folder, settings, **tables)
    return case, plan(case)


# --- prices and the cost of compute -----------------------------------------------------------------------------------


def test_the_price_of_compute_is_its_full_cost_where_clusters_are_bought_freely(tmp_path: Path) -> None:
    """Demand 10, 15, 20, 25 and a life of two years: 10, 5, 15, 10 Mchip are ordered, some in every year, so the price
    of each year pays for itself: power 0.5 x 2 + fixed 0.4 + 8 / (1 + 1/1.1) = 5.590476."""
    case, results = planned(tmp_path, only_costs=CAPITAL_ALONE)
    assert results.frame("order").filter(pl.col("value") > 0)["value"].to_list() == pytest.approx([10, 5, 15, 10])
    assert prices_of(results, "compute") == pytest.approx([5.590476] * 4, abs=1e-6)
    assert prices_of(results, "power") == pytest.approx([2.0] * 4)
    cost = cost_of_compute(results, case).filter(pl.col("region") == "A")
    assert cost["value"].to_list() == pytest.approx(prices_of(results, "compute"))
    assert cost["made"].to_list() == pytest.approx([10, 15, 20, 25])


def test_the_price_is_the_full_cost_where_clusters_are_paid_a_year_before_they_run(tmp_path: Path) -> None:
    """A year from order to service: 8 GUSD cost 8.8 at the start. What exists serves 2025 and is not in the cost."""
    case, results = planned(
        tmp_path,
        only_costs=CAPITAL_ALONE,
        lead_times=[{"process": "cluster", "value": 12, "unit": "month"}],
        capacity=[
            {"process": "cluster", "region": "A", "start": 2024, "end": 2026, "value": 10, "unit": "Mchip"},
        ],
    )
    cost = cost_of_compute(results, case).filter(pl.col("region") == "A")
    assert cost["period"].to_list() == YEARS[1:]
    assert cost["value"].to_list() == pytest.approx([1.4 + 8.8 / (1 + 1 / 1.1)] * 3)
    assert prices_of(results, "compute")[1:] == pytest.approx(cost["value"].to_list())


def test_what_is_built_in_is_charged_at_its_cost_over_the_whole_life(tmp_path: Path) -> None:
    """Capex 3 and a chip of 5 cost as much as a capex of 8, also in the last year, whose clusters outlive the plan."""
    case, results = planned(tmp_path)
    assert prices_of(results, "chip") == pytest.approx([5.0] * 4)
    cost = cost_of_compute(results, case).filter(pl.col("region") == "A")
    assert cost["value"].to_list() == pytest.approx([FULL_COST] * 4)


def test_the_cost_of_an_hour_is_that_of_a_year_over_8766(tmp_path: Path) -> None:
    """1 GUSD / (MH100e year) = 1000 USD / (8766 H100e hours)."""
    case, results = planned(tmp_path)
    cost = cost_of_compute(results, case)
    assert cost["usd_per_hour"].to_list() == pytest.approx((cost["value"] * 1000 / 8766).to_list())


def test_the_cost_of_the_world_is_the_mean_by_what_regions_make(tmp_path: Path) -> None:
    """A makes 10 at 5.590; B, where power costs 6 instead of 2, makes 5 at 7.590: (10 x 5.590 + 5 x 7.590) / 15."""
    case, results = planned(
        tmp_path,
        costs=[{"process": "utility", "region": "B", "item": "variable", "value": 6, "unit": "GUSD/(GW*year)"}],
        demand=[{"commodity": "compute", "region": "B", "item": "quantity", "value": 5, "unit": "MH100e"}],
    )
    cost = cost_of_compute(results, case).filter(pl.col("period") == "2025")
    values = dict(cost.select("region", "value").iter_rows())
    assert values["B"] == pytest.approx(FULL_COST + 0.5 * 4)
    assert values["WLD"] == pytest.approx((10 * FULL_COST + 5 * (FULL_COST + 2)) / 15)


def test_capacity_that_was_there_is_not_in_the_cost_of_what_is_ordered(tmp_path: Path) -> None:
    """Of 10 Mchip in 2025, 4 existed: 6 MH100e are made by what the plan ordered, at 5.590 each."""
    case, results = planned(
        tmp_path,
        capacity=[{"process": "cluster", "region": "A", "start": 2024, "end": 2035, "value": 4, "unit": "Mchip"}],
    )
    [first] = cost_of_compute(results, case).filter((pl.col("period") == "2025") & (pl.col("region") == "A")).to_dicts()
    assert first["made"] == pytest.approx(6)
    assert first["value"] == pytest.approx(FULL_COST)


def test_a_longer_period_has_the_same_price(tmp_path: Path) -> None:
    """Two periods of two years and a life of two: an order serves its period. Power and fixed cost are the same; the
    capital of 8 is paid in the first of two years, so it is 8 / (1 + 1/1.1) a year."""
    block = "\n[[period]]\nstart = 2025\nend = 2029\nstep = 2"
    tiny_case(tmp_path, only_costs=CAPITAL_ALONE)
    text = (tmp_path / "case.toml").read_text()
    (tmp_path / "case.toml").write_text(text[: text.index("[[period]]")] + block)
    case = read_case(tmp_path)
    results = plan(case)
    assert prices_of(results, "compute") == pytest.approx([FULL_COST] * 2)
    cost = cost_of_compute(results, case).filter(pl.col("region") == "A")
    assert cost["value"].to_list() == pytest.approx([FULL_COST] * 2)


def test_a_cost_needs_no_prices(tmp_path: Path) -> None:
    """The largest amount without a budget: nothing has a price in money, and compute costs what it takes."""
    step = {"commodity": "compute", "region": "A", "step": 1}
    steps: Rows = [
        {**step, "item": "step_width", "value": 1, "unit": "1"},
        {**step, "item": "step_price", "value": 9, "unit": "GUSD/(MH100e*year)"},
    ]
    limits = [
        {"limit": "most", "kind": "order_max", "group": "cluster", "year": 2020, "value": 3, "unit": "Mchip/year"}
    ]
    case, results = planned(tmp_path, 'objective = "most_compute"', demand=steps, limits=limits)
    assert set(results.prices["unit"].str.slice(0, 6)) == {"target"}
    cost = cost_of_compute(results, case).filter(pl.col("region") == "A")
    assert cost["value"].to_list() == pytest.approx([FULL_COST] * 4)


def test_a_mark_up_is_no_cost_but_a_transfer(tmp_path: Path) -> None:
    """7 GUSD of margin on each chip, spread like the chip over two years: 7 / (1 + 1/1.1) more, apart from the cost."""
    margin = {"process": "chip_plant", "item": "margin", "value": 7, "unit": "GUSD/Mchip"}
    case, results = planned(tmp_path, 'view = "buyer"', costs=[margin])
    cost = cost_of_compute(results, case).filter(pl.col("region") == "A")
    assert cost["value"].to_list() == pytest.approx([FULL_COST] * 4)
    assert cost["transfers"].to_list() == pytest.approx([7 / (1 + 1 / 1.1)] * 4)


def test_a_scarce_good_costs_what_it_takes_to_make_it(tmp_path: Path) -> None:
    """Chips are limited to 5 a year and worth far more than the 5 GUSD that one takes: the rent is no cost."""
    step = {"commodity": "compute", "region": "A", "step": 1}
    limit = {"limit": "most", "kind": "activity_max", "group": "chip_plant", "year": 2020, "unit": "Mchip/year"}
    case, results = planned(
        tmp_path,
        limits=[{**limit, "value": 5}],
        demand=[
            {**step, "item": "step_width", "value": 1, "unit": "1"},
            {**step, "item": "step_price", "value": 30, "unit": "GUSD/(MH100e*year)"},
        ],
    )
    assert min(prices_of(results, "chip")) > 20
    cost = cost_of_compute(results, case).filter(pl.col("region") == "A")
    assert cost["value"].to_list() == pytest.approx([FULL_COST] * 4)


def test_what_is_sent_costs_more_where_it_arrives(tmp_path: Path) -> None:
    """B has no utility and gets its power from A at 2 + 0.3 for each unit sent, of which 0.8 arrive: 2.875 a unit."""
    case, results = planned(
        tmp_path,
        only_sites=[
            {"process": process, "region": region}
            for process, region in (("utility", "A"), ("chip_plant", "A"), ("cluster", "A"), ("cluster", "B"))
        ],
        routes=[{"commodity": "power", "origin": "A", "destination": "B", "cost": 0.3, "loss": 0.2}],
        demand=[{"commodity": "compute", "region": "B", "item": "quantity", "value": 8, "unit": "MH100e"}],
    )
    unit = unit_costs(case, results.frames).filter((pl.col("commodity") == "power") & (pl.col("period") == "2026"))
    assert dict(unit.select("place", "real").iter_rows()) == pytest.approx({"A": 2.0, "B": 2.875})
    cost = cost_of_compute(results, case).filter((pl.col("region") == "B") & (pl.col("period") == "2026"))
    assert cost["value"].to_list() == pytest.approx([FULL_COST + 0.5 * 0.875])
    assert prices_of_place(results, "power", "B") == pytest.approx([2.875] * 4)


def test_a_gigawatt_costs_its_shell_and_the_clusters_it_holds(tmp_path: Path) -> None:
    """A cluster of 1 Mchip takes 0.8 GW of space and costs 3 + a chip of 5: 8 / 0.8 = 10 GUSD/GW. A shell costs 12."""
    case, results = planned(
        tmp_path,
        commodities=[{"commodity": "space", "unit": "GW*year", "kind": "good", "stage": "sites"}],
        processes=[
            {"process": "shell", "stage": "sites", "capacity_unit": "GW", "activity_unit": "GW*year", "life": 20}
        ],
        sites=[{"process": "shell", "region": "A"}],
        recipes=[
            {"process": "shell", "flow": "out", "commodity": "space", "value": 1, "unit": "1"},
            {"process": "cluster", "flow": "in", "commodity": "space", "value": 0.8, "unit": "GW/Mchip"},
        ],
        costs=[{"process": "shell", "item": "capex", "value": 12, "unit": "GUSD/GW"}],
    )
    found = money_per_gigawatt(results, case).filter((pl.col("region") == "WLD") & (pl.col("period") == "2026"))
    values = {
        stage: (ordered, value) for stage, ordered, value in found.select("stage", "ordered", "value").iter_rows()
    }
    assert values["clusters"] == pytest.approx((0.8 * 5, 10.0))
    assert values["sites"] == pytest.approx((0.8 * 5, 12.0))


# --- quantities -------------------------------------------------------------------------------------------------------


def test_quantities_are_those_of_the_plan(tmp_path: Path) -> None:
    """10, 15, 20, 25 MH100e take half as many GW; 10, 5, 15, 10 chips are made and built in."""
    _, results = planned(tmp_path)
    assert served(results, "compute")["value"].to_list() == pytest.approx([10, 15, 20, 25])
    assert served(results, "compute", "B").height == 0
    assert output(results, "compute", by=("region",))["value"].to_list() == pytest.approx([10, 15, 20, 25])
    assert used(results, "power")["value"].to_list() == pytest.approx([5, 7.5, 10, 12.5])
    assert used(results, "chip")["value"].to_list() == pytest.approx([10, 5, 15, 10])
    assert made_of_stage(results, "accelerators")["value"].to_list() == pytest.approx([10, 5, 15, 10])
    assert capacity_of(results, "clus*")["value"].to_list() == pytest.approx([10, 15, 20, 25])
    assert served(results, "compute")["unit"].unique().to_list() == ["MH100e*year"]


def test_only_shown_periods_are_told(tmp_path: Path) -> None:
    _, results = planned(tmp_path, "shown_until = 2026")
    assert served(results, "compute")["period"].to_list() == YEARS[:2]


def test_what_has_accumulated_is_flow_times_years(tmp_path: Path) -> None:
    _, results = planned(tmp_path)
    sum_so_far = cumulative(used(results, "chip"), results.frame("periods"))
    assert sum_so_far["value"].to_list() == pytest.approx([10, 15, 30, 40])


def test_utilisation_is_activity_over_what_the_capacity_could_do(tmp_path: Path) -> None:
    """20 Mchip exist and 10, 15, 20 are needed: 0.5, 0.75, 1 of it runs; in 2028 5 more are ordered and all runs."""
    _, results = planned(
        tmp_path,
        capacity=[{"process": "cluster", "region": "A", "start": 2024, "end": 2035, "value": 20, "unit": "Mchip"}],
    )
    assert utilisation(results).sort("period")["value"].to_list() == pytest.approx([0.5, 0.75, 1.0, 1.0])


def test_utilisation_is_of_what_is_available(tmp_path: Path) -> None:
    """20 Mchip of which 0.8 can run: 10, 15 of 16, then all 16 and more that is ordered."""
    _, results = planned(
        tmp_path,
        capacity=[{"process": "cluster", "region": "A", "start": 2024, "end": 2035, "value": 20, "unit": "Mchip"}],
        availability=[{"process": "cluster", "value": 0.8, "unit": "1"}],
    )
    assert utilisation(results).sort("period")["value"].to_list() == pytest.approx([10 / 16, 15 / 16, 1.0, 1.0])


def test_utilisation_counts_the_rate(tmp_path: Path) -> None:
    """A press of 1 kwafer/month makes 12 kwafer a year; 6 a year are half of it."""
    _, results = planned(
        tmp_path,
        commodities=[{"commodity": "wafer", "unit": "kwafer", "kind": "good", "stage": "wafers"}],
        processes=[
            {
                "process": "fab",
                "stage": "wafers",
                "capacity_unit": "kwafer/month",
                "activity_unit": "kwafer",
                "rate": 12,
                "life": 20,
            }
        ],
        recipes=[{"process": "fab", "flow": "out", "commodity": "wafer", "value": 1, "unit": "1"}],
        capacity=[{"process": "fab", "region": "A", "start": 2020, "value": 1, "unit": "kwafer/month"}],
        demand=[{"commodity": "wafer", "region": "A", "item": "quantity", "value": 6, "unit": "kwafer/year"}],
    )
    assert utilisation(results).filter(pl.col("process") == "fab")["value"].to_list() == pytest.approx([0.5] * 4)


def test_money_is_price_times_amount(tmp_path: Path) -> None:
    """40 Mchip ordered at 3 and made at 5; 70 Mchip-years at 0.4; 35 GW-years at 2."""
    _, results = planned(tmp_path)
    by_item = {row["stage"] + " " + row["item"]: row["value"] for row in money(results, ("stage", "item")).to_dicts()}
    wanted = {"clusters capex": 120, "accelerators variable": 200, "clusters fixed": 28, "power variable": 70}
    assert by_item == pytest.approx(wanted)
    assert money(results, ("year",))["year"].to_list() == [2025, 2026, 2027, 2028]
