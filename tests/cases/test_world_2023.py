"""The world as known at the end of 2023: its records are frozen, it reads nothing later, and the plan is scored."""

import csv
import hashlib
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from teraplan.case.case import Case
from teraplan.plan import plan
from teraplan.results.backcast import Backcast, backcast_of
from teraplan.results.readers import READERS
from teraplan.scenario import Request, stand_of

FOLDER = Path(__file__).parents[2] / "src" / "teraplan" / "cases" / "world-2023"
BY = date(2023, 12, 31)
FROZEN = "7e4cf28ae5d921ff09e0538414c0e0469c64ee6e3a79dbb5b09ddd39eab06004"
"""SHA-256 of calibration.csv as it was committed before the case was first solved."""


@pytest.fixture(scope="module")
def case() -> Case:
    return stand_of(Request("world-2023")).case


@pytest.fixture(scope="module")
def found(case: Case) -> Backcast:
    return backcast_of(plan(case).frame("calibration"), BY)


def rows(table: str) -> list[dict[str, str]]:
    with (FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_records_are_those_of_before_the_first_run() -> None:
    assert hashlib.sha256((FOLDER / "calibration.csv").read_bytes()).hexdigest() == FROZEN


def test_enough_records_of_enough_quantities_count_and_all_can_be_read() -> None:
    counted = [row for row in rows("calibration") if row["counted"] == "yes"]
    assert len(counted) >= 30 and len({row["quantity"] for row in counted}) >= 8
    assert {int(row["year"]) for row in counted} == {2024, 2025, 2026}
    assert all(row["quantity"].partition(":")[0] in READERS and row["stage"] for row in counted)
    assert all(row["reason"] for row in rows("calibration") if row["counted"] == "no")


def test_own_rows_of_capacity_were_published_by_the_date() -> None:
    assert all(row["known_on"] and row["known_on"] <= str(BY) for row in rows("capacity"))


def test_no_capacity_begun_after_the_date_is_read(case: Case) -> None:
    """Lines of memory and packaging are the announced ones; sites are those that two years of building had begun."""
    capacity = case.tables.frames["capacity"]
    lead = case.tables.frames["lead_times"].select("process", "region", lead="value")
    late = capacity.join(lead, on=["process", "region"], how="left").filter(
        pl.col("known_on").is_null() & (pl.col("start") - pl.col("lead").fill_null(0) / 12 >= 2024)
    )
    assert late.is_empty()
    lines = capacity.filter(pl.col("process").is_in(["cowos_line", "hbm_line"]))
    assert lines["value"].sum() == pytest.approx(25 + 10 + 104.3 + 11.6)
    world = stand_of(Request("world")).case.tables.frames["capacity"]
    assert world.filter(process="dc_shell", start=2026)["value"].sum() == pytest.approx(13.5, rel=1e-3)
    assert capacity.filter(process="dc_shell", start=2026, region="USA").is_empty()


def test_the_plan_is_nearer_than_the_naive_forecast_on_most_stages(found: Backcast) -> None:
    stages = found.stages.filter(pl.col("stage") != "all")
    assert stages["wins"].sum() >= stages.height / 2
    assert found.stages.row(-1, named=True)["records"] == 31
