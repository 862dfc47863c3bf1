"""The starter case: it is small and quick, its prices follow from its rows, its scenarios do what they say."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from teraplan.case.case import Case
from teraplan.case.edit import edit_of
from teraplan.case.read import find_case, read_scenario
from teraplan.plan import edit, plan, read_case
from teraplan.results.calibration import score
from teraplan.results.derive import output, utilisation
from teraplan.results.results import Results
from teraplan.results.unit_cost import unit_costs
from teraplan.scenario import Request, plan_scenario

FOLDER = find_case("starter")
SCENARIOS = ("trend", "half_trillion", "taiwan_outage")
SHOWN = ("2026", "2027", "2028", "2029-2030")
POWER_USA, POWER_TWN = 68 * 8.766, 136 * 8.766
"""What grid power costs in both regions [MUSD / GW-year, or kUSD / MW-year]: USD a MWh over 8,766 hours."""


@pytest.fixture(scope="module")
def case() -> Case:
    return read_case("starter")


@pytest.fixture(scope="module")
def trend(case: Case) -> Results:
    return plan(case)


@pytest.fixture(scope="module")
def programme(trend: Results) -> Results:
    return plan_scenario(Request("starter", "half_trillion"), {"trend": trend})["half_trillion"]


@pytest.fixture(scope="module")
def outage(trend: Results) -> Results:
    return plan_scenario(Request("starter", "taiwan_outage"), {"trend": trend})["taiwan_outage"]


def price(results: Results, commodity: str, place: str, period: str) -> float:
    """The price of a commodity [GUSD / commodity]; the mean over the slices, which are equally long."""
    where = {"commodity": commodity, "place": place, "period": period}
    found = results.prices.filter(*(pl.col(key) == value for key, value in where.items()))
    assert found.height, f"no price of {where}"
    return float(found["price"].mean())


def made(results: Results, commodity: str, period: str) -> float:
    """What is made of a commodity in all regions [commodity / year]."""
    return float(output(results, commodity).filter(pl.col("period") == period)["value"].item())


def cost(case: Case, results: Results, commodity: str, place: str, period: str) -> float:
    """What a good costs to make, real resources only [kUSD / chip, wafer, TB; MUSD / GW-year]."""
    costs = unit_costs(case, results.frames)
    here = pl.col("commodity") == commodity, pl.col("place") == place, pl.col("period") == period
    return 1000 * float(costs.filter(*here)["real"].item())


def served(results: Results, commodity: str = "compute") -> dict[str, float]:
    """What is served in all regions, by period [commodity]."""
    rows = results.frame("demand").filter(pl.col("commodity") == commodity)
    return dict(rows.group_by("period").agg(pl.col("served").sum()).iter_rows())


def orders(results: Results) -> dict[tuple[str, str, str], float]:
    """Orders by process, region and period [capacity]."""
    rows = results.frame("order").select("process", "region", "period", "value")
    return {(process, region, period): value for process, region, period, value in rows.iter_rows()}


def tables() -> Iterator[tuple[str, pl.DataFrame]]:
    for path in sorted(FOLDER.glob("*.csv")):
        yield path.stem, pl.read_csv(path, infer_schema_length=0)


def readme_row(start: str) -> list[str]:
    """The cells of the README's table row that starts so."""
    lines = [line for line in (FOLDER / "README.md").read_text("utf-8").splitlines() if line.startswith(f"| {start}")]
    assert len(lines) == 1, f"{len(lines)} rows of the README start with {start!r}"
    return [cell.strip() for cell in lines[0].strip("|").split("|")]


def mid_year(year: int) -> float:
    """What money of the middle of a year is worth in 2025 at 8 percent [1]."""
    return float(1.08 ** -(year + 0.5 - 2025))


# --- the data ---------------------------------------------------------------------------------------------------------


