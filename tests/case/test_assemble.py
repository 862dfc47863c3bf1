"""From cells to what the model is given: where orders, capacity and activity exist, their money, what norms count."""

from dataclasses import fields
from pathlib import Path

import polars as pl
import pytest

from case.folders import FILES, added, case_of, changed, series
from teraplan.case.case import Case

LIMITS = "limit,kind,group,region_group,year,value,unit,source,grade\n"
SHARES = (
    "share,numerator_group,denominator_group,numerator_regions,denominator_regions,of,sense,year,value,unit,"
    "source,grade\n"
)
RULES = "rule,commodity_group,origin_group,destination_group,of,year,value,unit,source,grade\n"
BLOCKS = "process,region,start,status,end,spent_share,inputs,ramped,value,unit,source,grade\n"
RAMP = {
    "profiles.csv": "profile,position,value,unit,source,grade\nslow,1,0.4,1,book,reported\nslow,2,0.8,1,book,reported\n"
}
TWO_REGIONS = {
    "regions.csv": FILES["regions.csv"] + "TWN,Taiwan,24,121\n",
    **added("sites.csv", "fab,TWN,,,book,reported,", "cluster,TWN,,,book,reported,"),
}


def periods(frame: pl.DataFrame, column: str = "period", **labels: str) -> list[str]:
    """The periods of the rows with these labels, in order."""
    for name, label in labels.items():
        frame = frame.filter(pl.col(name) == label)
    return sorted(frame[column].unique())


def blocks(*rows: str) -> dict[str, str]:
    """The capacity table with these rows of the fab: start, status, end, spent_share, inputs, ramped, value."""
    return {"capacity.csv": BLOCKS + "".join(f"fab,USA,{row},kchip/year,book,reported\n" for row in rows)}


def test_every_field_of_a_case_is_filled(tmp_path: Path) -> None:
    case = case_of(tmp_path)
    frames = [field.name for field in fields(Case) if isinstance(getattr(case, field.name), pl.DataFrame)]
    assert len(frames) > 40
    assert all(getattr(case, name).width > 0 for name in frames)


def test_a_site_is_ordered_as_long_as_its_start_lies_before_the_end_of_the_plan(tmp_path: Path) -> None:
    """The fab takes a year: an order of 2029 would start in 2030, after the plan. The cluster takes a quarter."""
    orders = case_of(tmp_path).order_sites
    assert periods(orders, process="fab") == ["2025", "2026", "2027", "2028"]
    assert periods(orders, process="cluster") == ["2025", "2026", "2027", "2028", "2029"]


def test_a_window_of_service_is_a_window_of_orders_less_the_lead_time(tmp_path: Path) -> None:
    """Orders of a year start half a year plus the lead time after its beginning, in the mean: 2026 to 2028 for the fab
    mean orders of 2025 (in the mean at mid-2026) to 2027 (at mid-2028)."""
    case = case_of(tmp_path, changed("sites.csv", "fab,USA,,", "fab,USA,2026,2028"))
    assert periods(case.order_sites, process="fab") == ["2025", "2026", "2027"]


def test_a_window_that_opens_later_than_the_first_start_waits(tmp_path: Path) -> None:
    case = case_of(tmp_path, changed("sites.csv", "cluster,USA,,", "cluster,USA,2027,"))
    assert periods(case.order_sites, process="cluster") == ["2027", "2028", "2029"]


def test_periods_before_the_decision_place_no_orders(tmp_path: Path) -> None:
    case = case_of(tmp_path, changed("case.toml", "decide_from = 2025", "decide_from = 2027"))
    assert periods(case.order_sites) == ["2027", "2028", "2029"]


def test_without_a_date_of_decision_every_period_orders(tmp_path: Path) -> None:
    case = case_of(tmp_path, changed("case.toml", "decide_from = 2025\n", ""))
    assert periods(case.order_sites)[0] == "2025"


def test_a_process_without_capacity_runs_in_the_years_of_its_window(tmp_path: Path) -> None:
    shop = {
        **added("processes.csv", "shop,wafers,,kchip,1,,book,reported,"),
        **added("sites.csv", "shop,USA,2026,2027,book,reported,"),
        **added("recipes.csv", "shop,,out,chip,,,,1,1,,,book,reported,"),
    }
    case = case_of(tmp_path, shop)
    assert periods(case.activity_sites, process="shop") == ["2026", "2027"]
    assert not case.order_sites.filter(pl.col("process") == "shop").height


