"""Headline figures are those of the plan, by hand; comparisons say what differs, the largest difference first."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from results.tiny_case import tiny_case
from teraplan.errors import StoreError
from teraplan.plan import edit, plan, read_case
from teraplan.results.compare import KEY, compare, headline, headline_periods
from teraplan.results.results import Results
from teraplan.results.store import load, save


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Demand 10, 15, 20, 25 in A; a mark-up of 7 on chips is a transfer; freight from A to B is never paid."""
    margin = {"process": "chip_plant", "item": "margin", "value": 7, "unit": "GUSD/Mchip"}
    return plan(tiny_case(tmp_path_factory.mktemp("tiny"), costs=[margin]))


@pytest.fixture(scope="module")
def dear(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The same where power costs 4 instead of 2."""
    margin = {"process": "chip_plant", "item": "margin", "value": 7, "unit": "GUSD/Mchip"}
    case = tiny_case(tmp_path_factory.mktemp("dear"), costs=[margin])
    return plan(edit(case, "costs[process=utility,item=variable] *= 2"))


def figures(results: Results, periods: list[str] | None = None) -> Mapping[tuple[str, str | None], tuple[float, str]]:
    rows = headline(results, periods).iter_rows()
    return {(quantity, period): (pytest.approx(value), unit) for quantity, period, value, unit in rows}


def renamed(results: Results, **told: object) -> Results:
    return replace(results, run={**results.run, **told})


def test_headline_figures_are_those_of_the_plan(tiny: Results) -> None:
    """In 2026 15 Mchip run, 5 are ordered and made: 5 x (3 + 5) + 15 x 0.4 + 7.5 x 2 = 61 GUSD, and 5 x 7 in transfers.
    In all 40 Mchip: capex 120, chips 200, fixed 70 x 0.4 = 28, power 35 x 2 = 70; transfers 280."""
    found = figures(tiny, ["2026"])
    assert found["compute served", "2026"] == (15, "MH100e")
    assert found["clusters in service", "2026"] == (15, "Mchip")
    assert found["output of accelerators", "2026"] == (5, "Mchip/year")
    assert found["price of power", "2026"] == (2, "GUSD/(GW*year)")
    assert found["money", "2026"] == (61, "GUSD/year")
    assert found["transfers", "2026"] == (35, "GUSD/year")
    assert found["money for clusters", None] == (148, "GUSD")
    assert found["money for accelerators", None] == (200, "GUSD")
    assert found["money for power", None] == (70, "GUSD")
    assert found["transfers in accelerators", None] == (280, "GUSD")
    assert not any(quantity.startswith("output of power") for quantity, _ in found)


def test_every_headline_figure_stands_once(tiny: Results) -> None:
    every = headline(tiny, ["2025", "2026", "2027", "2028"])
    assert every.select(KEY).is_unique().all()
    assert every.columns == ["quantity", "period", "value", "unit"]
    assert every.null_count()["value"][0] == 0


def test_headlines_name_2030_and_2034_or_else_the_middle_and_the_end(tiny: Results) -> None:
    assert headline_periods(tiny) == ["2027", "2028"]
    assert set(headline(tiny)["period"].drop_nulls()) == {"2027", "2028"}
    long = pl.DataFrame(
        {
            "period": ["2029", "2030", "2031-2034", "2035"],
            "start": [2029.0, 2030.0, 2031.0, 2035.0],
            "end": [2030.0, 2031.0, 2035.0, 2036.0],
            "index": [0, 1, 2, 3],
            "shown": [True, True, True, False],
        }
    )
    assert headline_periods(Results({}, {"periods": long})) == ["2030", "2031-2034"]
    assert headline_periods(Results({}, {"periods": long.head(1)})) == ["2029"]


def test_a_mean_price_weighs_places_by_what_they_use(tmp_path: Path) -> None:
    """Power is 2 in A, where 10 Mchip draw 5 GW, and 6 in B, where 30 draw 15: (5 x 2 + 15 x 6) / 20 = 5."""
    case = tiny_case(
        tmp_path,
        costs=[{"process": "utility", "region": "B", "item": "variable", "value": 6, "unit": "GUSD/(GW*year)"}],
        demand=[{"commodity": "compute", "region": "B", "item": "quantity", "value": 30, "unit": "MH100e"}],
    )
    assert figures(plan(case), ["2025"])["price of power", "2025"] == (5, "GUSD/(GW*year)")


def test_what_is_counted_is_a_headline_where_a_case_counts(tmp_path: Path) -> None:
    """10 chips of 1.5 each are made in 2025; a count has no price and is no output of goods."""
    case = tiny_case(
        tmp_path,
        commodities=[{"commodity": "speed", "unit": "MH100e", "kind": "count", "scope": "world"}],
        recipes=[
            {"process": "chip_plant", "flow": "out", "commodity": "speed", "value": 1.5, "unit": "MH100e/Mchip"},
        ],
    )
    found = figures(plan(case), ["2025"])
    assert found["speed made", "2025"] == (15, "MH100e/year")
    assert found["output of accelerators", "2025"] == (10, "Mchip/year")
    assert [key for key in found if "speed" in key[0]] == [("speed made", "2025")]


def test_money_of_a_long_period_is_money_a_year(tmp_path: Path) -> None:
    """Two periods of two years: 10 and 20 Mchip at 8 GUSD, 0.4 and 1 a year: (160 + 2 x 28) / 2 = 108 a year."""
    demand = [
        {"commodity": "compute", "region": "A", "year": year, "item": "quantity", "value": value, "unit": "MH100e"}
        for year, value in ((2025, 10), (2026, 10), (2027, 20), (2028, 20))
    ]
    case_file = tiny_case(tmp_path, only_demand=demand)
    text = (tmp_path / "case.toml").read_text().replace("end = 2029", "end = 2029\nstep = 2")
    (tmp_path / "case.toml").write_text(text)
    assert case_file.periods.height == 4
    found = figures(plan(read_case(tmp_path)), ["2027-2028"])
    assert found["money", "2027-2028"] == (108, "GUSD/year")
    assert found["money for clusters", None] == (30 * 3 + 2 * 30 * 0.4, "GUSD")


def test_only_what_differs_comes_first_and_the_largest_difference_on_top(tiny: Results, dear: Results) -> None:
    """Power at double the price: + 2 of 4, half the peak; 5, 7.5, 10, 12.5 GW cost 10, 15, 20, 25 GUSD more a year."""
    found = compare([tiny, renamed(dear, name="dear")])
    size = found["difference"].abs() > 1e-9
    assert size.to_list() == sorted(size, reverse=True)
    first = found.head(5)
    assert set(first["quantity"]) == {"price of power", "money for power"}
    assert first["difference"].to_list() == pytest.approx([70.0, 2.0, 2.0, 2.0, 2.0])
    assert first["relative"].to_list() == pytest.approx([1.0] * 5)
    assert set(found["run"]) == {"dear"}
    [row] = found.filter((pl.col("quantity") == "money") & (pl.col("period") == "2028")).to_dicts()
    assert row["difference"] == pytest.approx(25.0)
    assert row["relative"] == pytest.approx(25.0 / row["baseline"])
    assert row["unit"] == "GUSD/year"
    unchanged = found.filter(pl.col("quantity") == "compute served")
    assert unchanged["difference"].to_list() == pytest.approx([0.0] * 4, abs=1e-9)


def test_every_other_run_is_held_against_the_first_under_a_name_of_its_own(tiny: Results, dear: Results) -> None:
    found = compare([tiny, dear, renamed(dear, name="x"), renamed(dear, name="x")])
    assert set(found["run"]) == {"tiny (2)", "x (1)", "x (2)"}
    assert found["run"].value_counts()["count"].n_unique() == 1


def test_what_one_run_lacks_counts_as_nothing(tiny: Results) -> None:
    less = replace(tiny, frames={**tiny.frames, "capacity": tiny.frame("capacity").clear()})
    lost = compare([tiny, less]).filter(pl.col("quantity") == "clusters in service")
    assert lost["value"].to_list() == [0.0] * 4
    assert lost["relative"].to_list() == pytest.approx([-1.0] * 4)
    gained = compare([less, tiny]).filter(pl.col("quantity") == "clusters in service")
    assert gained["difference"].sort().to_list() == pytest.approx([10, 15, 20, 25])
    assert gained["relative"].null_count() == 4


def test_periods_that_only_one_run_shows_are_left_out(tiny: Results) -> None:
    shown = tiny.frame("periods").with_columns(shown=pl.col("index") < 2)
    short = replace(tiny, frames={**tiny.frames, "periods": shown})
    assert set(compare([tiny, short])["period"].drop_nulls()) == {"2025", "2026"}
    later = replace(tiny, frames={**tiny.frames, "periods": shown.with_columns(period=pl.lit("2050"))})
    with pytest.raises(StoreError, match="no period in common"):
        compare([tiny, later])


def test_prices_in_different_units_are_not_compared(tiny: Results) -> None:
    foreign = tiny.prices.with_columns(unit=pl.lit("target/") + pl.col("commodity"))
    found = compare([tiny, replace(tiny, frames={**tiny.frames, "prices": foreign})])
    assert not found["quantity"].str.starts_with("price of").any()
    assert "compute served" in set(found["quantity"])


def test_prices_of_a_period_that_one_run_does_not_price_are_not_compared(tiny: Results) -> None:
    """As in the path of a hedge, where several futures share orders that are held."""
    later = tiny.prices.filter(pl.col("period") != "2025").with_columns(price=pl.col("price") * 2)
    prices = compare([tiny, replace(tiny, frames={**tiny.frames, "prices": later})])
    assert set(prices.filter(pl.col("quantity").str.starts_with("price of"))["period"]) == {"2026", "2027", "2028"}


def test_one_run_or_a_run_that_is_no_plan_cannot_be_compared(tiny: Results) -> None:
    with pytest.raises(StoreError, match="name two runs or more"):
        compare([tiny])
    with pytest.raises(StoreError, match="frontier is no plan"):
        compare([tiny, Results({"name": "frontier"}, {"points": pl.DataFrame()})])


def test_stored_runs_compare_as_those_in_memory(tiny: Results, dear: Results, tmp_path: Path) -> None:
    stored = [load(save(run, tmp_path / name)) for run, name in ((tiny, "base"), (dear, "dear"))]
    assert compare(stored).equals(compare([tiny, renamed(dear, name="dear")]))