def test_the_case_is_small_and_planned_in_less_than_a_second(trend: Results) -> None:
    assert sum(table.height for _, table in tables()) < 1000
    assert trend.run["rows"] < 1000 and trend.run["columns"] < 1000
    assert trend.run["status"] == "optimal"
    assert trend.run["seconds"]["solve"] < 1.0


def test_every_number_has_a_source_that_is_listed_or_a_reason() -> None:
    known = set(pl.read_csv(FOLDER / "sources.csv")["source"])
    for name, table in tables():
        if "grade" not in table.columns:
            continue
        named = table.filter(pl.col("source").is_not_null())
        assert set(named["source"]) <= known, f"{name}: {set(named['source']) - known} are not in sources.csv"
        bare = table.filter(pl.col("source").is_null() & (pl.col("grade") != "assumption"))
        assert bare.is_empty(), f"{name} has rows that are not assumptions and name no source: {bare}"
        silent = table.filter((pl.col("grade") == "assumption") & pl.col("note").is_null())
        assert silent.is_empty(), f"{name} assumes without a reason: {silent}"


def test_no_source_is_listed_that_no_row_names() -> None:
    texts = "\n".join((FOLDER / f"{name}.csv").read_text("utf-8") for name, _ in tables() if name != "sources")
    listed = pl.read_csv(FOLDER / "sources.csv")["source"].to_list()
    assert len(set(listed)) == len(listed)
    assert [name for name in listed if name not in texts] == []


def test_every_link_of_the_chain_runs_in_the_trend(case: Case, trend: Results) -> None:
    run = pl.concat([trend.frame(name).select("process", "value") for name in ("activity", "sliced_activity")])
    assert set(run.filter(pl.col("value") > 1e-6)["process"]) == set(case.tables.frames["processes"]["process"])


def test_what_is_ordered_to_2030_is_used(trend: Results) -> None:
    """The first period after the lead time is often a ramp, so the best period of each plant is looked at."""
    best = utilisation(trend).group_by("process", "region").agg(pl.col("value").max())
    used = {(process, region): value for process, region, value in best.iter_rows()}
    idle = [(*key, used[key[:2]]) for key, value in orders(trend).items() if value > 1e-6 and used[key[:2]] < 0.3]
    assert idle == []


def test_fabs_of_both_regions_run_in_every_period(trend: Results) -> None:
    fabs = utilisation(trend).filter(pl.col("process") == "fab_logic")
    assert fabs.height == 10
    assert fabs["value"].min() > 0.6


def test_counted_records_of_2026_are_met_within_their_tolerance(trend: Results) -> None:
    assert score(trend.frame("calibration")) == (3, 3)


# --- numbers by hand --------------------------------------------------------------------------------------------------


def test_a_wafer_costs_what_the_last_one_costs_in_cash_one_in_twenty_of_them_american(trend: Results) -> None:
    """Taiwan: 5.0 kUSD and 0.00032 GW-years per thousand at 136 USD a MWh, 0.381; the USA: 5.5 and at 68, 0.191.

    Fabs have room in 2027 and one in twenty wafers is American: 0.95 x 5.381 + 0.05 x 5.691 = 5.397 kUSD.
    """
    taiwan, usa = 5.0 + 0.00032 * POWER_TWN, 5.5 + 0.00032 * POWER_USA
    assert (taiwan, usa) == pytest.approx((5.381, 5.691), abs=5e-4)
    assert 1000 * price(trend, "wafer", "WLD", "2027") == pytest.approx(0.95 * taiwan + 0.05 * usa, rel=3e-4)


