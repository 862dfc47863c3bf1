"""A plan of years that are on record, beside the records and beside a naive forecast: last value x trend.

Records are the rows of a case's calibration table. Those of years after the date by which the case was known are held
against the plan; those up to it are what the naive forecast carries on. How both are scored is written down in
docs/decisions/0009 and was so before the first run.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from teraplan.errors import CaseError, Fault

SERIES = ("quantity", "region")
LARGEST_ERROR = math.log(10.0)
"""Error of a plan or forecast that says zero, or less [1]."""


@dataclass(frozen=True)
class Backcast:
    """What came out: the records, and the score of each stage.

    records: the counted records of years after the date, in the table's order: record, stage, quantity, region, year,
    unit, value, low, high (what counts as in range), model, naive, model_error, naive_error (|ln(it / value)|), hit,
    naive_hit, note. left_out: the others: record, quantity, region, year, value, unit, model, reason.
    stages: stage (`all` last), records, hits, naive_hits, model_error, naive_error (means), wins.
    """

    known_by: date
    records: pl.DataFrame
    left_out: pl.DataFrame
    stages: pl.DataFrame


def backcast_of(calibration: pl.DataFrame, known_by: date) -> Backcast:
    """Return a plan's records (the frame `calibration`) as a backcast from a date.

    Raises CaseError as `counted_records` does, and for a record that counts and cannot be read off the plan.
    """
    joined = counted_records(calibration, known_by)
    _complete(joined, {"model": "name a quantity that can be read off the plan in a planned year, or let it not count"})
    records = _judged(joined)
    left_out = calibration.filter((pl.col("year") > known_by.year) & ~pl.col("counted")).select(
        "record", "quantity", "region", "year", pl.col("public").alias("value"), "unit", "model", "reason"
    )
    return Backcast(known_by, records, left_out, _stages(records))


def counted_records(calibration: pl.DataFrame, known_by: date) -> pl.DataFrame:
    """Return the records that count, of years after a date, with their naive forecast; what they say is in `public`.

    Raises CaseError if there is none, or one has no stage, no tolerance, or no value by the date.
    """
    counted = calibration.filter((pl.col("year") > known_by.year) & pl.col("counted"))
    if not counted.height:
        what = f"counts no record of a year after {known_by.year}"
        raise CaseError("backcast", (Fault("calibration.csv", what, "add records, or name an earlier date"),))
    forecast = naive_forecast(calibration, counted, known_by.year)
    joined = counted.join(forecast, on=[*SERIES, "year"], how="left", maintain_order="left")
    needs = {
        "stage": "name the stage under which it counts",
        "tolerance": "give a tolerance",
        "naive": f"add its value of {known_by.year} or before, or let it not count",
    }
    _complete(joined, needs)
    return joined


def naive_forecast(calibration: pl.DataFrame, wanted: pl.DataFrame, last_year: int) -> pl.DataFrame:
    """Return last x (last / previous)^((year - year of last) / (year of last - year of previous)) for wanted records.

    last and previous are the latest two values of a quantity and region in years up to `last_year`; a single value is
    carried on unchanged, and without one there is no forecast. Returns quantity, region, year, naive.
    """
    known = calibration.filter((pl.col("year") <= last_year) & pl.col("quantity").is_not_null()).sort("year")
    latest = known.group_by(SERIES, maintain_order=True).agg(
        last=pl.col("public").last(),
        last_year=pl.col("year").last(),
        previous=pl.col("public").shift(1).last(),
        gap=pl.col("year").diff().last(),
    )
    ahead = pl.col("year") - pl.col("last_year")
    growth = (pl.col("last") / pl.col("previous")) ** (ahead / pl.col("gap"))
    joined = wanted.select(*SERIES, "year").join(latest, on=list(SERIES))
    return joined.select(*SERIES, "year", naive=pl.col("last") * growth.fill_null(1.0))


def log_error(forecast: pl.Expr, record: pl.Expr) -> pl.Expr:
    """Return |ln(forecast / record)|, at most that of a tenth for a forecast that is not above zero."""
    return pl.when(forecast > 0).then((forecast / record).log().abs()).otherwise(LARGEST_ERROR)


def _complete(counted: pl.DataFrame, needs: Mapping[str, str]) -> None:
    """Raise CaseError if a record has no value in a column; needs: the columns and how to mend what is missing."""
    faults = tuple(
        Fault(f"calibration.csv, record {record!r} of {year}", f"counts and has no {name} value", fix)
        for name, fix in needs.items()
        for record, year in counted.filter(pl.col(name).is_null()).select("record", "year").iter_rows()
    )
    if faults:
        raise CaseError("backcast", faults)


def _judged(joined: pl.DataFrame) -> pl.DataFrame:
    public, tolerance = pl.col("public"), pl.col("tolerance")
    low = pl.min_horizontal("low", public * (1 - tolerance))
    high = pl.max_horizontal("high", public * (1 + tolerance))
    return joined.select(
        "record",
        "stage",
        *SERIES,
        "year",
        "unit",
        public.alias("value"),
        low.alias("low"),
        high.alias("high"),
        "model",
        "naive",
        log_error(pl.col("model"), public).alias("model_error"),
        log_error(pl.col("naive"), public).alias("naive_error"),
        pl.col("model").is_between(low, high).alias("hit"),
        pl.col("naive").is_between(low, high).alias("naive_hit"),
        "note",
    )


def _stages(records: pl.DataFrame) -> pl.DataFrame:
    sums = (
        pl.len().alias("records"),
        pl.col("hit").sum().alias("hits"),
        pl.col("naive_hit").sum().alias("naive_hits"),
        pl.col("model_error", "naive_error").mean(),
    )
    stages = records.group_by("stage", maintain_order=True).agg(sums)
    whole = records.select(pl.lit("all").alias("stage"), *sums)
    return pl.concat([stages, whole]).with_columns(wins=pl.col("model_error") < pl.col("naive_error"))
