"""From typed rows to cells: which row speaks for a cell, what holds between years, and in which unit and money."""

from pathlib import Path

import polars as pl
import pytest

from case.folders import FILES, added, changed, tables_of
from teraplan.case.patterns import by_year, covers, matching

CAPEX = "fab,,,capex,,3,GUSD/(kchip/year),,,,book,reported,"
COSTS = FILES["costs.csv"].replace(f"{CAPEX}\n", "")
LIMITS = "limit,kind,group,region_group,year,value,unit,source,grade\n"
SHARES = (
    "share,numerator_group,denominator_group,numerator_regions,denominator_regions,of,sense,year,value,unit,"
    "source,grade\n"
)
RULES = "rule,commodity_group,destination_group,of,year,value,unit,source,grade\n"
TAXES = "tax,kind,process,of,year,value,unit,money_year,source,grade\n"
YEARS = range(2025, 2030)


def values(frame: pl.DataFrame, **labels: str) -> dict[int, float]:
    """The values by year of the cells with these labels."""
    for name, label in labels.items():
        frame = frame.filter(pl.col(name) == label)
    return dict(frame.select("year", "value").rows())


def capex(folder: Path, *rows: str) -> dict[int, float]:
    """Capital cost of the fab by year, from these rows alone [GUSD / (kchip/year)]."""
    costs = COSTS + "".join(f"{row},GUSD/(kchip/year),,,,book,reported,\n" for row in rows)
    return values(tables_of(folder, {"costs.csv": costs}).frames["costs"], process="fab", item="capex")


@pytest.mark.parametrize(
    ("wide", "narrow", "covered"),
    [
        ("*", "fab_n5", True),
        ("fab_*", "fab_n5", True),
        ("fab_*", "fab_n*", True),
        ("fab_n*", "fab_*", False),
        ("*_n5", "fab_*", False),
        ("fab_*", "*_n5", False),
        ("fab_n5", "fab_n5", True),
        ("*b*", "fab_*", True),
    ],
)
def test_a_pattern_covers_what_is_more_specific(wide: str, narrow: str, covered: bool) -> None:
    assert covers(wide, narrow) is covered


def test_a_pattern_stands_for_labels_and_not_for_parts_of_them() -> None:
    assert matching("fab_*", ["fab_n5", "fab", "my_fab_n5", "fab_"]) == ["fab_n5", "fab_"]
    assert matching("a.b", ["a.b", "axb"]) == ["a.b"]
    assert matching("a.*", ["a.b", "axb"]) == ["a.b"]


def test_the_most_specific_row_group_wins_with_its_whole_series_of_years(tmp_path: Path) -> None:
    """The pattern knows 2025 and 2029; the exact row knows 2027 alone, and holds in every year."""
    assert capex(tmp_path, "fa*,,,capex,2025,1", "fa*,,,capex,2029,9", "fab,,,capex,2027,5") == dict.fromkeys(YEARS, 5)


def test_a_longer_pattern_is_more_specific_than_a_shorter_one_that_covers_it(tmp_path: Path) -> None:
    assert capex(tmp_path, "*,,,capex,,1", "f*,,,capex,,2", "fa*,,,capex,,3")[2025] == 3


def test_a_region_decides_where_the_process_does_not(tmp_path: Path) -> None:
    assert capex(tmp_path, "fab,,*,capex,,1", "fab,,USA,capex,,2")[2025] == 2


def test_items_are_resolved_one_by_one(tmp_path: Path) -> None:
    """The exact row of one item does not take the other item from the pattern."""
    costs = (
        COSTS
        + "f*,,,capex,,1,GUSD/(kchip/year),,,,book,reported,\nf*,,,fixed,,2,GUSD/(kchip/year)/year,,,,book,reported,\n"
    )
    frame = tables_of(tmp_path, {"costs.csv": costs + f"{CAPEX}\n"}).frames["costs"]
    assert values(frame, process="fab", item="capex")[2025] == 3
    assert values(frame, process="fab", item="fixed")[2025] == 2