def test_a_chip_of_2026_costs_what_was_not_yet_paid_in_2025(case: Case, trend: Results) -> None:
    """A wafer costs 5.397 kUSD in cash and 0.0144 GUSD of upkeep for 397 thousand a month over 3,870 made: 6.87.

    Memory: (3.2 + 0.000185 x 1,192 + 13.2 x 452 / 5,153) / 0.633 = 7.23 kUSD a TB. Packaging: 5.5 + 0.083 + 5 x 118 /
    1,171 = 6.09. Parts 0.077 x 6.87 + 0.259 x 7.23 + 0.093 x 6.09 = 2.97. Parts are made 7 months before the chip, so 5
    in 12 are made in 2026: 2.0 + 5/12 x 2.97 = 3.24 kUSD.
    """
    cash = 0.95 * (5.0 + 0.00032 * POWER_TWN) + 0.05 * (5.5 + 0.00032 * POWER_USA)
    wafer = cash + 14.4 * (375 + 22) / made(trend, "wafer", "2026")
    memory = 3.2 + 0.000185 * POWER_TWN + 13.2 * 452 / (made(trend, "hbm", "2026") / 0.633)
    packaging = 5.5 + 0.00007 * POWER_TWN + 5.0 * 118 / made(trend, "cowos", "2026")
    parts = 0.077 * wafer + 0.259 * memory / 0.633 + 0.093 * packaging
    assert (wafer, memory / 0.633, packaging, parts) == pytest.approx((6.87, 7.23, 6.09, 2.97), abs=0.01)
    assert cost(case, trend, "acc_gpu", "WLD", "2026") == pytest.approx(2.0 + 5 / 12 * parts, rel=3e-4)


def test_an_h100_hour_of_a_cluster_ordered_in_2026_costs_a_sixth_of_a_dollar(case: Case, trend: Results) -> None:
    """Orders run evenly through 2026, start after 3 months, and take chips 2 months before: 11 in 12 arrive in 2026.

    Chip 3.24 x 11/12 x 0.891 + 5.12 x 1/12 x 0.825 = 3.00 kUSD. Servers, paid evenly between order and start:
    14.3 x (0.875 x 0.891 + 0.125 x 0.825) = 12.6. Years of service: starts run from April 2026 to March 2027, so
    0.28125 of 2026, 0.96875 of 2027, four whole ones, 0.71875 and 0.03125: 4.20 discounted. (3.00 + 12.6) / 4.20 +
    upkeep 0.29 + power 0.00195 x 548 + space 0.0026 x 436 = 6.21 kUSD a year; over 4.268 H100e and 8,766 hours 0.166
    USD. The mark-up of 38.2 comes when the chip does: 38.2 x 0.885 / 4.20 = 8.05 kUSD, 1.886 GUSD per M H100e-year.
    """
    years = {2026: 0.28125, 2027: 0.96875, 2028: 1, 2029: 1, 2030: 1, 2031: 1, 2032: 0.71875, 2033: 0.03125}
    service = sum(share * mid_year(year) for year, share in years.items())
    now, later = (cost(case, trend, "acc_gpu", "WLD", period) for period in ("2026", "2027"))
    chip = now * 11 / 12 * mid_year(2026) + later / 12 * mid_year(2027)
    servers = 14.3 * (0.875 * mid_year(2026) + 0.125 * mid_year(2027))
    assert (service, chip, servers) == pytest.approx((4.202, 3.00, 12.62), rel=2e-3)
    power, space = (cost(case, trend, good, "USA", "2026") for good in ("electricity", "dc_space"))
    yearly = (chip + servers) / service + 0.29 + 0.00195 * power + 0.0026 * space
    margin = 38.2 * (11 / 12 * mid_year(2026) + mid_year(2027) / 12) / service
    told = trend.frame("cost_of_compute").filter(pl.col("region") == "USA", pl.col("period") == "2026")
    assert told["usd_per_hour"].item() == pytest.approx(yearly / 4.268 / 8.766, rel=3e-4)
    assert told["transfers"].item() == pytest.approx(margin / 4.268, rel=3e-4)
    assert yearly / 4.268 / 8.766 == pytest.approx(0.166, abs=5e-4)


