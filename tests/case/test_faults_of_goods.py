"""What a table says of a good, a stock or a buyer that no plan could heed is told, and never passed over in silence."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from case.folders import FILES, added, case_of, changed, faults_of, says, series, write
from case.rich import RICH
from teraplan.case.read import load_tables
from teraplan.errors import CaseError

STOCKS = "commodity,region,kind,opening,keep,carrying_cost,closing,source,grade\n"


def rich(name: str, old: str, new: str) -> dict[str, str]:
    """The rich case with a text of one file replaced, which must stand in it once."""
    assert RICH[name].count(old) == 1, f"{old!r} stands {RICH[name].count(old)} times in {name}"
    return {**RICH, name: RICH[name].replace(old, new)}


def more(name: str, row: str) -> dict[str, str]:
    """The rich case with one more row."""
    return {**RICH, name: RICH[name] + f"{row}\n"}


WRONG: Mapping[str, tuple[dict[str, str], str, str, str]] = {
    "an output with an offset": (
        rich("recipes.csv", "cluster,,out,compute,,,,", "cluster,,out,compute,,,3,"),
        "recipes.csv line 5, column offset_month",
        "'compute' is put out, with an offset of 3 months",
        "offsets to inputs",
    ),
    "two slices in one place": (
        rich("slices.csv", "night,d,1", "night,d,0"),
        "slices.csv line 2, column order",
        "slice 'day' shares its place in day type 'd'",
        "in their order",
    ),
    "storage of a good that is balanced by the year": (
        rich("storage.csv", "battery,power", "battery,compute"),
        "storage.csv line 2, column commodity",
        "'compute' is balanced by the year: there is nothing to shift",
        "sliced clock",
    ),
    "a stock of a good that is balanced in slices": (
        more("stocks.csv", "power,USA,carried,1,1,0,free,book,reported"),
        "stocks.csv line 3, column commodity",
        "a stock of 'power', which is balanced in slices, is not in this version",
        "use storage",
    ),
    "a pipeline with a closing": (
        {"stocks.csv": STOCKS + "chip,USA,pipeline,9,1,0,opening,book,reported\n"},
        "stocks.csv line 2, column kind",
        "a pipeline of 'chip' keeps nothing",
        "carry the stock",
    ),
    "a pipeline that leaks": (
        {"stocks.csv": STOCKS + "chip,USA,pipeline,9,0.5,0,free,book,reported\n"},
        "stocks.csv line 2, column kind",
        "a pipeline of 'chip' keeps nothing",
        "carry the stock",
    ),
    "two pipelines of one good": (
        {
            "regions.csv": FILES["regions.csv"] + "TWN,Taiwan,24,121\n",
            "stocks.csv": STOCKS
            + "chip,USA,pipeline,9,1,0,free,book,reported\nchip,TWN,pipeline,9,1,0,free,book,reported\n",
        },
        "stocks.csv line 2, column commodity",
        "the pipeline of 'chip' is one for all regions, and stands in several rows",
        "one row",
    ),
    "a reserve of a good of the world": (
        rich("reserve.csv", "margin,power", "margin,chip"),
        "reserve.csv line 2, column commodity",
        "'chip' has one balance for the world, and no home or way",
        "scope region",
    ),
    "a reserve of what is only counted": (
        rich("reserve.csv", "margin,power", "margin,co2"),
        "reserve.csv line 2, column commodity",
        "'co2' is only counted",
        "a good or a service",
    ),
    "a margin of nothing": (
        rich("reserve.csv", "margin,power", "margin,"),
        "reserve.csv line 2, column commodity",
        "a margin without its commodity",
        "name its commodity",
    ),
    "two firm shares of one process": (
        more("reserve.csv", "firm_share,power,plant,*,,0.5,1,book,reported"),
        "reserve.csv line 3, column process",
        "process 'plant' has more than one firm share",
        "keep one",
    ),
    "a price for a buyer who asks for nothing": (
        changed("demand.csv", "compute,*,,,anchor_price", "compute,*,al,,anchor_price"),
        "demand.csv line 4, column buyer",
        "anchor_price of 'compute' for buyer 'al', who asks for no quantity",
        "a buyer who has a quantity",
    ),
    "a step with a price and no width": (
        added("demand.csv", "compute,*,,,step_price,2,0.5,1,book,forecast,"),
        "demand.csv line 9, column step",
        "step 2 of 'compute' has a price and no width",
        "add its step_width",
    ),
    "a seed without growth": (
        {
            "limits.csv": "limit,kind,group,region_group,value,unit,source,grade\n"
            "few,seed,fab,USA,1,kchip/year/year,book,reported\n"
        },
        "limits.csv line 2, column kind",
        "a seed of limit 'few' for 'fab', which has no growth",
        "add a row of kind growth",
    ),
}


@pytest.mark.parametrize(("changes", "where", "what", "fix"), WRONG.values(), ids=WRONG)
def test_it_is_told(tmp_path: Path, changes: dict[str, str], where: str, what: str, fix: str) -> None:
    scenario = "dear" if "scenarios/dear.toml" in changes else None
    assert says(faults_of(tmp_path, changes, scenario), where, what, fix)


def test_two_taxes_of_one_kind_add_up(tmp_path: Path) -> None:
    """Credits of a fifth and a tenth on 3 GUSD of capital are 0.9; charges of a half and a tenth on 0.2 are 0.12."""
    header = "tax,kind,process,of,value,unit,source,grade\n"
    taxes = (
        "one,credit,fab,capex,0.2",
        "two,credit,fab,capex,0.1",
        "fee,charge,cluster,variable,0.5",
        "due,charge,cluster,variable,0.1",
    )
    case = case_of(tmp_path, {"taxes.csv": header + "".join(f"{tax},1,book,reported\n" for tax in taxes)})
    fab = case.payments.filter((case.payments["process"] == "fab") & (case.payments["item"] == "credit"))
    assert fab.filter(fab["period"] == "2025")["paid"].sum() == pytest.approx(-0.9)
    assert series(case.running_costs, process="cluster", item="charge")["2025"] == pytest.approx(0.12)


def test_a_case_of_headers_alone_is_a_list_of_faults(tmp_path: Path) -> None:
    headers = {name: f"{text.splitlines()[0]}\n" for name, text in FILES.items() if name.endswith(".csv")}
    with pytest.raises(CaseError, match="'compute' is not declared in commodities.csv"):
        load_tables(write(tmp_path, headers))
