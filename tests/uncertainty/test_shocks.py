"""Shocks: each kind on cases that are solved by hand, what it says of itself, and what the world's table says."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from model.small_cases import cost, existing, goods, limit, plant, process, solved, under, values
from teraplan.case.case import Case
from teraplan.case.resolve import SITE
from teraplan.errors import CaseError
from teraplan.plan import edit, plan, read_case
from teraplan.results.cite import citations
from teraplan.shocks.caps import flows_of
from teraplan.shocks.course import depth_by_year
from teraplan.shocks.shocks import Shock, shocked, shocks_of
from uncertainty.shock_cases import bakery_case, building_case, forge_case, mill_case, shock, trade_case


def money_lost(case: Case, *shocks: Shock, start: float = 2026.0) -> float:
    """How much the objective rises: of the mill, 5 for each unit of grain that is not made."""
    return solved(shocked(case, shocks, start)).objective - solved(case).objective


def availability(case: Case) -> dict[tuple[str, int], float]:
    """Availability by region and year."""
    rows = case.tables.frames["availability"].select("region", "year", "value")
    return {(region, year): value for region, year, value in rows.iter_rows()}


# --- outages ----------------------------------------------------------------------------------------------------------


def test_an_outage_of_three_months_takes_a_quarter_of_the_year(tmp_path: Path) -> None:
    case = mill_case(tmp_path)
    assert money_lost(case, shock(process="mill", duration=0.25)) == pytest.approx(10 * 0.25 * 5)
    assert money_lost(case, shock(process="mill", duration=0.25, factor=0.6)) == pytest.approx(10 * 0.25 * 0.4 * 5)
    assert money_lost(case, shock(process="mill", duration=0.25), start=2025.9) == pytest.approx(10 * 0.25 * 5)


def test_the_way_back_is_the_mean_of_a_straight_line_in_each_year(tmp_path: Path) -> None:
    case = mill_case(tmp_path)
    hit = shocked(case, shock(process="mill", duration=0.5, recovery=2), 2026.5)
    # Half of 2026 is lost; then 1 - x / 2 on average over each of the two years of the way back: 0.75 and 0.25.
    assert [availability(hit)["USA", year] for year in range(2025, 2030)] == pytest.approx([1, 0.5, 0.25, 0.75, 1])
    assert money_lost(case, shock(process="mill", duration=0.5, recovery=2), start=2026.5) == pytest.approx(1.5 * 50)


def test_a_long_period_loses_what_its_years_lose(tmp_path: Path) -> None:
    case = mill_case(tmp_path, period=[(2025, 2027, 1), (2027, 2031, 4)])
    assert money_lost(case, shock(process="mill", duration=1), start=2028) == pytest.approx(50)


def test_availability_that_is_given_is_multiplied_and_says_where_it_comes_from(tmp_path: Path) -> None:
    given = {"process": "mill", "value": 0.9, "low": 0.8, "high": 1.0}
    case = mill_case(tmp_path, {"availability": [given]})
    hit = shocked(case, shock(process="mill", factor=0.5), 2027)
    row = hit.tables.frames["availability"].filter(pl.col("year") == 2027).row(0, named=True)
    assert (row["value"], row["low"], row["high"], row["grade"]) == pytest.approx((0.45, 0.4, 0.5, "assumption"))
    assert hit.tables.edits == ("shock test from 2027: outage of process=mill, factor 0.5 for 1 year",)
    assert row["source"] == hit.tables.edits[0]
    assert hit.tables.edits[0] in citations(hit)["source"].to_list()
    assert plan(hit).run["edits"] == list(hit.tables.edits)


def test_a_plant_on_the_sliced_clock_loses_the_same_in_every_slice() -> None:
    case = read_case("starter")
    hit = shocked(case, shock(process="grid", region="USA", factor=0.4), 2027)
    rows = hit.tables.frames["availability"].filter(pl.col("process") == "grid", pl.col("year") == 2027)
    assert rows.sort("slice").select("region", "slice", "value").rows() == [
        ("USA", name, 0.4) for name in sorted(case.slices["slice"])
    ]


def test_a_good_is_lost_where_it_is_made(tmp_path: Path) -> None:
    case = mill_case(tmp_path, plant("field", {"grain": 1}), existing("field", 3))
    hit = shocked(case, shock(commodity="grain"), 2026)
    assert hit.availability.filter((pl.col("value") == 0) & (pl.col("period") == "2026")).height == 2


def test_by_region_maker_stage_group_and_alternatives() -> None:
    case = read_case("world-coarse")
    for labels, count in (
        ({"region": "TWN", "stage": "wafers"}, 5),
        ({"process": "fab_n2|fab_n3", "region": "USA"}, 2),
        ({"process": "fabs_leading", "region": "TWN"}, 5),
        ({"maker": "amd", "stage": "clusters", "region": "USA"}, 8),
        ({"commodity": "hbm", "region": "TWN"}, 1),
    ):
        hit = shocked(case, shock(**labels), 2030)
        named = hit.tables.frames["availability"].filter(pl.col("source") == hit.tables.edits[0])
        assert named.select(SITE).unique().height == count, labels


def test_a_plant_without_capacity_is_held_to_a_part_of_what_it_did(tmp_path: Path) -> None:
    case = bakery_case(tmp_path)
    part = shock(process="bakery", factor=0.5, duration=0.5)
    hit = shocked(case, part, 2026, flows_of(case, plan(case)))
    assert solved(hit).objective - solved(case).objective == pytest.approx(10 * 0.25 * 5)
    with pytest.raises(CaseError, match="takes a part of bakery, which has no capacity"):
        shocked(case, part, 2026)
    assert money_lost(case, shock(process="bakery", duration=2)) == pytest.approx(2 * 50)


def test_what_is_not_taken_of_a_target_is_said(tmp_path: Path) -> None:
    case = bakery_case(tmp_path)
    half = shock(region="USA", factor=0.5)
    assert shocked(case, half, 2026).tables.edits == (
        "shock test from 2026: bakery has no capacity, and no flows are given: its commitments fall alone",
        "shock test from 2026: outage of region=USA, factor 0.5 for 1 year",
    )
    assert len(shocked(case, half, 2026, flows_of(case, plan(case))).tables.edits) == 1


def test_routes_carry_nothing_or_a_part(tmp_path: Path) -> None:
    case = trade_case(tmp_path / "free")
    assert money_lost(case, shock(origin="USA", destination="TWN", duration=1)) == pytest.approx(50, rel=0.01)
    part = shock(commodity="grain", destination="TWN", duration=0.5)
    hit = shocked(case, part, 2026, flows_of(case, plan(case)))
    assert solved(hit).objective - solved(case).objective == pytest.approx(25, rel=0.01)
    with pytest.raises(CaseError, match="takes a part of what is sent on routes without capacity"):
        shocked(case, part, 2026)
    # A route that can carry 12.5 lets 10 arrive; half a year of it lets 5 arrive.
    assert money_lost(trade_case(tmp_path / "sized", capacity=12.5), part) == pytest.approx(25, rel=0.01)


# --- force majeure ----------------------------------------------------------------------------------------------------


def test_force_majeure_lifts_least_activity_where_the_shock_hits(tmp_path: Path) -> None:
    case = mill_case(tmp_path, limit("activity_min", "mill", 8))
    assert money_lost(case, shock(process="mill", duration=0.5)) == pytest.approx(25)
    floors = shocked(case, shock(process="mill", duration=0.5), 2026).limits
    assert dict(floors.select("period", "value").iter_rows()) == {
        "2025": 8, "2026": 4, "2027": 8, "2028": 8, "2029": 8,
    }  # fmt: skip


def test_a_floor_of_every_region_falls_in_the_region_that_is_hit_alone(tmp_path: Path) -> None:
    case = mill_case(tmp_path, existing("mill", 10, "TWN"), limit("activity_min", "mill", 2, "each"))
    hit = shocked(case, shock(process="mill", region="TWN"), 2026)
    floors = {(place, period): value for place, period, value in hit.limits.select("place", "period", "value").rows()}
    assert floors["TWN", "2026"] == 0 and floors["USA", "2026"] == 2 and floors["TWN", "2027"] == 2
    assert edit(hit, "capacity[region=TWN] *= 1").limits.equals(hit.limits)


def test_a_least_share_falls_with_its_part() -> None:
    case = read_case("starter")
    hit = shocked(case, shock(process="fab_logic", region="USA", duration=1), 2027)
    shares = dict(hit.shares.filter(pl.col("share") == "home_wafers").select("period", "value").iter_rows())
    assert shares["2027"] == 0 and shares["2028"] == 0.08
    elsewhere = shocked(case, shock(process="fab_logic", region="TWN", factor=0.6, duration=1), 2027)
    assert elsewhere.shares.equals(case.shares)


# --- orders, delays ---------------------------------------------------------------------------------------------------


def test_a_delay_moves_the_start_of_what_is_ordered_and_neither_its_order_nor_its_payments(tmp_path: Path) -> None:
    case = building_case(tmp_path, start=2027)
    hit = shocked(case, shock(kind="delay", factor=0.5, duration=1), 2026)
    # Half of the last year's work is done in 2026, the other half in the first half of 2027.
    assert dict(case.usable_existing.select("period", "value").iter_rows()) == {"2027": 10, "2028": 10, "2029": 10}
    assert dict(hit.usable_existing.select("period", "value").iter_rows()) == {"2027": 5, "2028": 10, "2029": 10}
    assert hit.existing_payments.equals(case.existing_payments)
    # Ordered in 2025: a year is left when the pace falls. In 2026: half a year's work is done in the slow year.
    leads = dict(hit.order_sites.select("period", "lead").iter_rows())
    assert leads == pytest.approx({"2025": 2.5, "2026": 2.5, "2027": 2.0})
    paid = [one.payments.select(*SITE, "period", "year", "paid") for one in (hit, case)]
    assert paid[0].equals(paid[1])


def test_each_date_of_an_order_is_delayed_by_what_is_left_to_build_of_it(tmp_path: Path) -> None:
    """An order of 2025 starts from October 2026 to September 2027. Half the pace in 2027: what starts before stays;
    what was due by the middle of 2027 starts at half the speed, over the whole year; the rest half a year late.
    """
    case = forge_case(tmp_path)
    hit = shocked(case, shock(kind="delay", process="mill", factor=0.5), 2027)
    before, after = (
        dict(one.service.filter(order_period="2025").select("period", "value").iter_rows()) for one in (case, hit)
    )
    assert before == pytest.approx({"2026": 1 / 32, "2027": 23 / 32, "2028": 1, "2029": 1})
    assert after == pytest.approx({"2026": 1 / 32, "2027": 1 / 4 + 1 / 2 * 1 / 2, "2028": 3 / 4 + 7 / 32, "2029": 1})
    # Three quarters of the beams are used in 2026; the rest in the first quarter of 2027, which becomes a half.
    used = hit.build_inputs.filter(period="2025").select("use_period", "value")
    assert dict(used.iter_rows()) == pytest.approx({"2026": 3 / 4, "2027": 1 / 4})


def test_two_delays_add_up_in_either_order(tmp_path: Path) -> None:
    case = building_case(tmp_path, start=2027)
    one, two = shock(kind="delay", factor=0, duration=0.5), shock(kind="delay", factor=0.5, duration=0.5)
    for hit in (
        shocked(shocked(case, one, 2025.5), two, 2026.5),
        shocked(shocked(case, two, 2026.5), one, 2025.5),
    ):
        assert dict(hit.usable_existing.select("period", "value").iter_rows())["2027"] == pytest.approx(10 * 0.25)


def test_orders_that_nobody_funds_are_not_placed(tmp_path: Path) -> None:
    case = building_case(tmp_path, lead=0)
    assert values(solved(case), "order") == {("mill", "USA", "2025"): pytest.approx(10)}
    # What would be ordered in 2025 is missed for that year, and ordered a year later.
    assert money_lost(case, shock(kind="order", process="mill"), start=2025) == pytest.approx(50)
    half = shock(kind="order", process="mill", factor=0.5)
    hit = shocked(case, half, 2025, flows_of(case, plan(case)))
    assert values(solved(hit), "order") == {("mill", "USA", year): pytest.approx(5) for year in ("2025", "2026")}
    with pytest.raises(CaseError, match="takes a part of orders"):
        shocked(case, half, 2025)


# --- terms ------------------------------------------------------------------------------------------------------------


def test_demand_costs_and_duties_are_multiplied_for_a_while(tmp_path: Path) -> None:
    case = mill_case(tmp_path, cost("mill", "variable", 1))
    surge = shocked(case, shock(kind="demand", commodity="grain", factor=1.4, duration=1, recovery=2), 2026)
    asked = surge.tables.frames["demand_quantity"].sort("year")["value"].to_list()
    assert asked == pytest.approx([10, 14, 13, 11, 10])
    dear = shocked(case, shock(kind="cost", process="mill", item="variable", factor=3), 2027)
    assert dict(dear.running_costs.select("period", "value").iter_rows())["2027"] == pytest.approx(3)
    taxed = shocked(case, shock(kind="tariff", process="mill", item="variable", factor=1.25), 2027)
    duty = taxed.running_costs.filter(pl.col("item") == "tariff")
    assert duty.select("period", "value").rows() == [("2027", 0.25)]
    assert solved(taxed).objective == pytest.approx(solved(case).objective)
    assert solved(under(taxed, view="buyer")).objective == pytest.approx(solved(case).objective + 0.25 * 10)


def test_a_ban_forbids_use_and_cuts_licences(tmp_path: Path) -> None:
    chain = (goods("ore", scope="world"), plant("kiln", {"grain": 1}, {"ore": 1}), existing("kiln", 4))
    more = (*chain, process("mine", {"ore": 1}), {"sites": [{"process": "mine", "region": "WLD"}]})
    place = {"commodity_group": "ore", "destination_group": "USA", "of": "use"}
    case = mill_case(tmp_path / "free", *more)
    licensed = mill_case(
        tmp_path / "licensed", *more, {"rules": [{"rule": "licence", **place, "year": 2025, "value": 3}]}
    )
    ban = shock(kind="ban", commodity="ore", destination="USA", factor=0.5, duration=1)
    cut = shocked(licensed, ban, 2026)
    assert dict(cut.rules.select("period", "value").iter_rows())["2026"] == pytest.approx(1.5)
    assert cut.rules.height == licensed.rules.height
    total = shocked(case, shock(kind="ban", commodity="ore", destination="USA"), 2026)
    assert total.rules.select("group", "place", "period", "value").rows() == [("ore", "USA", "2026", 0.0)]
    with pytest.raises(CaseError, match="takes a part of what is used without a licence"):
        shocked(case, ban, 2026)
    assert shocked(case, ban, 2026, flows_of(case, plan(case))).rules.height == 1


# --- what stays, what is refused --------------------------------------------------------------------------------------


def test_kept_plans_survive(tmp_path: Path) -> None:
    kept = pl.DataFrame({"variable": ["order"], "lower": [1.0], "upper": [1.0]})
    case = replace(mill_case(tmp_path), kept=kept)
    assert shocked(case, shock(process="mill"), 2026).kept.equals(kept)


def test_common_causes_hit_together() -> None:
    case = read_case("world-coarse")
    war = next(one for one in shocks_of(case) if one.name == "taiwan_war")
    assert [target.kind for target in war.targets] == ["outage", "delay"]
    hit = shocked(case, war, 2028)
    assert [edit.split(" from")[0] for edit in hit.tables.edits] == ["shock taiwan_war 1", "shock taiwan_war 2"]
    assert hit.tables.frames["slowdowns"]["region"].unique().to_list() == ["TWN"]


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    case = mill_case(tmp_path)
    wrong = [
        shock(process="mil"),
        shock(process="mill", region="TWN"),
        shock(kind="outige"),
        shock(process="mill", factor=2.0),
        shock(process="mill", duration=float("nan")),
        shock(kind="demand", process="mill"),
        shock(kind="cost", process="mill", item="capex"),
        shock(kind="tariff", process="mill", factor=0.5),
        shock(destination="TWN"),
        Shock("empty", ()),
        replace(shock(process="mill"), name="late", start=2050.0),
    ]
    with pytest.raises(CaseError) as caught:
        shocked(case, wrong, 2026)
    told = "\n".join(map(str, caught.value.faults))
    for said in (
        "did you mean 'mill'", "near it: USA", "did you mean 'outage'", "the factor of outage is 2", "duration is nan",
        "process says nothing of demand", "no row of costs", "the factor of tariff is 0.5", "no route",
        "it has no target", "begins in 2050, outside the case",
    ):  # fmt: skip
        assert said in told, said
    with pytest.raises(CaseError, match="has no start"):
        shocked(case, shock(process="mill"))


@pytest.mark.parametrize("name", ["world-coarse", "world"])
def test_every_shock_of_the_world_can_be_applied(name: str) -> None:
    case = read_case(name)
    shocks = shocks_of(case)
    assert len(shocks) == 20
    assert all(one.title and 0 < one.yearly_rate <= 0.3 for one in shocks)
    whole = shocked(case, shocks, 2028)
    assert len(whole.tables.edits) == case.tables.frames["shocks"].height == 30


def test_a_shock_of_a_merged_region_is_less_deep_by_the_part_that_stood_there() -> None:
    fine, coarse = (
        next(one for one in shocks_of(read_case(name)) if one.name == "fire_memory").targets[0]
        for name in ("world", "world-coarse")
    )
    lines = read_case("world").tables.frames["capacity"].filter(pl.col("process") == "hbm_line")
    stood = dict(lines.group_by("region").agg(pl.col("value").sum()).iter_rows())
    part = stood["KOR"] / (stood["KOR"] + stood["JPN"])
    assert (fine.region, coarse.region) == ("KOR", "ALY")
    assert 1 - coarse.factor == pytest.approx(part * (1 - fine.factor), rel=1e-6)


def test_depth_counts_what_the_periods_hold() -> None:
    periods = pl.DataFrame({"start": [2025.5, 2026.5], "end": [2026.5, 2027.0]})
    found = depth_by_year(periods, 2025.75, 0.5)
    assert found["depth"].to_list() == pytest.approx([0.5, 0.25]) and found["year"].to_list() == [2025, 2026]