def test_old_clusters_that_run_in_part_set_the_price_of_space_in_2028(trend: Results) -> None:
    """Compute is at a step of the curve, 1.0 x 5 GUSD. An old chip makes 0.002328, uses 0.00222 of space and 0.001665
    of power, whose mean price is 2.56: (5 x 0.002328 - 0.001665 x 2.56) / 0.00222 = 3.32 GUSD a GW-year.
    """
    ran = utilisation(trend).filter(
        pl.col("process") == "cluster_old", pl.col("region") == "USA", pl.col("period") == "2028"
    )
    assert 0.1 < ran["value"].item() < 0.9
    left = 5.0 * 0.002328 - 0.001665 * price(trend, "electricity", "USA", "2028")
    assert price(trend, "dc_space", "USA", "2028") == pytest.approx(left / 0.00222, rel=1e-3)
    assert left / 0.00222 == pytest.approx(3.32, abs=0.01)


@pytest.mark.parametrize(("period", "anchor"), [("2026", 12.0), ("2027", 7.05), ("2028", 5.0)])
def test_the_price_of_compute_is_a_step_of_the_curve(trend: Results, period: str, anchor: float) -> None:
    steps = [5, 3, 2, 1.5, 1.2, 1, 0.85, 0.7, 0.55, 0.4]
    multiple = price(trend, "compute", "USA", period) / anchor
    assert min(abs(multiple - step) for step in steps) < 1e-4


def test_one_percent_more_sites_in_2026_is_worth_what_the_table_of_bottlenecks_says(case: Case, trend: Results) -> None:
    """1 percent of 28 GW is worth 1.928 GUSD a year; the objective falls by that times 0.891, the factor of 2026."""
    worth = trend.bottlenecks.filter(
        pl.col("period") == "2026", pl.col("what").str.starts_with("dc_sites"), pl.col("place") == "USA"
    )["worth"].item()
    more = plan(edit(case, "limits[limit=dc_sites,region_group=USA,year=2026] *= 1.01"))
    saved = trend.run["objective"] - more.run["objective"]
    assert saved == pytest.approx(worth * mid_year(2026), rel=1e-3)
    assert saved > 1.0


def test_more_sites_give_more_compute(case: Case, trend: Results) -> None:
    more = served(plan(edit(case, "limits[limit=dc_sites] *= 1.5")))
    assert more["2029-2030"] > 1.1 * served(trend)["2029-2030"]


def test_without_the_aim_no_american_fab_is_ordered(case: Case, trend: Results) -> None:
    free = plan(edit(case, "shares[share=home_wafers] = 0"))
    ordered = [
        sum(value for (process, _, _), value in orders(results).items() if process == "fab_logic")
        for results in (trend, free)
    ]
    assert ordered[0] > 10 and ordered[1] == pytest.approx(0.0, abs=1e-6)
    assert free.run["objective"] < trend.run["objective"]


# --- scenarios --------------------------------------------------------------------------------------------------------


def test_the_scenarios_are_these() -> None:
    assert {path.stem for path in (FOLDER / "scenarios").glob("*.toml")} == set(SCENARIOS)


def test_only_the_outage_edits_the_data() -> None:
    blocks = {}
    for name in SCENARIOS:
        scenario, faults = read_scenario(FOLDER, name)
        assert scenario is not None and not faults
        blocks[name] = [edit_of(block, name) for block in scenario.edit]
    assert [len(blocks[name]) for name in SCENARIOS] == [0, 0, 6]


def test_every_edit_of_the_outage_lowers_an_availability(case: Case) -> None:
    """Taiwan's fabs 0.95 and packaging 0.97, halved in 2027 and at 85 percent in 2028; nothing else changes."""
    label = ["process", "region", "slice", "year"]
    before = case.tables.frames["availability"]
    after = read_case("starter", "taiwan_outage").tables.frames["availability"]
    both = before.join(after, on=label, how="inner", nulls_equal=True, suffix="_out")
    assert both.height == before.height == after.height
    changed = both.filter(pl.col("value") != pl.col("value_out")).select("process", "region", "year", "value_out")
    expected = {
        ("fab_logic", "TWN", 2027): 0.475,
        ("fab_logic", "TWN", 2028): 0.8075,
        ("cowos_line", "TWN", 2027): 0.485,
        ("cowos_line", "TWN", 2028): 0.8245,
        ("asm_gpu", "TWN", 2027): 0.5,
        ("asm_gpu", "TWN", 2028): 0.85,
    }
    assert {tuple(row[:3]): row[3] for row in changed.iter_rows()} == pytest.approx(expected)


