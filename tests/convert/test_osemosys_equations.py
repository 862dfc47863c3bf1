"""The plan of simplicity against OSeMOSYS's own equations, recomputed from its CSV files; nothing of ours is asked.

Only the decisions are taken from the plan: NewCapacity (orders) and the activity in each slice (RateOfActivity x
YearSplit). Names in capitals are OSeMOSYS's.
"""

import csv
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from convert.small_models import planned
from teraplan.results.results import Results

FOLDER = Path(__file__).parent / "models" / "simplicity"
REGION, RATE, SLACK = "SIMPLICITY", 0.05, 1e-6
DEFAULTS = {"CapacityFactor": 1.0, "AvailabilityFactor": 1.0, "CapacityToActivityUnit": 1.0}


@cache
def given(name: str) -> Mapping[tuple[str, ...], float]:
    """A parameter by its indices without the region."""
    with (FOLDER / "csv" / f"{name}.csv").open() as file:
        rows = list(csv.reader(file))[1:]
    return {tuple(cell for cell in row[:-1] if cell != REGION): float(row[-1]) for row in rows}


def of(name: str, *key: str) -> float:
    return given(name).get(key, DEFAULTS.get(name, 0.0))


def members(name: str) -> list[str]:
    return [line for line in (FOLDER / "csv" / f"{name}.csv").read_text().split()[1:] if line]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("equations") / "simplicity"
    folder.symlink_to(FOLDER)
    return planned(folder)


@pytest.fixture(scope="module")
def built(results: Results) -> Mapping[tuple[str, str], float]:
    """NewCapacity by technology and year."""
    rows = results.frame("order").select("process", "period", "value").iter_rows()
    return {(technology, year): value for technology, year, value in rows}


@pytest.fixture(scope="module")
def run(results: Results) -> Mapping[tuple[str, str, str, str], float]:
    """Activity by technology, mode, year and slice [activity in the slice]."""
    rows = results.frame("sliced_activity").select("process", "mode", "period", "slice", "value").iter_rows()
    known = set(members("TECHNOLOGY"))
    return {(t, m, y, s): value for t, m, y, s, value in rows if t in known}


def capacity(built: Mapping[tuple[str, str], float], technology: str, year: str) -> float:
    """TotalCapacityAnnual: what was there and what was built less than a life ago."""
    life, now = of("OperationalLife", technology), int(year)
    new = sum(v for (t, y), v in built.items() if t == technology and 0 <= now - int(y) < life)
    return new + of("ResidualCapacity", technology, year)


def test_every_fuel_is_balanced_in_every_slice_and_over_the_year(
    run: Mapping[tuple[str, str, str, str], float],
) -> None:
    net: dict[tuple[str, str, str], float] = defaultdict(float)
    for sign, name in ((1.0, "OutputActivityRatio"), (-1.0, "InputActivityRatio")):
        flows = defaultdict(list)
        for (technology, fuel, mode, year), ratio in given(name).items():
            flows[technology, mode, year].append((fuel, ratio))
        for (technology, mode, year, part), value in run.items():
            for fuel, ratio in flows[technology, mode, year]:
                net[fuel, year, part] += sign * ratio * value
    for fuel in members("FUEL"):
        for year in members("YEAR"):
            over_year = 0.0
            for part in members("TIMESLICE"):
                asked = of("SpecifiedAnnualDemand", fuel, year) * of("SpecifiedDemandProfile", fuel, part, year)
                assert net[fuel, year, part] >= asked - SLACK, (fuel, year, part)
                over_year += net[fuel, year, part]
            assert over_year >= of("AccumulatedAnnualDemand", fuel, year) - SLACK, (fuel, year)


def test_no_technology_runs_beyond_its_capacity(
    built: Mapping[tuple[str, str], float], run: Mapping[tuple[str, str, str, str], float]
) -> None:
    rates: dict[tuple[str, str, str], float] = defaultdict(float)
    for (technology, _, year, part), value in run.items():
        rates[technology, year, part] += value / of("YearSplit", part, year)
    for (technology, year, part), rate in rates.items():
        able = capacity(built, technology, year) * of("CapacityFactor", technology, part, year)
        assert rate <= able * of("CapacityToActivityUnit", technology) + SLACK, (technology, year, part)


