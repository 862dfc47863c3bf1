"""A plan against the public record: every record that a reader knows, with its miss and whether it counts."""

import polars as pl

from teraplan.case.case import Case
from teraplan.results.readers import READERS, read_quantity, unit_of
from teraplan.results.results import Results
from teraplan.units import factor

KEPT = (
    "record",
    "stage",
    "quantity",
    "region",
    "year",
    "unit",
    "value",
    "low",
    "high",
    "tolerance",
    "counted",
    "reason",
    "note",
)


def calibration_of(case: Case, results: Results) -> pl.DataFrame:
    """Return the case's calibration records beside the plan.

    record, stage, quantity, region, year, unit, public, low, high, model, off (model / public - 1), tolerance, counted,
    passed, reason (why one does not count), note. A record passes if it is off by no more than its tolerance. `model`
    and `passed` are null where no reader knows the quantity or no period has the year.
    """
    records = case.tables.frames["calibration"].select(KEPT).rename({"value": "public"})
    read = [_read(results, *key) for key in records.select("quantity", "region", "year", "unit").iter_rows()]
    model = pl.Series("model", read, dtype=pl.Float64)
    beside = records.with_columns(model).with_columns(off=pl.col("model") / pl.col("public") - 1.0)
    return beside.with_columns(passed=pl.col("off").abs() <= pl.col("tolerance"))


def score(calibration: pl.DataFrame) -> tuple[int, int]:
    """Return how many of the records that count pass, and how many count."""
    counted = calibration.filter(pl.col("counted") & pl.col("model").is_not_null())
    return int(counted["passed"].sum()), counted.height


def _read(results: Results, quantity: str | None, region: str, year: int | None, unit: str) -> float | None:
    """The plan's value of a quantity in a year, in the record's unit; None where there is none."""
    if quantity is None or year is None or quantity.partition(":")[0] not in READERS:
        return None
    middle = year + 0.5
    period = results.frame("periods").filter((pl.col("start") <= middle) & (pl.col("end") > middle))["period"]
    if not period.len():
        return None
    found = read_quantity(results, quantity, region).filter(pl.col("period") == period[0])["value"]
    return float(found[0]) * factor(unit_of(results, quantity), unit) if found.len() else None