def test_a_mode_is_resolved_like_any_other_label(tmp_path: Path) -> None:
    """Two recipes of the cluster; the cost of all modes gives way to that of one, and is not added to it."""
    recipes = (
        "cluster,train,in,chip,,,,1,kchip/(MH100e*year),,,book,reported,",
        "cluster,train,out,compute,,,,1,1,,,book,reported,",
    )
    dear = "cluster,train,,variable,,7,GUSD/(MH100e*year),,,,book,reported,"
    frame = tables_of(tmp_path, {**added("recipes.csv", *recipes), **added("costs.csv", dear)}).frames["costs"]
    assert values(frame, process="cluster", item="variable", mode="train") == dict.fromkeys(YEARS, 7)
    assert values(frame, process="cluster", item="variable", mode="main")[2025] == pytest.approx(0.2)


def test_patterns_fill_values_and_create_no_existence(tmp_path: Path) -> None:
    """A cost, a lead time and an availability for everything everywhere leave the fab where its site is."""
    changes = {
        "regions.csv": FILES["regions.csv"] + "TWN,Taiwan,24,121\n",
        **added("costs.csv", "f*,*,*,margin,,0,GUSD/kchip,,,,book,reported,"),
        "availability.csv": "process,region,value,unit,source,grade\n*,*,0.9,1,book,reported\n",
    }
    frames = tables_of(tmp_path, changes).frames
    for name in ("costs", "lead_times", "availability", "recipes"):
        assert frames[name]["region"].unique().to_list() == ["USA"]


def test_between_given_years_values_are_interpolated_and_outside_they_are_flat(tmp_path: Path) -> None:
    found = capex(tmp_path, "fab,,,capex,2026,2", "fab,,,capex,2028,6")
    assert found == {2025: 2, 2026: 2, 2027: 4, 2028: 6, 2029: 6}


def test_years_outside_the_plan_shape_what_is_inside(tmp_path: Path) -> None:
    found = capex(tmp_path, "fab,,,capex,2020,0", "fab,,,capex,2030,10")
    assert found == pytest.approx({2025: 5, 2026: 6, 2027: 7, 2028: 8, 2029: 9})


def test_low_and_high_are_interpolated_with_their_value(tmp_path: Path) -> None:
    first, last = "fab,,,capex,2025,2,GUSD/(kchip/year),1,3,,", "fab,,,capex,2029,6,GUSD/(kchip/year),5,11,,"
    rows = f"{first}book,reported,\n{last}book,reported,\n"
    frame = tables_of(tmp_path, {"costs.csv": COSTS + rows}).frames["costs"].filter(pl.col("process") == "fab")
    assert frame.filter(pl.col("year") == 2027).select("low", "value", "high").row(0) == (3, 4, 7)


def test_a_row_without_year_holds_in_every_year(tmp_path: Path) -> None:
    assert capex(tmp_path, "fab,,,capex,,2") == dict.fromkeys(YEARS, 2)


def test_a_cell_remembers_its_line_source_and_grade(tmp_path: Path) -> None:
    frame = tables_of(tmp_path).frames["costs"].filter((pl.col("item") == "variable") & (pl.col("year") == 2027))
    assert frame.select("line", "source", "grade").row(0) == (4, "book", "reported")


def limited(folder: Path, *rows: str) -> dict[int, float]:
    """A limit on orders of the fab by year."""
    text = LIMITS + "".join(f"few,order_max,fab,USA,{row},(kchip/year)/year,book,reported\n" for row in rows)
    return values(tables_of(folder, {"limits.csv": text}).frames["limits"])


def test_a_limit_holds_from_its_first_year_on_and_between_years_it_is_interpolated(tmp_path: Path) -> None:
    assert limited(tmp_path, "2026,2", "2028,6") == {2026: 2, 2027: 4, 2028: 6, 2029: 6}


def test_an_empty_value_ends_a_limit(tmp_path: Path) -> None:
    assert limited(tmp_path, "2026,2", "2028,") == {2026: 2, 2027: 2}


def test_a_limit_that_has_ended_may_begin_again(tmp_path: Path) -> None:
    assert limited(tmp_path, "2025,2", "2026,", "2028,6") == {2025: 2, 2028: 6, 2029: 6}


