"""What is wrong with an OSeMOSYS folder, or cannot be said in a case, is told with file, line and a way to mend it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from convert.small_models import converted, write_csv, write_model
from teraplan.errors import CaseError

Change = Callable[[Path], object]
TRADE = ["REGION", "_REGION", "FUEL", "YEAR", "VALUE"]
TWO_REGIONS = {"REGION": ("R", "S")}
STORE = {
    "TECHNOLOGY": ("P", "T"),
    "STORAGE": ("B",),
    "MODE_OF_OPERATION": (1, 2),
    "SEASON": (1,),
    "DAYTYPE": (1,),
    "DAILYTIMEBRACKET": (1, 2),
}
STORED = {
    "OutputActivityRatio": {("R", "P", "EL", 1): 1.0, ("R", "T", "EL", 2): 1.0},
    "InputActivityRatio": {("R", "T", "EL", 1): 1.0},
    "TechnologyToStorage": {("R", "T", "B", 1): 1.0},
    "TechnologyFromStorage": {("R", "T", "B", 2): 1.0},
    "StorageMaxChargeRate": 9.0,
    "StorageMaxDischargeRate": 9.0,
    "OperationalLifeStorage": 9.0,
    "Conversionls": 1.0,
    "Conversionld": 1.0,
    "Conversionlh": {("D", 1): 1.0, ("N", 2): 1.0},
}


def refused(folder: Path) -> list[tuple[str, str, str]]:
    """Where, what and how to mend it, of every fault."""
    with pytest.raises(CaseError) as caught:
        converted(folder)
    return [(fault.where, fault.what, fault.fix) for fault in caught.value.faults]


def text(name: str, content: str) -> Change:
    return lambda folder: (folder / name).write_text(content)


def gone(name: str) -> Change:
    return lambda folder: (folder / name).unlink()


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        (gone("TIMESLICE.csv"), "TIMESLICE.csv", "is missing"),
        (text("FUEL.csv", "VALUE\n"), "FUEL.csv", "has no member"),
        (text("FUEL.csv", "VALUE\nEL\nEL\n"), "FUEL.csv lines 2 and 3", "'EL' stands twice"),
        (text("YEAR.csv", "VALUE\n2020\n2022\n"), "YEAR.csv", "no year follows 2020"),
        (text("YEAR.csv", "VALUE\nfirst\n"), "YEAR.csv", "'first' is no year"),
        (text("Velocity.csv", "REGION,VALUE\nR,1\n"), "Velocity.csv", "is no set or parameter"),
        (text("UDCTag.csv", "REGION,UDC,VALUE\nR,U,1\n"), "UDCTag.csv", "is no set or parameter"),
        (
            text("CapitalCost.csv", "REGION,TECHNOLOGY,YEAR,VALUE\nR,P,2020,ten\n"),
            "CapitalCost.csv line 2, column VALUE",
            "'ten' is not a finite number",
        ),
        (
            text("CapitalCost.csv", "REGION,TECHNOLOGY,YEAR,VALUE\nR,P,2020,1\n\nR,P,2021,nan\n"),
            "CapitalCost.csv line 4, column VALUE",
            "'nan' is not a finite number",
        ),
        (
            text("CapitalCost.csv", "REGION,TECHNOLOGY,YEAR,VALUE\nR,Q,2020,1\n"),
            "CapitalCost.csv line 2, column TECHNOLOGY",
            "'Q' is not in TECHNOLOGY.csv",
        ),
        (
            text("CapitalCost.csv", "REGION,TECHNOLOGY,YEAR,VALUE\nR,P,2020,1\nR,P,2020,2\n"),
            "CapitalCost.csv lines 2 and 3",
            "two numbers for R, P, 2020",
        ),
        (text("CapitalCost.csv", "REGION,YEAR,VALUE\nR,2020,1\n"), "CapitalCost.csv line 1", "no column TECHNOLOGY"),
        (
            text("CapitalCost.csv", "REGION,TECHNOLOGY,YEAR,VALUE\nR,P\n"),
            "CapitalCost.csv line 2, column VALUE",
            "is not a finite number",
        ),
        (text("DepreciationMethod.csv", "REGION,VALUE\nR,3\n"), "DepreciationMethod.csv line 2", "a method"),
        (text("config.yaml", "CapitalCost: {default: much}\n"), "config.yaml, CapitalCost, default", "not a number"),
        (text("config.yaml", "CapitalCost: [\n"), "config.yaml line 2", "is not valid YAML"),
        (text("config.yaml", "3\n"), "config.yaml", "is no list of sets"),
        (
            text("OperationalLife.csv", "REGION,TECHNOLOGY,VALUE\nR,P,2.5\n"),
            "OperationalLife.csv line 2",
            "the life of P in R is 2.5 years",
        ),
        (
            text("CapacityOfOneTechnologyUnit.csv", "REGION,TECHNOLOGY,YEAR,VALUE\nR,P,2020,4\n"),
            "CapacityOfOneTechnologyUnit.csv line 2",
            "P in R comes in units of 0, 4, by the year",
        ),
        (text("YearSplit.csv", "TIMESLICE,YEAR,VALUE\nD,2020,1\n"), "YearSplit.csv", "N has no share of 2020"),
    ],
)  # fmt: skip
def test_a_folder_that_is_wrong(tmp_path: Path, change: Change, where: str, what: str) -> None:
    folder = write_model(tmp_path / "m")
    change(folder)
    found = refused(folder)
    assert any(at == where and what in said for at, said, _ in found), found
    assert all(fix for _, _, fix in found)


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m")
    for name in ("CapitalCost", "FixedCost"):
        (folder / f"{name}.csv").write_text("REGION,TECHNOLOGY,YEAR,VALUE\nR,P,2020,x\nR,Q,2020,1\n")
    assert len(refused(folder)) == 4


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        ([["R", "S", "EL", 2020, 1.0]], "EL goes from R to S and not back"),
        ([["R", "R", "EL", year, 1.0] for year in (2020, 2021, 2022)], "R trades with itself"),
        ([["R", "S", "EL", year, 0.5] for year in (2020, 2021, 2022)], "0.5 is neither 0 nor 1"),
        (
            [[a, b, "EL", 2020, 1.0] for a, b in (("R", "S"), ("S", "R"))],
            "EL may be traded between R and S in some years only",
        ),
    ],
)
def test_routes_that_make_no_sense(tmp_path: Path, cells: list[list[object]], what: str) -> None:
    folder = write_model(tmp_path / "m", TWO_REGIONS, OutputActivityRatio={("R", "P", "EL", 1): 1.0})
    write_csv(folder / "TradeRoute.csv", TRADE, cells)
    assert any(said.startswith(what) and at.startswith("TradeRoute.csv line 2") for at, said, _ in refused(folder))


def test_a_technology_that_must_run_and_does_nothing(tmp_path: Path) -> None:
    sets = {"TECHNOLOGY": ("P", "Q")}
    folder = write_model(tmp_path / "m", sets, TotalTechnologyAnnualActivityLowerLimit={("R", "Q"): 1.0})
    [(where, what, _)] = refused(folder)
    assert where == "TotalTechnologyAnnualActivityLowerLimit.csv lines 2, 3 and 4" and "Q in R must run" in what


def test_two_labels_that_become_one_name(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m", {"TECHNOLOGY": ("P", "a b", "a/b")})
    assert refused(folder)[0][:2] == ("TECHNOLOGY.csv", "'a b' and 'a/b' are both 'a_b' in letters, digits, _ - and .")


@pytest.mark.parametrize(
    ("numbers", "where", "what"),
    [
        ({"Conversionls": {("D", 1): 1.0}}, "Conversionls.csv", "slice N belongs to no SEASON"),
        ({"Conversionlh": {("D", 1): 0.5, ("N", 2): 1.0}}, "Conversionlh.csv line 2", "by 0.5"),
        ({"Conversionlh": {("D", 1): 1.0, ("N", 1): 1.0}}, "Conversionlh.csv", "shares season 1, day type 1, block 1"),
        ({"DaySplit": {(1, 2020): 0.002}}, "DaySplit.csv line 2", "changes from year to year"),
        ({"YearSplit": {("D", 2020): 0.6, ("N", 2020): 0.4, ("D", 2021): 0.5, ("N", 2021): 0.5, ("D", 2022): 0.5,
                        ("N", 2022): 0.5}}, "YearSplit.csv", "slices have other lengths in other years"),
        ({"OperationalLifeStorage": 0.0, "ResidualStorageCapacity": 0.0}, "OperationalLifeStorage.csv",
         "storage B in R has neither a life nor residual capacity"),
    ],
)  # fmt: skip
def test_storage_that_a_case_cannot_hold(tmp_path: Path, numbers: dict[str, float], where: str, what: str) -> None:
    folder = write_model(tmp_path / "m", STORE, **{**STORED, **numbers})
    found = refused(folder)
    assert any(at == where and what in said for at, said, _ in found), found


@pytest.mark.parametrize("content", ["VALUE\n1\n3\n", "VALUE\n1\nlate\n"])
def test_with_storage_seasons_days_and_blocks_are_numbered(tmp_path: Path, content: str) -> None:
    folder = write_model(tmp_path / "m", STORE, **STORED)
    (folder / "SEASON.csv").write_text(content)
    assert "is no run of whole numbers, and there is storage" in [what for at, what, _ in refused(folder)]


def test_a_folder_without_a_model_and_a_case_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "has no YEAR.csv" in refused(tmp_path / "empty")[0][1]
    with pytest.raises(CaseError, match="is there already"):
        from teraplan.convert.osemosys import convert_osemosys

        convert_osemosys(write_model(tmp_path / "m"), tmp_path)
