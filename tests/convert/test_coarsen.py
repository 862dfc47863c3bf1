"""A coarse case by hand: two countries and two slices become one each; what is summed, what a mean, what left out."""

import csv
import tomllib
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

from case.folders import FILES, write
from teraplan.case.read import load_tables
from teraplan.convert.coarsen import coarse_texts, coarsen
from teraplan.convert.series import Row, rows_of, with_patterns
from teraplan.errors import CaseError

RULE = """\
source = "{source}"
name = "joined"
title = "Two countries as one"
demand_steps = {{ compute = 2 }}

[[period]]
start = 2025
end = 2029
step = 2

[regions.NAM]
name = "North America"
members = ["USA", "CAN"]

[slices.all_day]
day_type = "any"
order = 0
members = ["night", "day"]
"""
COUNTRIES: Mapping[str, str] = {
    "regions.csv": "region,name,latitude,longitude\nUSA,United States,39,-95\nCAN,Canada,52,-100\nTWN,Taiwan,24,121\n",
    "processes.csv": "process,stage,clock,capacity_unit,activity_unit,rate,life,source,grade,note\n"
    "fab,wafers,,kchip/year,kchip,1,10,book,reported,\ncluster,clusters,,GW,MH100e*year,2,5,book,reported,\n"
    "solar,power,sliced,GW,GW*year,1,25,book,reported,\n",
    "commodities.csv": "commodity,name,unit,kind,scope,clock\nchip,Chips,kchip,good,region,\n"
    "compute,Compute,MH100e*year,service,region,\nelectricity,Power,GW*year,good,region,sliced\n",
    "sites.csv": FILES["sites.csv"]
    + "fab,CAN,2027,2030,book,reported,\nfab,TWN,,,book,reported,\ncluster,CAN,2026,,book,reported,\n"
    + "solar,USA,,,book,reported,\nsolar,CAN,,,book,reported,\n",
    "recipes.csv": FILES["recipes.csv"] + "solar,,out,electricity,,,,1,1,,,book,reported,\n",
    "costs.csv": FILES["costs.csv"]
    + "fab,,CAN,capex,,7,GUSD/(kchip/year),,,,guess,assumption,dear\n"
    + "cluster,,CAN,capex,,20,GUSD/GW,18,30,,book,reported,\n"
    + "solar,,,capex,,1,GUSD/GW,,,,book,reported,\nsolar,,USA,fixed,,1,GUSD/GW/year,,,,book,reported,\n",
    "slices.csv": "slice,day_type,order,weight,source,grade,note\n"
    "night,any,0,0.25,book,reported,\nday,any,1,0.75,book,reported,\n",
    "availability.csv": "process,region,slice,value,unit,source,grade,note\n"
    "solar,USA,night,0.1,1,book,reported,\nsolar,USA,day,0.5,1,book,reported,\n",
    "capacity.csv": FILES["capacity.csv"] + "fab,CAN,2024,operating,,1,kchip/year,book,reported,\n",
    "limits.csv": "limit,kind,group,region_group,year,value,unit,source,grade,note\n"
    "sites,order_max,fab,USA,2025,3,kchip/year/year,book,reported,\n"
    "sites,order_max,fab,CAN,2025,1,kchip/year/year,book,reported,\n"
    "sites,order_max,fab,CAN,2028,,kchip/year/year,book,reported,\n"
    "halls,order_max,cluster,CAN,2025,2,GW/year,book,reported,\n"
    "least,order_min,cluster,CAN,2025,0.5,GW/year,book,reported,\n",
    "demand.csv": FILES["demand.csv"]
    + "compute,CAN,,2025,quantity,,1,MH100e*year/year,book,forecast,\n"
    + "compute,CAN,,2029,quantity,,5,MH100e*year/year,book,forecast,\n",
    "routes.csv": "commodity,origin,destination,cost,loss,capacity,source,grade,note\n"
    "chip,USA,CAN,1,0,5,book,reported,\nchip,TWN,USA,2,0,5,book,reported,\nchip,TWN,CAN,4,0,,book,reported,\n",
    "groups.csv": "group,kind,member,note\namericas,region,USA,\nothers,region,CAN,\nothers,region,TWN,\n",
    "sources.csv": FILES["sources.csv"] + "guess,A guess,,,\n",
    "scenarios/dear.toml": '[[edit]]\ntable = "costs"\nwhere = { item = "capex", process = "fab" }\nmultiply = 2.0\n',
    "scenarios/canada.toml": '# Why.\ntitle = "Cheap Canada"\n\n'
    '[[edit]]\ntable = "costs"\nwhere = { item = "capex", process = "fab", region = "CAN" }\nset = 3.0\n',
    "scenarios/gone.toml": '[[edit]]\ntable = "limits"\nwhere = { limit = "halls" }\nset = 1.0\n',
}


