"""A backcast by hand: the naive forecast, what is in range, the score of a stage, and what it refuses."""

import math
from datetime import date

import polars as pl
import pytest

from teraplan.errors import CaseError
from teraplan.results.backcast import backcast_of, naive_forecast

BY = date(2023, 12, 31)
SCHEMA = {
    "record": pl.String,
    "stage": pl.String,
    "quantity": pl.String,
    "region": pl.String,
    "year": pl.Int32,
    "unit": pl.String,
    "public": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "model": pl.Float64,
    "tolerance": pl.Float64,
    "counted": pl.Boolean,
    "reason": pl.String,
    "note": pl.String,
}


def record(year: int, public: float, **more: object) -> dict[str, object]:
    """A record of lines in Taiwan; those of years up to 2023 do not count."""
    row = {"record": "lines", "stage": "packaging", "quantity": "capacity", "region": "TWN", "unit": "kwafer/month"}
    counted = {"counted": year > 2023, "tolerance": 0.2 if year > 2023 else None}
    return {**dict.fromkeys(SCHEMA), **row, **counted, "year": year, "public": public, **more}


def table(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def naive_of(*known: tuple[int, float], year: int) -> list[float]:
    rows = table(*(record(at, value) for at, value in known), record(year, 1.0))
    return naive_forecast(rows, rows.filter("counted"), 2023)["naive"].to_list()


def test_the_naive_forecast_is_the_last_value_times_its_trend() -> None:
    """8 and 15 are a trend of 1.875 a year: 15 x 1.875^2 = 52.734375 in 2025."""
    assert naive_of((2022, 8.0), (2023, 15.0), year=2025) == [pytest.approx(52.734375)]


def test_the_trend_is_that_of_the_latest_two_values_a_year() -> None:
    """4 in 2019 and 16 in 2021 double every year: 16 x 2^3 = 128 in 2024, whatever came before."""
    assert naive_of((2015, 99.0), (2019, 4.0), (2021, 16.0), year=2024) == [pytest.approx(128.0)]


def test_a_single_value_is_carried_on_and_none_gives_no_forecast() -> None:
    assert naive_of((2023, 4.3), year=2026) == [4.3]
    assert naive_of(year=2026) == []


def test_a_value_in_another_region_or_after_the_date_is_no_ground() -> None:
    rows = table(record(2023, 4.0, region="KOR"), record(2023, 3.0), record(2024, 9.0), record(2025, 1.0))
    found = naive_forecast(rows, rows.filter(pl.col("year") == 2025), 2023)
    assert found["naive"].to_list() == [3.0]


@pytest.mark.parametrize(
    ("model", "bounds", "hit"),
    [
        (121.0, {}, False),
        (119.0, {}, True),
        (80.1, {}, True),
        (79.9, {}, False),
        (140.0, {"high": 150.0}, True),
        (151.0, {"high": 150.0}, False),
        (119.0, {"low": 95.0, "high": 105.0}, True),
    ],
)
def test_in_range_is_the_range_of_the_sources_or_the_tolerance_if_that_is_wider(
    model: float, bounds: dict[str, float], hit: bool
) -> None:
    """100 with a tolerance of a fifth: 80 to 120, wider where the sources are wider."""
    found = backcast_of(table(record(2023, 100.0), record(2024, 100.0, model=model, **bounds)), BY)
    assert found.records["hit"].to_list() == [hit]


def test_a_stage_is_scored_by_records_in_range_and_by_the_mean_log_error() -> None:
    """Plan 20 and 10 for records of 10 and 10: errors ln 2 and 0, mean 0.3466; naive 5 for both: ln 2, mean 0.6931."""
    power = {"record": "power", "stage": "power", "quantity": "ai_power", "region": "WLD"}
    found = backcast_of(
        table(
            record(2023, 5.0),
            record(2024, 10.0, model=20.0),
            record(2025, 10.0, model=10.0),
            record(2023, 10.0, **power),
            record(2024, 10.0, model=40.0, **power),
        ),
        BY,
    )
    stages = {row["stage"]: row for row in found.stages.iter_rows(named=True)}
    assert list(stages) == ["packaging", "power", "all"]
    packaging = stages["packaging"]
    assert (packaging["records"], packaging["hits"], packaging["naive_hits"]) == (2, 1, 0)
    assert packaging["model_error"] == pytest.approx(math.log(2) / 2)
    assert packaging["naive_error"] == pytest.approx(math.log(2))
    assert packaging["wins"] and not stages["power"]["wins"]
    assert stages["all"]["model_error"] == pytest.approx((math.log(2) + math.log(4)) / 3)


def test_a_plan_of_nothing_is_off_by_ln_10() -> None:
    found = backcast_of(table(record(2023, 5.0), record(2024, 5.0, model=0.0)), BY)
    assert found.records["model_error"].to_list() == [pytest.approx(math.log(10))]


def test_what_does_not_count_is_listed_with_its_reason() -> None:
    left = record(2025, 3.0, counted=False, reason="contradictory: 2 against 4")
    found = backcast_of(table(record(2023, 5.0), record(2024, 5.0, model=5.0), left), BY)
    assert found.left_out.select("year", "value", "reason").rows() == [(2025, 3.0, "contradictory: 2 against 4")]
    assert found.stages["records"].to_list() == [1, 1]


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ((record(2023, 5.0),), "counts no record of a year after 2023"),
        ((record(2024, 5.0, model=5.0),), "counts and has no naive value"),
        ((record(2023, 5.0), record(2024, 5.0)), "counts and has no model value"),
        ((record(2023, 5.0), record(2024, 5.0, model=5.0, stage=None)), "counts and has no stage value"),
        ((record(2023, 5.0), record(2024, 5.0, model=5.0, tolerance=None)), "counts and has no tolerance value"),
    ],
)
def test_a_record_that_cannot_be_scored_is_a_fault(rows: tuple[dict[str, object], ...], what: str) -> None:
    with pytest.raises(CaseError) as caught:
        backcast_of(table(*rows), BY)
    assert [fault.what for fault in caught.value.faults] == [what]
