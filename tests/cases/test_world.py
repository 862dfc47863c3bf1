"""The reference world: it reads, it keeps its size, its scenarios stand, and its README says what is true."""

import csv
import re
from pathlib import Path

import polars as pl
import pytest

from teraplan.case.case import Case
from teraplan.model.build import build_problem
from teraplan.results.readers import READERS
from teraplan.scenario import Request, programmes, stand_of

WORLD = Path(__file__).parents[2] / "src" / "teraplan" / "cases" / "world"
SCENARIOS = sorted(path.stem for path in (WORLD / "scenarios").glob("*.toml"))
NAMED = {
    "trend", "seven_trillion", "stargate_500bn", "taiwan_outage", "export_controls_tight", "power_scarce",
    "efficient_chips", "domestic_usa",
}  # fmt: skip


@pytest.fixture(scope="module")
def case() -> Case:
    return stand_of(Request("world")).case


def rows(table: str) -> list[dict[str, str]]:
    with (WORLD / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_problem_keeps_its_size(case: Case) -> None:
    program = build_problem(case).program
    height, width = program.matrix.shape
    assert width <= 40_000 and height <= 30_000 and program.matrix.nnz <= 350_000
    coefficients = abs(program.matrix.data)
    assert coefficients.min() > 1e-6 and coefficients.max() < 1e4


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_stands_and_each_of_its_edits_selects_something(scenario: str) -> None:
    stand = stand_of(Request("world", scenario))
    assert len(stand.case.tables.edits) == len(stand.scenario.edit)


def test_the_named_scenarios_ship_and_the_open_programme_comes_first() -> None:
    assert set(SCENARIOS) >= NAMED
    assert programmes("world")[0] == "seven_trillion"


def test_a_chip_is_never_thrown_away(case: Case) -> None:
    """With free disposal plans made chips only to satisfy shares, and compute sold stood apart from compute used."""
    chips = case.commodities.filter((pl.col("stage") == "accelerators") & (pl.col("kind") == "good"))
    assert chips.height > 30 and set(chips["disposal"]) == {"none"}


def test_a_chip_is_ordered_and_installed_in_the_period_in_which_it_is_made(case: Case) -> None:
    """A cluster takes as long as from the delivery of its chips to its start: two tables say one thing."""
    chips = case.commodities.filter(pl.col("stage") == "accelerators").select("commodity")
    used = case.build_inputs.join(chips, on="commodity", how="semi")
    assert used.height > 0
    assert used.filter(pl.col("period") != pl.col("use_period")).is_empty()


def test_records_that_count_are_read_by_a_named_function_and_are_no_inputs() -> None:
    for row in rows("calibration"):
        name = row["quantity"].partition(":")[0]
        assert not name or name in READERS
        assert (row["counted"] == "yes") == (not row["reason"])
        assert row["counted"] == "no" or name


def test_share_of_money_and_share_of_compute_of_the_incumbent_are_different_records() -> None:
    found = {(row["quantity"], row["year"]): float(row["value"]) for row in rows("calibration")}
    assert found["revenue_share_of_maker:nvidia", "2024"] == 0.8
    assert found["share_of_compute_by_maker:nvidia", "2025"] == 0.65


def test_the_readme_counts_rows_and_assumptions_as_they_are() -> None:
    told = re.findall(
        r"^\| `(\w+)` \| (\d+) \| (\d+)% \|$", (WORLD / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(told) > 15
    for table, count, share in told:
        found = rows(table)
        assumed = sum(row["grade"] == "assumption" for row in found)
        assert (len(found), round(100 * assumed / len(found))) == (int(count), int(share))


@pytest.mark.parametrize("path", sorted(WORLD.glob("*.csv")), ids=lambda path: path.stem)
def test_no_note_sends_a_reader_outside(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"WORLD\.md|MODEL\.md|CROSSCHECKS|METHODS\.md|world_tables|\.\./", text)