def joined(folder: Path, rule: str = RULE, **changes: str) -> dict[str, str]:
    """The files that the rule makes of the two countries, with other texts for some of the source's files."""
    write(folder / "source", COUNTRIES | {name.replace("_csv", ".csv"): text for name, text in changes.items()})
    (folder / "coarse").mkdir()
    (folder / "coarse" / "coarsen.toml").write_text(rule.format(source=(folder / "source").as_posix()))
    return coarse_texts(folder / "coarse")


def rows(texts: Mapping[str, str], table: str, **labels: str) -> list[dict[str, str]]:
    """The rows of a file that have these labels."""
    read = csv.DictReader(texts[f"{table}.csv"].splitlines())
    return [row for row in read if all(row.get(name) == label for name, label in labels.items())]


def values(texts: Mapping[str, str], table: str, column: str = "value", **labels: str) -> list[float | None]:
    return [float(row[column]) if row[column] else None for row in rows(texts, table, **labels)]


@pytest.fixture
def texts(tmp_path: Path) -> dict[str, str]:
    return joined(tmp_path)


def test_amounts_are_summed(texts: Mapping[str, str]) -> None:
    assert values(texts, "capacity", process="fab", region="NAM") == [5.0]
    assert values(texts, "demand", item="quantity", region="NAM") == [3.0, 15.0]
    assert values(texts, "limits", limit="sites", region_group="NAM", year="2025") == [4.0]


def test_a_cost_is_the_mean_by_what_may_be_ordered(texts: Mapping[str, str]) -> None:
    """3 a year for five years in one country, 1 a year for three years in the other: 15 to 3."""
    assert values(texts, "costs", process="fab", item="capex", region="NAM") == [pytest.approx((15 * 3 + 3 * 7) / 18)]


def test_where_one_country_has_no_such_limit_the_mean_is_by_demand(texts: Mapping[str, str]) -> None:
    """Canada asks for half as much as the United States: 10 and 20 give 13.33, their ranges 8-12 and 18-30 likewise."""
    (row,) = rows(texts, "costs", process="cluster", item="capex")
    assert [float(row[name]) for name in ("value", "low", "high")] == pytest.approx([40 / 3, 34 / 3, 18.0], rel=1e-5)
    assert row["note"] == "mean of USA, CAN"


def test_where_a_country_says_nothing_a_cost_counts_as_nothing(texts: Mapping[str, str]) -> None:
    assert values(texts, "costs", process="solar", item="fixed") == [pytest.approx(2 / 3, rel=1e-6)]


def test_availability_is_the_mean_over_slices_and_1_where_nothing_is_said(texts: Mapping[str, str]) -> None:
    """0.1 at night and 0.5 by day are 0.4 in the United States; Canada, a third of the demand, says nothing: 1."""
    assert values(texts, "availability", process="solar", slice="all_day") == [pytest.approx(2 / 3 * 0.4 + 1 / 3)]
    assert [(row["slice"], row["day_type"], row["weight"]) for row in rows(texts, "slices")] == [
        ("all_day", "any", "1")
    ]