def test_a_limit_without_year_holds_always(tmp_path: Path) -> None:
    assert limited(tmp_path, ",2") == dict.fromkeys(YEARS, 2)


def test_a_share_holds_from_its_first_year_to_its_end(tmp_path: Path) -> None:
    rows = ("2026,0.2", "2028,0.4", "2029,")
    text = SHARES + "".join(f"most,fab,fab,*,*,activity,at_most,{row},1,book,reported\n" for row in rows)
    found = values(tables_of(tmp_path, {"shares.csv": text}).frames["shares"])
    assert found == pytest.approx({2026: 0.2, 2027: 0.3, 2028: 0.4})


def test_rules_go_in_steps(tmp_path: Path) -> None:
    rows = ("2026,2", "2028,6", "2029,")
    text = RULES + "".join(f"ban,chip,USA,use,{row},kchip/year,book,reported\n" for row in rows)
    assert values(tables_of(tmp_path, {"rules.csv": text}).frames["rules"]) == {2026: 2, 2027: 2, 2028: 6}


def test_taxes_go_in_steps_and_an_empty_one_ends(tmp_path: Path) -> None:
    rows = ("2026,0.2", "2028,")
    text = TAXES + "".join(f"help,credit,fab,capex,{row},1,,book,reported\n" for row in rows)
    assert values(tables_of(tmp_path, {"taxes.csv": text}).frames["taxes"]) == {2026: 0.2, 2027: 0.2}


def test_numbers_are_turned_into_the_units_of_the_case(tmp_path: Path) -> None:
    """Power in GW*year: 8.766 TWh are 1 GW*year; a dollar a MWh is 0.008766 GUSD a GW*year (a year has 8766 hours)."""
    power = {
        **added("commodities.csv", "power,Power,GW*year,good,region"),
        **added("processes.csv", "plant,power,GW,GW*year,1,30,book,reported,"),
        **added("sites.csv", "plant,USA,,,book,reported,"),
        **added("recipes.csv", "plant,,out,power,,,,1,1,,,book,reported,"),
        **added(
            "costs.csv",
            "plant,,,capex,,1500,USD/kW,1000,2000,,book,reported,",
            "plant,,,fuel,,25,USD/MWh,,,,book,reported,",
            "plant,,,fixed,,30,USD/kW/year,,,,book,reported,",
        ),
        **added("demand.csv", "power,USA,,,quantity,,8.766,TWh/year,book,forecast,"),
        **added("lead_times.csv", "plant,,,,2,year,,,book,reported,"),
    }
    frames = tables_of(tmp_path, power).frames
    assert values(frames["costs"], process="plant", item="capex")[2025] == pytest.approx(1.5)
    assert values(frames["costs"], process="plant", item="fuel")[2025] == pytest.approx(25 * 8766e-6)
    assert values(frames["costs"], process="plant", item="fixed")[2025] == pytest.approx(0.03)
    assert values(frames["demand_quantity"], commodity="power")[2025] == pytest.approx(1.0)
    assert frames["lead_times"].filter(pl.col("process") == "plant")["value"].to_list() == pytest.approx([24])
    assert frames["costs"].filter(pl.col("low").is_not_null())["high"].max() == 12


def test_a_rule_is_in_the_unit_of_what_it_counts(tmp_path: Path) -> None:
    text = RULES + "ban,chip,USA,use,2026,500,chip/month,book,reported\n"
    assert values(tables_of(tmp_path, {"rules.csv": text}).frames["rules"])[2026] == pytest.approx(6)


def test_old_money_is_turned_into_that_of_the_base_year(tmp_path: Path) -> None:
    """Prices of 2020 were four fifths of those of 2025: 8 then are 10 now, and the range goes along."""
    changes = {
        **changed("costs.csv", "10,GUSD/GW,8,12,,", "8,GUSD/GW,6,12,2020,"),
        "deflators.csv": "deflated_year,value,unit,source,grade\n2020,0.8,1,book,reported\n",
    }
    row = tables_of(tmp_path, changes).frames["costs"].filter(pl.col("process") == "cluster").row(0, named=True)
    assert (row["low"], row["value"], row["high"]) == pytest.approx((7.5, 10, 15))