def test_capacity_orders_and_activity_stay_within_their_limits(
    built: Mapping[tuple[str, str], float], run: Mapping[tuple[str, str, str, str], float]
) -> None:
    yearly: dict[tuple[str, str], float] = defaultdict(float)
    for (technology, _, year, _), value in run.items():
        yearly[technology, year] += value
    for (technology, year), most in given("TotalAnnualMaxCapacity").items():
        assert capacity(built, technology, year) <= most + SLACK
    for (technology, year), most in given("TotalAnnualMaxCapacityInvestment").items():
        assert built.get((technology, year), 0.0) <= most + SLACK
    for (technology, year), least in given("TotalAnnualMinCapacityInvestment").items():
        assert built.get((technology, year), 0.0) >= least - SLACK
    for (technology, year), most in given("TotalTechnologyAnnualActivityUpperLimit").items():
        assert yearly[technology, year] <= most + SLACK
    for (technology, year), least in given("TotalTechnologyAnnualActivityLowerLimit").items():
        assert yearly[technology, year] >= least - SLACK


def emissions(run: Mapping[tuple[str, str, str, str], float]) -> Mapping[str, float]:
    total: dict[str, float] = defaultdict(float)
    for (technology, mode, year, _), value in run.items():
        total[year] += of("EmissionActivityRatio", technology, "CO2", mode, year) * value
    return total


def test_emissions_stay_within_their_limit(run: Mapping[tuple[str, str, str, str], float]) -> None:
    put_out = emissions(run)
    for (emission, year), most in given("AnnualEmissionLimit").items():
        assert put_out[year] + of("AnnualExogenousEmission", emission, year) <= most + SLACK


def test_a_store_that_takes_nothing_in_lets_its_technology_never_run(
    run: Mapping[tuple[str, str, str, str], float],
) -> None:
    """StorageMaxChargeRate and StorageMaxDischargeRate have no file, and 0 as their default."""
    linked = {key[:1] + key[2:] for key, value in given("TechnologyToStorage").items() if value}
    linked |= {key[:1] + key[2:] for key, value in given("TechnologyFromStorage").items() if value}
    assert linked and all(value == 0.0 for (t, m, _, _), value in run.items() if (t, m) in linked)


def test_the_discounted_cost_is_the_optimum(
    results: Results, built: Mapping[tuple[str, str], float], run: Mapping[tuple[str, str, str, str], float]
) -> None:
    """Investment at the start of its year less its salvage by a sinking fund, all else in the middle of the year."""
    years = [int(year) for year in members("YEAR")]
    first, last = years[0], years[-1]
    total = 0.0
    for (technology, year), value in built.items():
        life, left = of("OperationalLife", technology), 0.0
        if int(year) + life - 1 > last:
            left = 1 - ((1 + RATE) ** (last - int(year) + 1) - 1) / ((1 + RATE) ** life - 1)
        weight = (1 + RATE) ** -(int(year) - first) - left * (1 + RATE) ** -(last + 1 - first)
        total += of("CapitalCost", technology, year) * value * weight
    yearly: dict[str, float] = defaultdict(float)
    for (technology, year), cost in given("FixedCost").items():
        yearly[year] += cost * capacity(built, technology, year)
    for (technology, mode, year, _), value in run.items():
        yearly[year] += of("VariableCost", technology, mode, year) * value
    for year, value in emissions(run).items():
        yearly[year] += of("EmissionsPenalty", "CO2", year) * value
    total += sum(value * (1 + RATE) ** -(int(year) - first + 0.5) for year, value in yearly.items())
    assert total == pytest.approx(4497.31967, rel=1e-6)
    assert total == pytest.approx(results.run["objective"], rel=1e-9)