def test_the_outage_takes_compute_away_in_both_years_and_leaves_2026_alone(trend: Results, outage: Results) -> None:
    usual, hurt = served(trend), served(outage)
    assert hurt["2026"] == pytest.approx(usual["2026"], rel=1e-6)
    assert hurt["2027"] < 0.97 * usual["2027"]
    assert hurt["2028"] < 0.97 * usual["2028"]


def test_in_the_outage_other_users_of_wafers_give_way_at_their_price(trend: Results, outage: Results) -> None:
    """Flexible users pay up to 35 kUSD; below that wafers go to chips, so fewer than all and more than three fifths."""
    asked, left = served(trend, "wafer")["2027"], served(outage, "wafer")["2027"]
    assert asked == pytest.approx(2950)
    assert 0.6 * asked < left < 0.9 * asked
    assert 1000 * price(outage, "wafer", "WLD", "2027") == pytest.approx(35.0, rel=1e-3)


def test_the_programme_adds_compute_in_2029_and_2030_and_takes_none_away(trend: Results, programme: Results) -> None:
    usual, more = served(trend), served(programme)
    assert more["2029-2030"] > usual["2029-2030"] + 5
    assert all(more[period] > usual[period] - 1e-3 for period in usual)


def test_the_programme_spends_its_budget_on_top_of_all_orders_of_the_trend(trend: Results, programme: Results) -> None:
    assert programme.run["programme"]["spent"] == pytest.approx(500.0, rel=1e-4)
    ordered = orders(programme)
    short = [key for key, value in orders(trend).items() if ordered.get(key, 0.0) < value * (1 - 1e-5) - 1e-5]
    assert short == []


def test_the_same_case_planned_again_has_the_same_tables_to_the_last_bit(case: Case, trend: Results) -> None:
    """Joins give rows in any order; sums are made in one."""
    for _ in range(3):
        again = plan(case)
        assert [name for name, frame in trend.frames.items() if not again.frame(name).equals(frame)] == []


# --- what the README says ---------------------------------------------------------------------------------------------


def test_the_readme_shows_the_trend_as_it_is(trend: Results) -> None:
    told = [float(cell) for cell in readme_row("compute served, M H100e")[1:]]
    assert told == pytest.approx([served(trend)[period] for period in SHOWN], abs=0.06)
    told = [float(cell) for cell in readme_row("price of compute in the USA")[1:]]
    assert told == pytest.approx([price(trend, "compute", "USA", period) for period in SHOWN], abs=0.006)


def test_the_readme_tells_the_scenarios_as_they_are(programme: Results, outage: Results) -> None:
    told = readme_row("`--scenario half_trillion`")[1]
    assert told.startswith("{:.1f} and {:.1f} ".format(*(served(programme)[period] for period in SHOWN[2:])))
    told = readme_row("`--scenario taiwan_outage`")[1]
    assert [f"{served(outage)[period]:.1f}" in told for period in SHOWN[1:]] == [True] * 3


@pytest.mark.parametrize("name", [path.stem for path in sorted(Path(FOLDER).glob("*.csv"))])
def test_the_readme_counts_rows_and_assumptions(name: str) -> None:
    table = dict(tables())[name]
    graded = "grade" in table.columns
    assumed = f"{(table['grade'] == 'assumption').mean():.0%}" if graded else ""
    assert readme_row(f"`{name}` ")[1:] == [str(table.height), assumed]
