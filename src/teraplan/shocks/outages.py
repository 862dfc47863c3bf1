"""Outages as a change of tables: availability is lost, and the commitments that it makes impossible are lifted."""

from dataclasses import replace

import numpy as np
import polars as pl

from teraplan.case.resolve import SITE, Tables
from teraplan.shocks.force_majeure import Loss, lifted, scaled


def without_plants(tables: Tables, loss: Loss) -> Tables:
    """Return tables in which plants keep a share of their availability, by year, and are held to no more than that.

    Where the table says nothing availability is 1 and rows are added. Force majeure: see `lifted`.
    """
    changed = scaled(_said(tables, loss), loss.pairs, loss.left, loss.origin)
    return lifted(replace(tables, frames={**tables.frames, "availability": changed}), loss)


def added(frame: pl.DataFrame, rows: pl.DataFrame, origin: str) -> pl.DataFrame:
    """Return a table with new rows: assumptions with `origin` as their source, of no line of a file."""
    told = rows.with_columns(source=pl.lit(origin), grade=pl.lit("assumption"), line=pl.lit(0))
    blank = [pl.lit(None, dtype).alias(name) for name, dtype in frame.schema.items() if name not in told.columns]
    return pl.concat([frame, told.with_columns(blank).select(frame.columns).cast(frame.schema)])


def _said(tables: Tables, loss: Loss) -> pl.DataFrame:
    """The availability table with a row of 1 for every year, and slice, in which it says nothing of these plants."""
    given, periods = tables.frames["availability"], tables.settings.periods
    years = np.arange(int(periods[0].start), np.ceil(periods[-1].start + periods[-1].years), dtype=np.int32)
    clock = tables.frames["processes"].select("process", "clock")
    timed = loss.pairs.join(clock, on="process", maintain_order="left")
    yearly = timed.filter(pl.col("clock") == "yearly").select(*SITE, slice=pl.lit(None, pl.String))
    sliced = timed.filter(pl.col("clock") == "sliced").select(SITE)
    slices = sliced.join(tables.frames["slices"].select("slice"), how="cross")
    places = pl.concat([yearly, slices.select(yearly.columns)])
    silent = places.join(given, on=[*SITE, "slice"], how="anti", nulls_equal=True, maintain_order="left")
    if not silent.height:
        return given
    rows = silent.join(pl.DataFrame({"year": years}), how="cross").with_columns(value=pl.lit(1.0))
    return added(given, rows, loss.origin)