def test_only_money_is_turned_into_that_of_the_base_year(tmp_path: Path) -> None:
    text = FILES["demand.csv"].replace("unit,source", "unit,money_year,source").replace(",book", ",2020,book")
    changes = {"demand.csv": text, "deflators.csv": "deflated_year,value,unit,source,grade\n2020,0.8,1,book,reported\n"}
    frames = tables_of(tmp_path, changes).frames
    assert frames["demand_quantity"].filter(pl.col("year") == 2029)["value"].to_list() == [10]
    assert frames["demand_anchor"]["value"].unique().to_list() == pytest.approx([6.25])
    assert frames["demand_steps"].filter(pl.col("step") == 0)["width"].unique().to_list() == [0.6]


def test_money_of_another_currency_is_turned_by_the_rate_of_its_year(tmp_path: Path) -> None:
    """10 GEUR of 2024 at 1.1 USD are 11 GUSD of 2024; at prices of 0.9 these are 12.22 GUSD of 2025."""
    changes = {
        **changed("costs.csv", "10,GUSD/GW,8,12,,", "10,GEUR/GW,8,12,2024,"),
        "exchange.csv": "currency,year,value,unit,source,grade\n"
        "EUR,2024,1.1,USD/EUR,book,reported\nEUR,2025,2,USD/EUR,book,reported\n",
        "deflators.csv": "deflated_year,value,unit,source,grade\n2024,0.9,1,book,reported\n",
    }
    row = tables_of(tmp_path, changes).frames["costs"].filter(pl.col("process") == "cluster").row(0, named=True)
    assert (row["low"], row["value"], row["high"]) == pytest.approx((8.8 / 0.9, 11 / 0.9, 13.2 / 0.9))


def test_a_rate_of_exchange_without_a_year_holds_in_every_year(tmp_path: Path) -> None:
    changes = {
        **changed("costs.csv", "10,GUSD/GW,8,12,,", "1500,kJPY/kW,,,,"),
        "exchange.csv": "currency,value,unit,source,grade\nJPY,7,mUSD/JPY,book,reported\n",
    }
    row = tables_of(tmp_path, changes).frames["costs"].filter(pl.col("process") == "cluster").row(0, named=True)
    assert row["value"] == pytest.approx(1500e3 * 0.007 / 1e3)


def test_a_case_may_count_in_another_currency(tmp_path: Path) -> None:
    own = {name: text.replace("GUSD", "GEUR") for name, text in FILES.items() if name in ("costs.csv", "demand.csv")}
    settings = 'currency = "EUR"\nmoney_unit = "GEUR"\n' + FILES["case.toml"]
    rate = "currency,value,unit,source,grade\nUSD,0.5,EUR/USD,book,reported\n"
    costs = own["costs.csv"].replace("10,GEUR/GW", "10,GUSD/GW")
    changes = {**own, "case.toml": settings, "exchange.csv": rate, "costs.csv": costs}
    row = tables_of(tmp_path, changes).frames["costs"].filter(pl.col("process") == "cluster").row(0, named=True)
    assert row["value"] == pytest.approx(5)


def test_a_price_on_an_emission_is_money_of_its_year_too(tmp_path: Path) -> None:
    changes = {
        **added("commodities.csv", "co2,Carbon dioxide,Mt,emission,region"),
        **added("recipes.csv", "fab,,out,co2,,,,0.1,Mt/kchip,,,book,reported,"),
        "taxes.csv": TAXES + "carbon,price,fab,co2,,80,USD/t,2020,book,reported\n",
        "deflators.csv": "deflated_year,value,unit,source,grade\n2020,0.8,1,book,reported\n",
    }
    assert values(tables_of(tmp_path, changes).frames["taxes"])[2025] == pytest.approx(0.1)


def test_step_prices_are_money_or_multiples_of_the_anchor_price(tmp_path: Path) -> None:
    steps = tables_of(tmp_path, changed("demand.csv", "step_price,1,1,1", "step_price,1,4000,USD/(H100e*year)")).frames[
        "demand_steps"
    ]
    assert steps.filter(pl.col("step") == 0)["price"].unique().to_list() == pytest.approx([15])
    assert steps.filter(pl.col("step") == 1)["price"].unique().to_list() == pytest.approx([4])