def test_activity_exists_where_there_can_be_capacity(tmp_path: Path) -> None:
    """The fab stands since 2024; the first cluster ordered in 2025 serves in 2025 already."""
    case = case_of(tmp_path)
    assert periods(case.activity_sites, process="fab") == ["2025", "2026", "2027", "2028", "2029"]
    late = case_of(tmp_path / "late", {**changed("lead_times.csv", ",3,month", ",30,month"), "capacity.csv": None})
    assert periods(late.activity_sites, process="cluster") == ["2027", "2028", "2029"]


def test_capacity_that_was_there_serves_from_its_start_to_its_end(tmp_path: Path) -> None:
    case = case_of(tmp_path, blocks("2026-07-02,operating,2028.5,,,,4"))
    found = series(case.capacity_existing)
    assert found == pytest.approx({"2026": 2.0, "2027": 4.0, "2028": 2.0}, abs=0.02)


def test_capacity_without_an_end_lives_as_long_as_its_process(tmp_path: Path) -> None:
    """A fab of 2017 with a life of ten years ends in 2027."""
    assert series(case_of(tmp_path, blocks("2017,operating,,,,,4")).capacity_existing) == {"2025": 4, "2026": 4}


def test_capacity_that_is_the_effective_level_does_not_ramp(tmp_path: Path) -> None:
    """Started in 2025 with a ramp of 40 and 80 percent: yes ramps, no is at its level at once."""
    lead = changed("lead_times.csv", "fab,,,,12", "fab,,,slow,12")
    ramped = case_of(tmp_path / "a", {**RAMP, **lead, **blocks("2025,operating,,,,yes,10")})
    level = case_of(tmp_path / "b", {**RAMP, **lead, **blocks("2025,operating,,,,no,10")})
    assert list(series(ramped.usable_existing).values()) == pytest.approx([4, 8, 10, 10, 10])
    assert list(series(level.usable_existing).values()) == pytest.approx([10] * 5)
    assert series(ramped.capacity_existing) == series(level.capacity_existing)


def test_an_order_ramps_and_is_paid_for_in_full(tmp_path: Path) -> None:
    lead = changed("lead_times.csv", "fab,,,,12", "fab,,,slow,0")
    case = case_of(tmp_path, {**RAMP, **lead, "case.toml": 'order_timing = "start"\n' + FILES["case.toml"]})
    first = {"process": "fab", "order_period": "2025"}
    assert list(series(case.service, **first).values()) == pytest.approx([0.4, 0.8, 1, 1, 1])
    assert list(series(case.in_service, **first).values()) == pytest.approx([1] * 5)


def paid(case: Case) -> dict[int, float]:
    """What is still to be paid for earlier orders, by year [GUSD]."""
    lines = case.existing_payments.group_by("year").agg(pl.col("paid").sum()).sort("year")
    return dict(lines.filter(pl.col("paid") > 1e-9).rows())


def test_what_was_to_be_paid_before_the_decision_is_spent(tmp_path: Path) -> None:
    """10 of capacity at 3 GUSD, ordered in mid-2024 and started in mid-2025: half of 30 GUSD falls after 2025 began."""
    assert paid(case_of(tmp_path, blocks("2025.5,under_construction,,,,,10"))) == pytest.approx({2025: 15})


def test_a_decision_within_a_year_divides_its_payments(tmp_path: Path) -> None:
    """The year from 2025.0 to 2026.0 pays 30 GUSD evenly; the plan decides from its second quarter on."""
    changes = {**blocks("2026,under_construction,,,,,10"), **changed("case.toml", "from = 2025", "from = 2025.25")}
    assert paid(case_of(tmp_path, changes)) == pytest.approx({2025: 22.5})


def test_a_given_share_spent_leaves_the_rest_to_the_dates_that_are_left(tmp_path: Path) -> None:
    assert paid(case_of(tmp_path, blocks("2025.5,under_construction,,0.9,,,10"))) == pytest.approx({2025: 3})
    assert paid(case_of(tmp_path / "all", blocks("2025.5,under_construction,,1,,,10"))) == {}


def test_only_what_says_so_still_demands_its_build_inputs(tmp_path: Path) -> None:
    """10 of capacity started in mid-2025 take 2 of steel each at their start: 20 Mt in 2025, or none."""
    steel = {
        **added("commodities.csv", "steel,Steel,Mt,good,region"),
        **added("processes.csv", "mill,x,,Mt,1,,book,reported,"),
        **added("sites.csv", "mill,USA,,,book,reported,"),
        **added(
            "recipes.csv",
            "fab,,build,steel,,,,2,Mt/(kchip/year),,,book,reported,",
            "mill,,out,steel,,,,1,1,,,book,reported,",
        ),
    }
    asked = case_of(tmp_path / "yes", {**steel, **blocks("2025.5,under_construction,,,yes,,10")})
    delivered = case_of(tmp_path / "no", {**steel, **blocks("2025.5,under_construction,,,no,,10")})
    assert series(asked.existing_build) == pytest.approx({"2025": 20})
    assert not delivered.existing_build.height


