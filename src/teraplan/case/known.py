"""What was known by a date: the rows of a case that a backcast may read.

A row says with `known_on` when it was published. Where it does not, capacity counts as known if it had been begun: an
order takes its lead time, so what starts less than a lead time after the date stood under construction on it.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

JUDGES = ("calibration", "sources")
"""Tables that plans are held against or that only name things: they hold what came after the date."""


def decimal_year(day: date) -> float:
    """Return the end of a day as a decimal year: 2023-12-31 is 2024.0."""
    return day.year + day.timetuple().tm_yday / date(day.year, 12, 31).timetuple().tm_yday


def published_by(typed: Mapping[str, pl.DataFrame], by: float) -> dict[str, pl.DataFrame]:
    """Return the tables without the rows that were published after a date; by: its end [decimal year]."""
    known = pl.col("known_on").is_null() | (pl.col("known_on") < by)
    return {
        name: frame.filter(known) if "known_on" in frame.columns and name not in JUDGES else frame
        for name, frame in typed.items()
    }


def begun_by(capacity: pl.DataFrame, lead_times: pl.DataFrame, by: float) -> pl.DataFrame:
    """Return the rows of capacity that were published by a date, or begun by it where they do not say when.

    capacity: process, region, start and known_on [decimal year]; lead_times: process, region, value [month].
    """
    lead = lead_times.select("process", "region", lead=pl.col("value") / 12)
    dated = capacity.join(lead, on=["process", "region"], how="left", maintain_order="left")
    begun = pl.col("start") - pl.col("lead").fill_null(0.0) < by
    return dated.filter(pl.col("known_on").is_not_null() | begun).drop("lead")