def test_a_ceiling_holds_only_while_both_countries_have_one_and_a_floor_always(texts: Mapping[str, str]) -> None:
    assert values(texts, "limits", limit="sites", region_group="NAM") == [4.0, None]
    assert [row["year"] for row in rows(texts, "limits", limit="sites")] == ["2025", "2028"]
    assert not rows(texts, "limits", limit="halls")
    assert values(texts, "limits", limit="least", region_group="NAM") == [0.5]


def test_a_site_is_open_while_one_of_its_countries_is(texts: Mapping[str, str]) -> None:
    site = {row["process"]: (row.get("first_year"), row.get("last_year")) for row in rows(texts, "sites", region="NAM")}
    assert site == {"fab": (None, None), "cluster": (None, None), "solar": (None, None)}


def test_routes_inside_a_region_are_gone_and_those_that_meet_are_one(texts: Mapping[str, str]) -> None:
    (route,) = rows(texts, "routes")
    assert (route["origin"], route["destination"], route["cost"], route.get("capacity")) == ("TWN", "NAM", "3", None)


def test_a_group_keeps_a_region_of_which_it_had_at_least_half_of_the_demand(texts: Mapping[str, str]) -> None:
    found = [(row["group"], row["member"]) for row in rows(texts, "groups")]
    assert found == [("americas", "NAM"), ("others", "TWN")]


def test_neighbouring_steps_of_a_demand_curve_become_one_of_the_same_width_and_worth(texts: Mapping[str, str]) -> None:
    """0.6 at three times the anchor and 0.4 at once the anchor: 1 at 2.2 times the anchor."""
    assert values(texts, "demand", item="step_width") == [1.0]
    assert values(texts, "demand", item="step_price") == [pytest.approx(2.2)]


def test_source_and_grade_are_those_of_the_largest_part(tmp_path: Path) -> None:
    """15 x 3 from the book against 3 x 20 from the guess."""
    dear = COUNTRIES["costs.csv"].replace("fab,,CAN,capex,,7", "fab,,CAN,capex,,20")
    (row,) = rows(joined(tmp_path, costs_csv=dear), "costs", process="fab", item="capex", region="NAM")
    assert (row["source"], row["grade"], row["note"]) == ("guess", "assumption", "mean of USA, CAN; dear")


def test_a_scenario_that_does_the_same_to_both_is_kept_word_for_word(texts: Mapping[str, str]) -> None:
    assert texts["scenarios/dear.toml"] == COUNTRIES["scenarios/dear.toml"]


def test_a_scenario_of_one_country_is_written_anew_as_what_it_does_to_the_whole(tmp_path: Path) -> None:
    """Canada's 7 becomes 3, as in the United States: the mean of both falls from 3.667 to 3."""
    made = joined(tmp_path)
    text = made["scenarios/canada.toml"]
    assert text.startswith('# Why.\ntitle = "Cheap Canada"\n')
    (edit,) = tomllib.loads(text)["edit"]
    assert edit["where"]["region"] == "NAM" and edit["multiply"] == pytest.approx(3 / (11 / 3), rel=1e-6)
    coarsen(tmp_path / "coarse")
    costs = load_tables(tmp_path / "coarse", "canada").frames["costs"]
    fab = costs.filter((costs["process"] == "fab") & (costs["region"] == "NAM") & (costs["item"] == "capex"))
    assert fab["value"].to_list() == pytest.approx([3.0] * 4, rel=1e-6)


def test_a_scenario_that_edits_what_is_gone_is_left_out_of_the_coarse_case(texts: Mapping[str, str]) -> None:
    assert "scenarios/gone.toml" not in texts


