"""What is wrong with a cell or a row is told with its file, line and column, and how to mend it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from case.folders import FILES, added, changed, faults_of, says, write
from teraplan.case.read import load_tables
from teraplan.errors import CaseError

FAB_COST = "fab,,,capex,,3,GUSD/(kchip/year),,,,book,reported,"


def spread(ends: str) -> dict[str, str]:
    """Costs with a column of distributions in place of that of money years, and these cells in line 3."""
    text = FILES["costs.csv"].replace("low,high,money_year", "low,high,distribution")
    return {"costs.csv": text.replace("GUSD/GW,8,12,", f"GUSD/GW,{ends}")}


Change = Mapping[str, str | bytes | None]
CELLS: Mapping[str, tuple[Change, str, str, str]] = {
    "an unknown commodity is named with its likely meaning": (
        changed("recipes.csv", "cluster,,in,chip", "cluster,,in,chips"),
        "recipes.csv line 3, column commodity",
        "commodity 'chips' is not declared in commodities.csv",
        "did you mean 'chip'",
    ),
    "an unknown process is named with all its lines": (
        changed("processes.csv", "fab,wafers", "fabs,wafers"),
        "sites.csv line 2, column process",
        "process 'fab' is not declared in processes.csv",
        "did you mean 'fabs'",
    ),
    "an unknown region is named with those there are": (
        added("sites.csv", "fab,TWN,,,book,reported,"),
        "sites.csv line 4, column region",
        "region 'TWN' is not declared in regions.csv",
        "use one of USA",
    ),
    "a unit of another dimension is told with the one expected": (
        changed("costs.csv", FAB_COST, "fab,,,capex,,3,GUSD/GW,,,,book,reported,"),
        "costs.csv line 2, column unit",
        r"unit 'GUSD/GW' has dimension .*, expected that of 'GUSD/\(kchip/year\)'",
        r"give it in GUSD/\(kchip/year\) or a multiple",
    ),
    "a text that is no unit is told as one": (
        changed("costs.csv", FAB_COST, "fab,,,capex,,3,bananas,,,,book,reported,"),
        "costs.csv line 2, column unit",
        "'bananas'",
        "or a multiple",
    ),
    "a unit that would have to be computed is refused": (
        changed("costs.csv", FAB_COST, "fab,,,capex,,3,9**9**9**9**9,,,,book,reported,"),
        "costs.csv line 2, column unit",
        "9",
        "or a multiple",
    ),
    "a unit that a commodity cannot have is told": (
        changed("commodities.csv", "kchip", "potatoes*"),
        "commodities.csv line 2, column unit",
        r"unit 'potatoes\*' cannot be read",
        "GW",
    ),
    "a number without source is told": (
        changed("costs.csv", FAB_COST, FAB_COST.replace("book", "")),
        "costs.csv line 2, column source",
        "graded reported has no source",
        "call it an assumption",
    ),
    "a source that is not listed is told": (
        changed("costs.csv", FAB_COST, FAB_COST.replace("book", "boook")),
        "costs.csv line 2, column source",
        "source 'boook' is not declared in sources.csv",
        "did you mean 'book'",
    ),
    "a number without grade is told": (
        changed("costs.csv", FAB_COST, FAB_COST.replace("reported", "")),
        "costs.csv line 2, column grade",
        "has no grade",
        "measured, reported, estimated, forecast, assumption",
    ),
    "a grade that does not exist is told": (
        changed("costs.csv", FAB_COST, FAB_COST.replace("reported", "reportet")),
        "costs.csv line 2, column grade",
        "'reportet' is not known",
        "did you mean 'reported'",
    ),
    "an assumption without a note is told": (
        changed("costs.csv", FAB_COST, FAB_COST.replace("book,reported", ",assumption")),
        "costs.csv line 2, column note",
        "does not say why",
        "what it rests on",
    ),
    "a low end above the value is told": (
        changed("costs.csv", "GUSD/GW,8,12", "GUSD/GW,11,12"),
        "costs.csv line 3, column value",
        "low 11.0, value 10.0, high 12.0 are out of order",
        "low <= value <= high",
    ),
    "a high end below the value is told": (
        changed("costs.csv", "GUSD/GW,8,12", "GUSD/GW,,9"),
        "costs.csv line 3, column value",
        "high 9.0 are out of order",
        "low <= value <= high",
    ),
    "a distribution without a range is told": (
        spread(",,uniform"),
        "costs.csv line 3, column distribution",
        "is uniform and has no low or no high",
        "5th and 95th percentile",
    ),
    "a lognormal number that may be 0 is told": (
        spread("0,12,lognormal"),
        "costs.csv line 3, column low",
        "is lognormal and its low 0.0 is not above zero",
        "such as triangular",
    ),
    "a value that is not a number is told": (
        changed("costs.csv", FAB_COST, FAB_COST.replace(",3,", ",three,")),
        "costs.csv line 2, column value",
        "'three' is not a number",
        "plain number",
    ),
    "NaN is told": (
        changed("costs.csv", FAB_COST, FAB_COST.replace(",3,", ",NaN,")),
        "costs.csv line 2, column value",
        "'NaN' is not a finite number",
        "plain number",
    ),
    "infinity is told": (
        changed("costs.csv", FAB_COST, FAB_COST.replace(",3,", ",-inf,")),
        "costs.csv line 2, column value",
        "'-inf' is not a finite number",
        "plain number",
    ),
    "a number too large to be held is told": (
        changed("costs.csv", FAB_COST, FAB_COST.replace(",3,", ",1e999,")),
        "costs.csv line 2, column value",
        "'1e999' is not a number",
        "plain number",
    ),
    "an empty value is told where nothing ends with it": (
        changed("costs.csv", FAB_COST, FAB_COST.replace(",3,", ",,")),
        "costs.csv line 2, column value",
        "has no value",
        "leave the row out",
    ),
    "a year with a fraction is told": (
        changed("costs.csv", "variable,2029", "variable,2029.5"),
        "costs.csv line 5, column year",
        "'2029.5' is not a year",
        "calendar year",
    ),
    "a year that is far off is told": (
        changed("costs.csv", "variable,2029", "variable,20290"),
        "costs.csv line 5, column year",
        "'20290' is not a year",
        "calendar year",
    ),
    "a day that does not exist is told": (
        changed("capacity.csv", "fab,USA,2024", "fab,USA,2024-02-30"),
        "capacity.csv line 2, column start",
        "'2024-02-30' is not a date",
        "2027-07-01",
    ),
    "a day of another age is told": (
        changed("capacity.csv", "fab,USA,2024", "fab,USA,9999-12-31"),
        "capacity.csv line 2, column start",
        "'9999-12-31' is not a date",
        "2027-07-01",
    ),
    "a step with a fraction is told": (
        changed("demand.csv", "step_width,1,0.4", "step_width,1.5,0.4"),
        "demand.csv line 6, column step",
        "'1.5' is not a whole number",
        "whole number",
    ),
    "an item that does not exist is told": (
        changed("costs.csv", FAB_COST, FAB_COST.replace("capex", "capax")),
        "costs.csv line 2, column item",
        "'capax' is not known here",
        "did you mean 'capex'",
    ),
    "a flag that is neither yes nor no is told": (
        {"capacity.csv": FILES["capacity.csv"].replace("status,", "inputs,").replace("operating", "true")},
        "capacity.csv line 2, column inputs",
        "'true' is not known here",
        "yes",
    ),
    "a label that is no name is told": (
        changed("regions.csv", "USA,United", "U S A,United"),
        "regions.csv line 2, column region",
        "'U S A' is not a name",
        "letters, digits",
    ),
    "a pattern where labels stand is told": (
        added("sites.csv", "fab,*,,,book,reported,"),
        "sites.csv line 4, column region",
        r"'\*' is not a name",
        "a pattern is not allowed here",
    ),
    "a pattern that matches nothing is told": (
        changed("costs.csv", FAB_COST, FAB_COST.replace("fab", "fub_*")),
        "costs.csv line 2, column process",
        r"pattern 'fub_\*' matches no process",
        "did you mean 'fab'",
    ),
    "two rows that disagree are told together": (
        added("costs.csv", FAB_COST.replace(",3,", ",4,")),
        "costs.csv lines 2 and 6",
        "disagree about fab, capex: value 3.0 or 4.0",
        "keep one row",
    ),
    "a row that stands twice is told": (
        added("costs.csv", FAB_COST),
        "costs.csv lines 2 and 6",
        "say twice: fab, capex",
        "keep one row",
    ),
    "a key with and without years is told": (
        added("costs.csv", FAB_COST.replace("capex,,", "capex,2027,")),
        "costs.csv lines 2 and 6",
        "fab, capex has rows with and without a year",
        "give every row a year, or none",
    ),
    "a rate of nothing is told": (
        changed("processes.csv", "MH100e*year,2,5", "MH100e*year,0,5"),
        "processes.csv line 3, column rate",
        "0 is not above zero",
        "above zero",
    ),
    "a life of nothing is told": (
        changed("processes.csv", "MH100e*year,2,5", "MH100e*year,2,0"),
        "processes.csv line 3, column life",
        "0 is not above zero",
        "above zero",
    ),
    "a negative lead time is told": (
        changed("lead_times.csv", "12,month", "-12,month"),
        "lead_times.csv line 2, column value",
        "value -12 is not between 0 and 600",
        "in this range",
    ),
    "a negative recipe is told": (
        changed("recipes.csv", "0.5,kchip/(MH100e*year),0.4,0.6", "-0.5,kchip/(MH100e*year),,"),
        "recipes.csv line 3, column value",
        "value -0.5 is not between 0 and",
        "in this range",
    ),
    "a share of the year above one is told in any unit": (
        {"availability.csv": "process,value,unit,source,grade\nfab,120,percent,book,reported\n"},
        "availability.csv line 2, column value",
        "value 1.2 is not between 0 and 1",
        "in this range",
    ),
    "a negative demand is told": (
        changed("demand.csv", "2029,quantity,,10", "2029,quantity,,-10"),
        "demand.csv line 3, column value",
        "value -10 is not between 0",
        "in this range",
    ),
    "a latitude beyond the pole is told": (
        changed("regions.csv", ",39,", ",93,"),
        "regions.csv line 2, column latitude",
        "93 is too large",
        "at most 90",
    ),
    "a block of nothing": (
        {"processes.csv": FILES["processes.csv"].replace("rate,life", "block,life").replace(",1,10", ",0,10")},
        "processes.csv line 2, column block",
        "0",
        "above zero",
    ),
    "a cost of a commodity is told as not in this version": (
        {
            "costs.csv": FILES["costs.csv"]
            .replace("process,", "process,commodity,")
            .replace("\nfab,", "\nfab,chip,")
            .replace("\ncluster,", "\ncluster,,")
        },
        "costs.csv line 2, column commodity",
        "commodity 'chip' is not in this version",
        "leave the cell empty",
    ),
    "a table of a later version is told": (
        {"contracts.csv": "contract\n"},
        "contracts.csv",
        "is not in this version",
        "take it out",
    ),
    "a table that nobody knows is told with its likely name": (
        {"recipies.csv": "process\n"},
        "recipies.csv",
        "is not a table of a case",
        "did you mean 'recipes'",
    ),
}


def test_the_small_case_has_no_fault(tmp_path: Path) -> None:
    assert faults_of(tmp_path) == ()


@pytest.mark.parametrize(("changes", "where", "what", "fix"), CELLS.values(), ids=CELLS)
def test_it_is_told(tmp_path: Path, changes: Change, where: str, what: str, fix: str) -> None:
    assert says(faults_of(tmp_path, changes), where, what, fix)


def test_faults_of_several_kinds_and_files_are_told_at_once(tmp_path: Path) -> None:
    changes = {
        **changed("recipes.csv", "cluster,,in,chip", "cluster,,in,chips"),
        **changed("costs.csv", FAB_COST, "fab,,,capex,,3,GUSD/GW,5,,,,reported,"),
        **changed("lead_times.csv", "12,month", "-12,month"),
        **changed("processes.csv", "MH100e*year,2,5", "MH100e*year,nan,5"),
        **added("demand.csv", "chip,USA,,2027,quantity,,1,kchip/year,book,forecast,"),
        **changed("regions.csv", "USA,United", "USA,=United"),
        "wrong.csv": "a,b\n",
    }
    told = {fault.where for fault in faults_of(tmp_path, changes)}
    assert told == {
        "wrong.csv",
        "regions.csv line 2, column name",
        "processes.csv line 3, column rate",
        "costs.csv line 2, column source",
        "costs.csv line 2, column value",
        "recipes.csv line 3, column commodity",
        "costs.csv line 2, column unit",
        "lead_times.csv line 2, column value",
    }


def test_what_a_mistake_brings_about_stands_after_it(tmp_path: Path) -> None:
    """A misspelt output leaves the demand out of reach; the misspelling comes first."""
    faults = faults_of(tmp_path, changed("recipes.csv", "cluster,,out,compute", "cluster,,out,computer"))
    assert faults[0].where == "recipes.csv line 4, column commodity"
    assert any("out of reach" in fault.what for fault in faults[1:])


def test_a_label_that_is_wrong_in_many_rows_is_told_once_for_each_column(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, changed("commodities.csv", "compute,Compute", "computing,Compute"))
    demand = [fault for fault in faults if fault.where.startswith("demand.csv") and "not declared" in fault.what]
    assert [fault.where for fault in demand] == ["demand.csv lines 2, 3, 4, 5, 6, 7 and 1 more, column commodity"]


def test_the_error_counts_its_faults_and_says_that_nothing_was_solved(tmp_path: Path) -> None:
    folder = write(tmp_path, changed("lead_times.csv", "12,month", "-12,month"))
    with pytest.raises(CaseError, match="1 fault found, nothing was solved") as caught:
        load_tables(folder)
    assert caught.value.exit_code == 2
    assert "lead_times.csv line 2, column value" in str(caught.value)
    assert "fix: " in str(caught.value)
