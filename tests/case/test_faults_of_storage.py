"""What tables say of storage and cannot mean is told: numbers of another kind, other ways in and out, mixed seasons."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

from case.folders import case_of, faults_of, says
from case.rich import RICH


def rich(name: str, old: str, new: str) -> dict[str, str]:
    """The rich case with a text of one file replaced, which must stand in it once."""
    assert RICH[name].count(old) == 1, f"{old!r} stands {RICH[name].count(old)} times in {name}"
    return {**RICH, name: RICH[name].replace(old, new)}


def more(name: str, *rows: str) -> dict[str, str]:
    """The rich case with more rows."""
    return {**RICH, name: RICH[name] + "".join(f"{row}\n" for row in rows)}


WRONG: Mapping[str, tuple[dict[str, str], str, str, str]] = {
    "cycled storage without hours": (
        rich("storage.csv", "battery,power,,4,0.9", "battery,power,,,0.9"),
        "storage.csv line 2, column hours",
        "cycled storage 'battery' has no hours",
        "let the kind be carried",
    ),
    "cycled storage without efficiency": (
        rich("storage.csv", "battery,power,,4,0.9", "battery,power,cycled,4,"),
        "storage.csv line 2, column efficiency",
        "cycled storage 'battery' has no efficiency",
        "give it",
    ),
    "cycled storage with an opening": (
        rich("storage.csv", "0.01,,book", "0.01,free,book"),
        "storage.csv line 2, column opening",
        "cycled storage 'battery' has no opening",
        "leave it empty",
    ),
    "carried storage with hours": (
        rich("storage.csv", "dam,water,carried,,", "dam,water,carried,8,"),
        "storage.csv line 3, column hours",
        "carried storage 'dam' has no hours",
        "leave it empty",
    ),
    "carried storage with an efficiency": (
        rich("storage.csv", "dam,water,carried,,", "dam,water,carried,,0.8"),
        "storage.csv line 3, column efficiency",
        "carried storage 'dam' has no efficiency",
        "losses in their recipes",
    ),
    "carried storage with a loss": (
        rich("storage.csv", "dam,water,carried,,,", "dam,water,carried,,,0.1"),
        "storage.csv line 3, column loss",
        "carried storage 'dam' has a loss",
        "losses in the recipes",
    ),
    "carried storage of another size than what it holds": (
        rich("processes.csv", "dam,power,,sliced,GWh", "dam,power,,sliced,GW"),
        "storage.csv line 3, column commodity",
        "capacity of 'dam' in GW is no amount of 'water'",
        r"GW\*year or a multiple",
    ),
    "carried storage of a good of the world": (
        rich(
            "commodities.csv",
            "water,Water behind a dam,GW*year,good,sliced,region",
            "water,Water,GW*year,good,sliced,world",
        ),
        "storage.csv line 3, column commodity",
        "'dam' stands in a region and 'water' has one balance for the world",
        "scope region",
    ),
    "two stores of one good in a region": (
        {
            **more("storage.csv", "lake,water,carried,,,,,book,reported"),
            "processes.csv": RICH["processes.csv"] + "lake,power,,sliced,GWh,GW*year,1,80,book,reported,\n",
            "sites.csv": RICH["sites.csv"] + "lake,TWN,,,book,reported,\n",
        },
        "storage.csv line 4, column commodity",
        "'lake' is a second store of 'water' in TWN",
        "another good",
    ),
    "demand for what is stored": (
        more("demand.csv", "water,TWN,,,quantity,,1,GW,book,forecast,"),
        "demand.csv line 11, column commodity",
        "'water' is what carried storage holds",
        "the good that comes out",
    ),
    "a route for what is stored": (
        more("routes.csv", "water,TWN,USA,0,0,,book,reported"),
        "routes.csv line 3, column commodity",
        "'water' is what carried storage holds",
        "the good that comes out",
    ),
    "a reserve of what is stored": (
        more("reserve.csv", "margin,water,,*,,0.1,1,book,reported"),
        "reserve.csv line 4, column commodity",
        "'water' is what carried storage holds",
        "the good that comes out",
    ),
    "something built from what is stored": (
        more("recipes.csv", "plant,,build,water,,,,1,GW*year/GW,,,book,reported,"),
        "recipes.csv line 14, column flow",
        "'water' is what carried storage holds",
        "flow in or out",
    ),
    "what is taken out of storage long before": (
        rich("recipes.csv", "pump,down,in,water,,,,1", "pump,down,in,water,,,2,1"),
        "recipes.csv line 12, column offset_month",
        "'water' is taken out of storage with an offset of 2 months",
        "leave the offset empty",
    ),
    "a yearly process that fills storage": (
        more("recipes.csv", "cluster,,out,water,,,,1,1/(MH100e/GW),,,book,reported,"),
        "recipes.csv line 14, column process",
        "process 'cluster' runs by the year, and 'water' is stored in slices",
        "sliced clock",
    ),
    "an availability of carried storage": (
        more("availability.csv", "dam,*,*,,0.5,1,book,reported"),
        "availability.csv line 6, column process",
        "carried storage 'dam' has an availability and does not run itself",
        "fill and empty it",
    ),
    "a running cost of carried storage": (
        more("costs.csv", "dam,,,variable,,1,GUSD/(GW*year),,,,book,reported,"),
        "costs.csv line 11, column process",
        "carried storage 'dam' has a running cost",
        "fill and empty it",
    ),
    "a firm share of carried storage": (
        more("reserve.csv", "firm_share,,dam,*,,0.5,1,book,reported"),
        "reserve.csv line 4, column process",
        "carried storage 'dam' has a firm share",
        "fill and empty it",
    ),
    "a store limit of what is not carried": (
        more("store_limits.csv", "bat*,*,charge_max,,1,GW,book,reported"),
        "store_limits.csv line 6, column process",
        r"'bat\*' is no carried storage",
        "let its kind be carried",
    ),
    "a free opening of an amount": (
        rich("storage.csv", "dam,water,carried,,,,,book", "dam,water,carried,,,,free,book"),
        "store_limits.csv line 2, column item",
        "the opening of 'dam' is free, and has an amount",
        "take the row out",
    ),
    "a store limit in another unit": (
        rich("store_limits.csv", "15,TWh/year", "15,GWh"),
        "store_limits.csv line 4, column unit",
        "has dimension",
        r"GW\*year/year or a multiple",
    ),
    "a least share above all": (
        rich("store_limits.csv", "10,percent", "110,percent"),
        "store_limits.csv line 3, column value",
        "value 1.1 is not between 0 and 1",
        "in this range",
    ),
    "a day type in two seasons": (
        rich("slices.csv", "winter,w,0,0.2,2", "winter,d,2,0.2,2"),
        "slices.csv line 2, column season",
        "day type 'd' stands in several seasons",
        "name it apart",
    ),
    "a day type of different days": (
        rich("slices.csv", "night,d,1,0.3,1,", "night,d,1,0.3,1,5"),
        "slices.csv line 2, column days",
        "day type 'd' has slices of different days",
        "the same days",
    ),
    "day types in no order": (
        rich("slices.csv", "winter,w,0,0.2,2", "winter,w,0.5,0.2,1"),
        "slices.csv line 2, column order",
        "day type 'd' and others of season 1 stand in no order",
        "day type by day type",
    ),
    "two day types in one place of a season": (
        rich("slices.csv", "winter,w,0,0.2,2", "winter,w,1,0.2,1"),
        "slices.csv line 3, column order",
        "day type 'd' and others of season 1 stand in no order",
        "day type by day type",
    ),
    "half a year with carried storage": (
        rich("case.toml", "end = 2028\nstep = 1", "end = 2028\nstep = 0.5"),
        "storage.csv line 3, column kind",
        "storage 'dam' is carried through seasons, and period 2025H1 is not whole years",
        "one or more years",
    ),
}


@pytest.mark.parametrize(("changes", "where", "what", "fix"), WRONG.values(), ids=WRONG)
def test_it_is_told(tmp_path: Path, changes: dict[str, str], where: str, what: str, fix: str) -> None:
    assert says(faults_of(tmp_path, changes), where, what, fix)


def test_capacity_counts_in_what_is_stored(tmp_path: Path) -> None:
    """A GWh is 1 / 8766 of a GW*year, which has 365.25 days; 10 % is a tenth, 15 TWh a year a mean of 1.711 GW."""
    case = case_of(tmp_path, RICH)
    assert case.stores.rows() == [("dam", "TWN", "water", pytest.approx(1 / 8766), 0.0)]
    limits = case.store_limits.filter(pl.col("period") == "2026").select("item", "value").sort("item").rows()
    assert limits == [("charge_max", pytest.approx(15000 / 8766)), ("discharge_max", 2.0), ("least_share", 0.1)]


def test_seasons_are_free_where_nothing_is_carried(tmp_path: Path) -> None:
    """Half years as day types that only cycled storage reads may stand in any season and order."""
    slices = RICH["slices.csv"].replace("winter,w,0,0.2,2", "winter,w,0,0.2,1")
    cycled = {name: text for name, text in RICH.items() if name != "store_limits.csv"}
    without = {
        **cycled,
        "slices.csv": slices,
        "storage.csv": "process,commodity,hours,efficiency,source,grade\nbattery,power,4,0.9,book,reported\n",
        "processes.csv": RICH["processes.csv"].replace("dam,power,,sliced,GWh", "dam,power,,sliced,GW"),
        "recipes.csv": RICH["recipes.csv"] + "dam,,out,water,,,,1,1,,,book,reported,\n",
        "costs.csv": RICH["costs.csv"].replace("0.02,GUSD/GWh", "0.02,GUSD/GW"),
    }
    assert faults_of(tmp_path, without) == ()
