"""Small OSeMOSYS models for tests: a folder of CSV files as otoole writes them, from Python dictionaries.

The smallest one has a region R with a plant P that makes EL, years 2020 to 2022, and two slices D and N of half a year.
A test changes what it is about. Numbers without a key are given to every member of the sets that are left out.
"""

import csv
import shutil
from collections.abc import Mapping
from itertools import product
from pathlib import Path

from teraplan.convert.osemosys import convert_osemosys
from teraplan.convert.osemosys_parameters import OTHER_REGION, PARAMETERS, REGION
from teraplan.plan import plan, read_case
from teraplan.results.results import Results

SETS: Mapping[str, tuple[object, ...]] = {
    "REGION": ("R",),
    "TECHNOLOGY": ("P",),
    "FUEL": ("EL",),
    "EMISSION": (),
    "STORAGE": (),
    "MODE_OF_OPERATION": (1,),
    "YEAR": (2020, 2021, 2022),
    "TIMESLICE": ("D", "N"),
    "SEASON": (),
    "DAYTYPE": (),
    "DAILYTIMEBRACKET": (),
}
Number = float | Mapping[tuple[object, ...], float]
BASE: Mapping[str, Number] = {
    "YearSplit": 0.5,
    "DiscountRate": 0.0,
    "OutputActivityRatio": {("R", "P", "EL", 1): 1.0},
    "OperationalLife": 1.0,
    "SpecifiedAnnualDemand": {("R", "EL"): 10.0},
    "SpecifiedDemandProfile": {("R", "EL", "D"): 0.8, ("R", "EL", "N"): 0.2},
    "VariableCost": {("R", "P", 1): 1.0},
}


def write_model(folder: Path, sets: Mapping[str, tuple[object, ...]] | None = None, **numbers: Number) -> Path:
    """Write the smallest model with other sets and numbers; a key may leave out the last indices, such as the year."""
    members = {**SETS, **(sets or {})}
    folder.mkdir(parents=True, exist_ok=True)
    for name, labels in members.items():
        write_csv(folder / f"{name}.csv", ["VALUE"], [[label] for label in labels])
    for name, number in {**BASE, **numbers}.items():
        rows = number if isinstance(number, Mapping) else {(): number}
        indices = _indices(name)
        full = [
            [*key, *rest, value]
            for key, value in rows.items()
            for rest in product(*(members[REGION if index == OTHER_REGION else index] for index in indices[len(key) :]))
        ]
        write_csv(folder / f"{name}.csv", [*indices, "VALUE"], full)
    return folder


def write_csv(path: Path, header: list[str], rows: list[list[object]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def converted(source: Path) -> Path:
    """Convert a model into a case beside it; again if it has been converted before."""
    case = source.parent / f"{source.name}_case"
    shutil.rmtree(case, ignore_errors=True)
    return convert_osemosys(source, case).folder


def planned(source: Path) -> Results:
    """Convert a model and plan the case."""
    return plan(read_case(converted(source)))


def optimum(source: Path) -> float:
    """The total discounted cost of a model."""
    value = planned(source).run["objective"]
    assert isinstance(value, float)
    return value


def _indices(name: str) -> list[str]:
    return list(PARAMETERS[name][0])