def test_groups_hold_labels_patterns_and_makers(tmp_path: Path) -> None:
    changes = {
        "processes.csv": FILES["processes.csv"]
        .replace("stage,", "maker,stage,")
        .replace("fab,", "fab,acme,")
        .replace("cluster,", "cluster,zeta,"),
        "groups.csv": "group,kind,member\nall,process,*\nmine,maker,ac*\nhere,region,USA\n",
    }
    rows = tables_of(tmp_path, changes).frames["groups"].select("group", "kind", "member").rows()
    assert rows == [
        ("all", "process", "fab"),
        ("all", "process", "cluster"),
        ("mine", "maker", "acme"),
        ("here", "region", "USA"),
    ]


def test_slices_of_weights_that_nearly_sum_to_one_make_a_year(tmp_path: Path) -> None:
    slices = "slice,day_type,order,weight,source,grade\n" + "".join(
        f"s{n},day,{n},0.166667,book,reported\n" for n in range(6)
    )
    assert tables_of(tmp_path, {"slices.csv": slices}).frames["slices"]["weight"].sum() == pytest.approx(1, abs=1e-12)


def sliced_availability(folder: Path, *rows: str) -> dict[str | None, float]:
    """Availability by slice of a plant on the sliced clock."""
    changes = {
        **added("commodities.csv", "power,Power,GW*year,good,region"),
        "processes.csv": FILES["processes.csv"]
        .replace("stage,", "clock,stage,")
        .replace("fab,", "fab,,")
        .replace("cluster,clusters", "cluster,,clusters")
        + "plant,sliced,power,GW,GW*year,1,30,book,reported,\n",
        **added("sites.csv", "plant,USA,,,book,reported,"),
        **added("recipes.csv", "plant,,out,power,,,,1,1,,,book,reported,"),
        **added("costs.csv", "plant,,,capex,,1,GUSD/GW,,,,book,reported,"),
        "slices.csv": "slice,day_type,order,weight,source,grade\n"
        "day,d,0,0.5,book,reported\nnight,d,1,0.5,book,reported\n",
        "availability.csv": "process,region,slice,value,unit,source,grade\n"
        + "".join(f"{row},1,book,reported\n" for row in rows),
    }
    frame = (
        tables_of(folder, changes)
        .frames["availability"]
        .filter((pl.col("process") == "plant") & (pl.col("year") == 2025))
    )
    return dict(frame.select("slice", "value").rows())


def test_a_slice_is_resolved_like_any_other_label(tmp_path: Path) -> None:
    assert sliced_availability(tmp_path, "plant,,*,0.5", "plant,,day,0.9") == {"day": 0.9, "night": 0.5}


def test_an_availability_without_slice_is_the_sum_over_the_year(tmp_path: Path) -> None:
    assert sliced_availability(tmp_path, "plant,,,0.6", "plant,,day,0.9") == {None: 0.6, "day": 0.9}


def test_an_availability_of_everything_in_every_slice_is_that_of_yearly_processes_too(tmp_path: Path) -> None:
    changes = {
        "slices.csv": "slice,day_type,order,weight,source,grade\nday,d,0,1,book,reported\n",
        "availability.csv": "process,region,slice,value,unit,source,grade\n*,*,*,0.9,1,book,reported\n",
    }
    frame = tables_of(tmp_path, changes).frames["availability"]
    assert sorted(frame.filter(pl.col("year") == 2025).select("process", "slice", "value").rows()) == [
        ("cluster", None, 0.9),
        ("fab", None, 0.9),
    ]


def test_by_year_takes_many_series_at_once() -> None:
    rows = pl.DataFrame({"key": ["a", "a", "b"], "year": [2025, 2027, None], "value": [1.0, 3.0, 7.0]}).with_columns(
        pl.col("year").cast(pl.Int32)
    )
    found = by_year(rows, ["key"], range(2025, 2028), before=True, stepwise=False).sort("key", "year")
    assert found["value"].to_list() == [1, 2, 3, 7, 7, 7]