def test_parts_that_are_needed_before_come_from_the_year_before(tmp_path: Path) -> None:
    """Chips of six months before: half of a year's use falls in the year before; before the plan it is told apart."""
    case = case_of(tmp_path, changed("recipes.csv", "chip,,,,0.5", "chip,,,6,0.5"))
    used = case.inputs.filter(pl.col("period") == "2026").select("use_period", "value")
    assert dict(used.rows()) == pytest.approx({"2025": 0.25, "2026": 0.25})
    assert case.prehorizon_inputs.select("period", "commodity", "value").rows() == [("2025", "chip", 0.25)]


def test_values_of_a_period_are_means_over_its_years(tmp_path: Path) -> None:
    """Periods of two and three years; the variable cost falls from 0.2 in 2025 to 0.1 in 2029."""
    text = FILES["case.toml"].replace(
        "end = 2030\nstep = 1", "end = 2027\nstep = 2\n\n[[period]]\nstart = 2027\nend = 2030\nstep = 3"
    )
    case = case_of(tmp_path, {"case.toml": text})
    costs = series(case.running_costs, process="cluster", item="variable")
    assert costs == pytest.approx({"2025-2026": (0.2 + 0.175) / 2, "2027-2029": (0.15 + 0.125 + 0.1) / 3})


def test_a_limit_of_each_region_is_one_limit_a_region(tmp_path: Path) -> None:
    text = LIMITS + "few,order_max,fab,each,2026,1,kchip/year/year,book,reported\n"
    case = case_of(tmp_path, {**TWO_REGIONS, "limits.csv": text})
    assert sorted(case.limits["place"].unique()) == ["TWN", "USA"]
    assert sorted(case.limit_members.select("place", "region").rows()) == [("TWN", "TWN"), ("USA", "USA")]


def test_a_limit_of_all_regions_counts_them_together(tmp_path: Path) -> None:
    text = LIMITS + "few,order_max,f*,*,2026,1,kchip/year/year,book,reported\n"
    case = case_of(tmp_path, {**TWO_REGIONS, "limits.csv": text})
    assert case.limits["place"].unique().to_list() == ["*"]
    assert sorted(case.limit_members.select("place", "region").rows()) == [("*", "TWN"), ("*", "USA")]


@pytest.mark.parametrize(("regions", "places"), [("*", ["*"]), ("each", ["TWN", "USA"]), ("USA", ["USA"])])
def test_an_emission_limit_counts_what_is_put_out_where_it_holds(
    tmp_path: Path, regions: str, places: list[str]
) -> None:
    changes = {
        **TWO_REGIONS,
        **added("commodities.csv", "co2,Carbon dioxide,Mt,emission,region"),
        **added("recipes.csv", "fab,,out,co2,,,,0.1,Mt/kchip,,,book,reported,"),
        "limits.csv": LIMITS + f"clean,emission_max,co2,{regions},2025,5,Mt/year,book,reported\n",
    }
    case = case_of(tmp_path, changes)
    assert sorted(case.limits["place"].unique()) == places
    counted = case.emission_outputs.filter(pl.col("period") == "2026")
    assert sorted(counted["region"]) == (["USA"] if regions == "USA" else ["TWN", "USA"])
    assert counted["value"].unique().to_list() == [0.1]


def test_a_share_measures_both_sides_by_what_each_activity_gives(tmp_path: Path) -> None:
    text = SHARES + "home,cluster,cluster,USA,*,out:compute,at_least,2025,0.3,1,book,reported\n"
    case = case_of(tmp_path, {**TWO_REGIONS, "shares.csv": text})
    sides = case.share_measures.filter(pl.col("period") == "2026").select("side", "region", "value").rows()
    assert sorted(sides) == [("denominator", "TWN", 1), ("denominator", "USA", 1), ("numerator", "USA", 1)]


