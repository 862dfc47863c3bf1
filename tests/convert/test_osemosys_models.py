"""Models with an optimum that somebody else found: published, by GLPK, or on paper (models/README.md)."""

from itertools import product
from pathlib import Path

import polars as pl
import pytest

from convert.small_models import optimum, planned
from teraplan.convert.osemosys import convert_osemosys

MODELS = Path(__file__).parent / "models"
OPTIMA = {
    "simplicity": 4497.31967,
    "utopia": 29446.86269,
    "storage": 1280.600223,
    "reserve": 1901.629944,
    "units": 208.2806081,
    "trade": 1405.436276,
}


@pytest.fixture(scope="module", params=OPTIMA)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / request.param
    folder.symlink_to(MODELS / request.param)
    return folder


def test_a_model_costs_what_others_found(case: Path) -> None:
    assert optimum(case) == pytest.approx(OPTIMA[case.name], rel=1e-6)


def test_every_model_has_an_optimum() -> None:
    assert {folder.name for folder in MODELS.iterdir() if folder.is_dir()} == set(OPTIMA)


def test_units_by_counting_all_ways(tmp_path: Path) -> None:
    """The cheapest of the 3^6 ways to build none, one or two units a year, each costed on paper.

    A unit of 4 costs 160 at the start of its year y and lives 30 years: the sinking fund leaves
    1 - (1.05^(2031 - y) - 1) / (1.05^30 - 1) of it at the end of 2030. What it makes costs 0.5, the rest of the demand
    5, in the middle of a year.
    """
    folder = tmp_path / "units"
    folder.symlink_to(MODELS / "units")
    years = range(2025, 2031)
    demand = dict(zip(years, (10, 11, 12, 13, 14, 15), strict=True))

    def cost(built: tuple[int, ...]) -> float:
        total = 0.0
        for year, count in zip(years, built, strict=True):
            left = 1 - (1.05 ** (2031 - year) - 1) / (1.05**30 - 1)
            made = min(demand[year], 4 * sum(built[: year - 2024]))
            total += 160 * count * (1.05 ** -(year - 2025) - left * 1.05**-6)
            total += (0.5 * made + 5 * (demand[year] - made)) * 1.05 ** -(year - 2025 + 0.5)
        return total

    best = min(product((0, 1, 2), repeat=6), key=cost)
    results = planned(folder)
    assert results.run["objective"] == pytest.approx(cost(best), rel=1e-9)
    orders = dict(results.frame("order").filter(pl.col("process") == "NUKE").select("period", "value").iter_rows())
    assert [orders.get(str(year), 0.0) for year in years] == pytest.approx([4.0 * count for count in best])


def test_storage_is_filled_and_built(tmp_path: Path) -> None:
    folder = tmp_path / "storage"
    folder.symlink_to(MODELS / "storage")
    results = planned(folder)
    orders, runs = results.frame("order"), results.frame("sliced_activity")
    assert orders.filter(orders["process"] == "LAKE")["value"].sum() > 0.01
    assert runs.filter((runs["process"] == "PUMP") & (runs["mode"] == "1"))["value"].sum() > 1


def test_a_folder_with_data_below_it_is_the_same_model(tmp_path: Path) -> None:
    convert_osemosys(MODELS / "units", tmp_path / "one")
    convert_osemosys(MODELS / "units" / "csv", tmp_path / "two")
    for path in (tmp_path / "one").glob("*.csv"):
        if path.stem != "sources":
            assert path.read_text() == (tmp_path / "two" / path.name).read_text()