def test_the_folder_can_be_read_like_any_other(tmp_path: Path) -> None:
    made = joined(tmp_path)
    assert sorted(coarsen(tmp_path / "coarse")) == sorted(made)
    tables = load_tables(tmp_path / "coarse")
    assert tables.settings.name == "joined"
    assert [period.label for period in tables.settings.periods] == ["2025-2026", "2027-2028"]


@pytest.mark.parametrize(
    ("old", "new", "where", "what", "fix"),
    [
        ('"CAN"', '"CANADA"', "regions.NAM", "'CANADA' is not in regions.csv", "did you mean"),
        ("[slices", '[regions.X]\nmembers = ["USA"]\n\n[slices', "regions.NAM", "USA stands in more than one", "one"),
        ("[regions.NAM]", "[regions.TWN]", "regions.TWN", "the name of another", "another name"),
        ('["night"', '["noon"', "slices.all_day", "'noon' is not in slices.csv", "day"),
        ("members = ", "member = ", "regions, NAM", "", ""),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_followed_is_a_fault(
    tmp_path: Path, old: str, new: str, where: str, what: str, fix: str
) -> None:
    with pytest.raises(CaseError) as caught:
        joined(tmp_path, RULE.replace(old, new, 1))
    first = caught.value.faults[0]
    assert where in first.where and what in first.what and fix in first.fix


def test_a_folder_without_a_rule_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"coarsen\.toml"):
        coarsen(tmp_path)


def series(*values: float | None, first: int = 2025, region: str = "USA") -> pl.DataFrame:
    """Yearly values from a first year on, none where there is None."""
    said = {"low": None, "high": None, "unit": "1", "source": None, "grade": "assumption", "note": "why"}
    given = [{"region": region, "year": first + at, "value": value, **said} for at, value in enumerate(values)]
    return pl.DataFrame([row for row in given if row["value"] is not None], infer_schema_length=None)


def told(rows: list[Row]) -> list[tuple[int | None, float | None]]:
    return [(row["year"], row["value"]) for row in rows]


def test_a_series_is_said_by_the_years_between_which_it_runs_straight() -> None:
    made = rows_of(series(1.0, 2.0, 3.0, 5.0, 7.0, 7.0), ["region"], range(2025, 2031))
    assert told(made) == [(2025, 1.0), (2027, 3.0), (2029, 7.0)]


def test_a_flat_series_has_no_year_and_a_flat_beginning_is_one_row() -> None:
    assert told(rows_of(series(4.0, 4.0, 4.0), ["region"], range(2025, 2028))) == [(None, 4.0)]
    assert told(rows_of(series(4.0, 4.0, 5.0), ["region"], range(2025, 2028))) == [(2026, 4.0), (2027, 5.0)]


def test_a_norm_says_when_it_begins_and_an_empty_value_where_it_ends() -> None:
    made = rows_of(series(None, 4.0, 4.0, None, 6.0), ["region"], range(2025, 2031), norm=True)
    assert told(made) == [(2026, 4.0), (2028, None), (2029, 6.0), (2030, None)]


def test_what_holds_in_steps_is_said_where_it_changes() -> None:
    made = rows_of(series(1.0, 1.0, 2.0, 4.0), ["region"], range(2025, 2029), norm=True, stepwise=True)
    assert told(made) == [(2025, 1.0), (2027, 2.0), (2028, 4.0)]


def test_what_most_regions_say_is_said_once_for_all_and_the_others_by_name() -> None:
    frames = [series(1.0, region="USA"), series(2.0, region="CAN"), series(1.0, region="TWN")]
    rows = [{"process": "fab", **row} for row in rows_of(pl.concat(frames), ["region"], range(2025, 2026))]
    made = with_patterns(rows, ["process"], {"fab": {"USA", "CAN", "TWN"}})
    assert [(row["region"], row["value"]) for row in made] == [("*", 1.0), ("CAN", 2.0)]
    assert with_patterns(rows, ["process"], {"fab": {"USA", "CAN", "TWN", "CHN"}}) == rows