def test_a_rule_counts_the_use_of_a_good_or_of_what_it_counts_for(tmp_path: Path) -> None:
    """A licence in chips counts chips; one in H100e counts what the processes that use these chips use of H100e."""
    changes = {
        **added("commodities.csv", "h100e,Equivalents,MH100e,count,region"),
        **added("recipes.csv", "cluster,,in,h100e,,,,2,MH100e/(MH100e*year),,,book,reported,"),
        "rules.csv": RULES
        + "chips,chip,*,USA,use,2025,9,kchip/year,book,reported\n"
        + "power,chip,*,USA,use:h100e,2025,9,MH100e/year,book,reported\n",
    }
    counted = case_of(tmp_path, changes).rule_activity.filter(pl.col("period") == "2026")
    assert sorted(counted.select("rule", "process", "value").rows()) == [
        ("chips", "cluster", 0.5),
        ("power", "cluster", 2),
    ]


def test_a_rule_of_arrivals_counts_the_routes_from_its_origin(tmp_path: Path) -> None:
    changes = {
        **TWO_REGIONS,
        "routes.csv": "commodity,origin,destination,source,grade\n"
        "chip,TWN,USA,book,reported\nchip,USA,TWN,book,reported\n",
        "rules.csv": RULES + "gate,chip,TWN,USA,arrivals,2025,9,kchip/year,book,reported\n",
    }
    assert case_of(tmp_path, changes).rule_arrivals.select("origin", "destination").rows() == [("TWN", "USA")]


def test_a_local_share_is_the_mean_of_the_buyers_by_what_they_ask(tmp_path: Path) -> None:
    """One buyer asks for 2 in 2025 and half at home, another for 6 and nothing at home: an eighth."""
    changes = added(
        "demand.csv",
        "compute,USA,,,local_share_min,,0.5,1,book,forecast,",
        "compute,USA,state,,quantity,,6,MH100e*year/year,book,forecast,",
    )
    assert series(case_of(tmp_path, changes).local_share)["2025"] == pytest.approx(1 / 8)


def test_taxes_are_transfers_on_what_they_are_of(tmp_path: Path) -> None:
    """A quarter of the fab's capital is credited; a charge of a tenth is on the cluster's variable cost."""
    changes = {
        "taxes.csv": "tax,kind,process,of,value,unit,source,grade\n"
        "help,credit,fab,capex,0.25,1,book,reported\nfee,charge,cluster,variable,0.1,1,book,reported\n"
    }
    case = case_of(tmp_path, changes)
    lines = case.payments.filter((pl.col("process") == "fab") & (pl.col("period") == "2025"))
    money = dict(lines.group_by("item").agg(pl.col("paid").sum()).rows())
    assert money == pytest.approx({"capex": 3, "credit": -0.75})
    assert series(case.running_costs, process="cluster", item="charge")["2025"] == pytest.approx(0.02)
    view = dict(case.cost_items.select("item", "transfer").rows())
    assert view["credit"] and view["charge"] and not view["capex"]


def factor(year: float) -> float:
    """What a payment in a year is worth in 2025 [1]."""
    return 1.08 ** -(year + 0.5 - 2025)


INSIDE = 1.5 * factor(2028) + 1.5 * factor(2029)
SERVED = 0.5 * factor(2029)
WHOLE = SERVED + sum(factor(year) for year in range(2030, 2039)) + 0.5 * factor(2039)


@pytest.mark.parametrize(
    ("end", "charged"),
    [("none", INSIDE), ("annuity", INSIDE * SERVED / WHOLE), ("salvage", INSIDE - 3 * 0.95 * 1.08**-5)],
)
def test_what_outlives_the_plan_is_charged_as_the_case_says(tmp_path: Path, end: str, charged: float) -> None:
    """A fab of ten years, ordered evenly through 2028 and paid evenly until it starts a year later: 1.5 GUSD in 2028,
    1.5 in 2029. It serves half of 2029, all of 2030 to 2038 and half of 2039, and is half a year old at the plan's end:
    an annuity takes the discounted part of its service inside, salvage gives back 95 % of 3 GUSD at the end of 2029.
    """
    case = case_of(tmp_path, {"case.toml": f'horizon_end = "{end}"\n' + FILES["case.toml"]})
    late = case.payments.filter((pl.col("process") == "fab") & (pl.col("period") == "2028"))
    assert late["paid"].sum() == pytest.approx(3)
    assert late["charged"].sum() == pytest.approx(charged)
    assert (late["charged"] + late["beyond"]).sum() == pytest.approx(INSIDE)


def test_running_costs_are_zero_nowhere(tmp_path: Path) -> None:
    """A cost of 0 is no line: the fab has no variable cost in 2026 where the table says 0."""
    case = case_of(tmp_path, added("costs.csv", "fab,,,variable,,0,GUSD/kchip,,,,book,reported,"))
    assert not case.running_costs.filter(pl.col("process") == "fab").height
