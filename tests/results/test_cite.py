"""What a plan rests on: value is followed to its numbers by hand, shares sum to one, sources are counted."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from results.tiny_case import Rows, costs_without, tiny_case
from teraplan.case.case import Programme
from teraplan.model.build import build_problem
from teraplan.plan import edit, plan
from teraplan.results.cite import citations, share_of_assumptions
from teraplan.results.results import Results
from teraplan.results.store import load, save
from teraplan.results.trace import value_flows
from teraplan.solver import solve

CAPITAL_ALONE: Rows = [
    *costs_without(("cluster", "capex"), ("chip_plant", "variable")),
    {"process": "cluster", "item": "capex", "value": 8, "unit": "GUSD/Mchip", "grade": "measured", "source": "record"},
]
STEPS: Rows = [
    {"commodity": "compute", "region": "A", "item": item, "step": step, "value": value, "unit": unit, **known}
    for item, step, value, unit, known in (
        ("step_width", 1, 0.5, "1", {"grade": "forecast", "source": "record"}),
        ("step_price", 1, 30, "GUSD/(MH100e*year)", {"grade": "estimated", "source": "record"}),
        ("step_width", 2, 0.5, "1", {}),
        ("step_price", 2, 12, "GUSD/(MH100e*year)", {}),
    )
]
SHELL: Mapping[str, Rows] = {
    "commodities": [{"commodity": "space", "unit": "GW*year", "kind": "good", "stage": "sites"}],
    "processes": [
        {"process": "shell", "stage": "sites", "capacity_unit": "GW", "activity_unit": "GW*year", "life": 20}
    ],
    "sites": [{"process": "shell", "region": "A"}],
    "recipes": [
        {"process": "shell", "flow": "out", "commodity": "space", "value": 1, "unit": "1"},
        {"process": "cluster", "flow": "in", "commodity": "space", "value": 0.8, "unit": "GW/Mchip"},
    ],
    "costs": [{"process": "shell", "item": "capex", "value": 12, "unit": "GUSD/GW"}],
}


def shares(results: Results, headline: str) -> dict[str, float]:
    mine = results.frame("provenance").filter(pl.col("headline") == headline)
    return dict(mine.select("grade", "share").iter_rows())


# --- value ------------------------------------------------------------------------------------------------------------


def test_compute_rests_on_the_numbers_that_its_value_passes_through(tmp_path: Path) -> None:
    """A MH100e is worth 5.590: power 1, fixed cost 0.4, capital 8 / (1 + 1/1.1) = 4.190. Its value passes whole through
    its demand; 1 / 5.590 through what clusters draw and through the cost of power; 4.590 / 5.590 through the life of
    clusters (reported), of which 4.190 through their capex (measured), 0.4 through fixed cost. All together 3.
    """
    results = plan(tiny_case(tmp_path, only_costs=CAPITAL_ALONE))
    capital = 8 / (1 + 1 / 1.1)
    price = 1 + 0.4 + capital
    wanted = {
        "measured": capital / price / 3,
        "reported": (capital + 0.4) / price / 3,
        "assumption": (1 + (1 + 1 + 0.4) / price) / 3,
    }
    assert shares(results, "compute served 2027") == pytest.approx(wanted)
    assert shares(results, "compute served 2028") == pytest.approx(wanted)
    assert share_of_assumptions(results.frame("provenance"), "compute served 2027") == pytest.approx(
        wanted["assumption"]
    )


def test_the_numbers_behind_the_target_are_told_by_table_and_line(tmp_path: Path) -> None:
    """As above: capex stands in line 4 of costs, the life of clusters in line 4 of processes."""
    results = plan(tiny_case(tmp_path, only_costs=CAPITAL_ALONE))
    capital = 8 / (1 + 1 / 1.1)
    price = 1 + 0.4 + capital
    told = {
        (table, line): share
        for table, line, share in results.frame("rests_on").select("table", "line", "share").iter_rows()
    }
    assert told["costs", 4] == pytest.approx(capital / price / 3)
    assert told["processes", 4] == pytest.approx((capital + 0.4) / price / 3)
    assert told["recipes", 5] == pytest.approx(1 / price / 3)
    assert sum(told.values()) == pytest.approx(1.0)
    assert not any(table == "recipes" and line != 5 for table, line in told), "a recipe of one is the choice of a unit"


def test_what_is_served_rests_on_the_width_and_the_price_of_its_steps(tmp_path: Path) -> None:
    """All is served: half of it by the step that is forecast and estimated. Demand then counts three times: quantity,
    widths, prices; the numbers of supply weigh 2, as above."""
    results = plan(tiny_case(tmp_path, only_costs=CAPITAL_ALONE, demand=STEPS))
    found = shares(results, "compute served 2027")
    assert found["forecast"] == pytest.approx(0.5 / 5)
    assert found["estimated"] == pytest.approx(0.5 / 5)


def test_a_limit_carries_its_rent(tmp_path: Path) -> None:
    """A may order 1 Mchip a year and is served at 30. Of the price, 1 is power; the rest, 29, is capacity, of which an
    order in 2026 yields 29 (1 + 1/1.1) and costs 8 + 0.4 (1 + 1/1.1): what is left is the rent of the limit."""
    limit = {
        "limit": "most",
        "kind": "order_max",
        "group": "cluster",
        "region_group": "A",
        "value": 1,
        "unit": "Mchip/year",
    }
    limits = [{**limit, "year": 2020, "grade": "forecast", "source": "record"}]
    demand = [{**STEPS[0], "value": 1.0, "grade": "assumption"}, {**STEPS[1], "grade": "assumption"}]
    results = plan(tiny_case(tmp_path, only_costs=CAPITAL_ALONE, limits=limits, demand=demand))
    yielded = 29 * (1 + 1 / 1.1)
    rent = (yielded - 8 - 0.4 * (1 + 1 / 1.1)) / yielded
    forecast = 29 / 30 * rent
    found = shares(results, "compute served 2027")
    assert found["forecast"] == pytest.approx(forecast / (3 + 1 / 30 * 2 + 29 / 30 * 2))


def test_capacity_that_was_there_carries_what_it_yields(tmp_path: Path) -> None:
    """20 Mchip exist to the end and nothing is ordered in 2027: what is not power is the rent of what exists."""
    there = {"process": "cluster", "region": "A", "start": 2024, "end": 2035, "value": 20, "unit": "Mchip"}
    results = plan(tiny_case(tmp_path, capacity=[{**there, "grade": "estimated", "source": "record"}]))
    found = shares(results, "compute served 2028")
    assert found["estimated"] > 0.1
    lines = results.frame("rests_on").filter(pl.col("table") == "capacity")
    assert lines["line"].to_list() == [2]


def test_sites_in_service_rest_on_what_built_them_and_on_what_was_there(tmp_path: Path) -> None:
    """16 GW in 2027, 4 of them estimated to have been there; the other 12 rest on the life and the capex of a shell."""
    there = {"process": "shell", "region": "A", "start": 2024, "end": 2035, "value": 4, "unit": "GW"}
    old = {"capacity": [{**there, "grade": "estimated", "source": "record"}]}
    results = plan(tiny_case(tmp_path, **SHELL, **old))
    found = shares(results, "sites in service 2027")
    assert found == pytest.approx({"estimated": 4 / (4 + 2 * 12), "assumption": 2 * 12 / (4 + 2 * 12)})


def test_an_output_of_chips_rests_on_what_makes_them(tmp_path: Path) -> None:
    """Chips have no number but their cost: a recipe of one is a unit."""
    results = plan(tiny_case(tmp_path))
    assert shares(results, "output of accelerators 2027") == pytest.approx({"assumption": 1.0})


def test_value_that_goes_into_a_node_comes_out_of_it(tmp_path: Path) -> None:
    """Parts of every row and column that value passes sum to one; nothing is lost on the way."""
    solution = solve(build_problem(tiny_case(tmp_path, **SHELL, demand=STEPS)))
    sums = value_flows(solution).group_by("node").agg(pl.col("part").sum())["part"].to_numpy()
    assert sums.size > 20
    assert np.allclose(sums, 1.0)


def test_a_plan_under_a_budget_rests_on_the_prices_that_the_budget_pays(tmp_path: Path) -> None:
    nothing = pl.DataFrame(schema={"process": pl.String, "region": pl.String, "period": pl.String, "value": pl.Float64})
    case = tiny_case(tmp_path, 'objective = "most_compute"', only_costs=CAPITAL_ALONE, demand=STEPS)
    results = plan(replace(case, programme=Programme(100.0, 2025.0, 2028.0, nothing, 0.0)))
    found = shares(results, "compute served 2027")
    assert sum(found.values()) == pytest.approx(1.0)
    assert found["measured"] > 0.05


# --- money and sources ------------------------------------------------------------------------------------------------


def test_money_rests_on_the_numbers_that_priced_it(tmp_path: Path) -> None:
    """320 GUSD of capex are measured, fixed cost 28 and power 70 assumed; the margin of 280 is a transfer, apart."""
    margin = {
        "process": "chip_plant",
        "item": "margin",
        "value": 7,
        "unit": "GUSD/Mchip",
        "grade": "forecast",
        "source": "record",
    }
    results = plan(tiny_case(tmp_path, only_costs=[*CAPITAL_ALONE, margin]))
    assert shares(results, "money") == pytest.approx({"measured": 320 / 418, "assumption": 98 / 418})
    assert shares(results, "transfers") == pytest.approx({"forecast": 1.0})


def test_every_share_is_of_one(tmp_path: Path) -> None:
    provenance = plan(tiny_case(tmp_path, **SHELL)).frame("provenance")
    sums = provenance.group_by("headline").agg(pl.col("share").sum())
    assert sums["share"].to_list() == pytest.approx([1.0] * sums.height)
    assert set(sums["headline"]) == {
        *(
            f"{name} {year}"
            for name in ("compute served", "output of accelerators", "sites in service")
            for year in (2027, 2028)
        ),
        "money",
    }
    assert provenance.select("headline", "grade").is_unique().all()
    assert provenance["headline"][-1] == "money"


def test_a_plan_that_makes_nothing_rests_on_nothing(tmp_path: Path) -> None:
    """No cluster may be ordered: all demand is missed."""
    limit = {"limit": "none", "kind": "order_max", "group": "cluster", "value": 0, "unit": "Mchip/year", "year": 2020}
    results = plan(tiny_case(tmp_path, demand=STEPS, limits=[limit]))
    assert results.frame("provenance").height == 0
    assert results.frame("rests_on").height == 0
    assert results.frame("rests_on").columns == ["table", "line", "grade", "source", "share"]


def test_an_unknown_headline_is_named_with_those_there_are(tmp_path: Path) -> None:
    provenance = plan(tiny_case(tmp_path)).frame("provenance")
    with pytest.raises(KeyError, match="no headline 'computers'; there are compute served 2027"):
        share_of_assumptions(provenance, "computers")


def test_sources_are_counted_by_the_rows_that_name_them(tmp_path: Path) -> None:
    found = citations(tiny_case(tmp_path, only_costs=CAPITAL_ALONE, demand=STEPS))
    rows = {(source, table): count for source, table, count in found.select("source", "table", "rows").iter_rows()}
    assert rows["record", "costs"] == 1
    assert rows["record", "processes"] == 1
    assert rows["record", "demand"] == 1
    assert rows[None, "sites"] == 6
    [record] = found.filter((pl.col("source") == "record") & (pl.col("table") == "costs")).to_dicts()
    assert (record["title"], record["url"], record["licence"]) == (
        "A record of clusters",
        "https://example.org",
        "CC BY",
    )


def test_a_change_to_the_case_is_told_as_what_it_is(tmp_path: Path) -> None:
    case = edit(tiny_case(tmp_path, only_costs=CAPITAL_ALONE), "costs[process=cluster,item=capex] *= 2")
    found = citations(case)
    [changed] = found.filter(pl.col("source").str.starts_with("--set")).to_dicts()
    assert changed["title"] == "a change to the case, not a source"
    assert ("record", "costs") not in set(found.select("source", "table").iter_rows())
    assert "measured" not in shares(plan(case), "money")


def test_what_a_plan_rests_on_is_stored_with_it(tmp_path: Path) -> None:
    results = plan(tiny_case(tmp_path))
    stored = load(save(results, tmp_path / "run"))
    for name in ("provenance", "rests_on", "citations"):
        assert stored.frame(name).equals(results.frame(name))
