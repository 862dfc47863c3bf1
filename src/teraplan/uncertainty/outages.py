"""Outages as changes of tables: availability is lost, and commitments that the loss makes impossible are lifted."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from teraplan.case.norms import members
from teraplan.case.resolve import EACH, SITE, Tables
from teraplan.uncertainty.course import NEGLIGIBLE

Frames = Mapping[str, pl.DataFrame]
FLOORS = ("order_min", "order_fall", "activity_min", "activity_fall")
"""Limits of what is committed; activity_fall follows availability in its equation."""


def without_plants(tables: Tables, pairs: pl.DataFrame, left: pl.DataFrame, origin: str) -> Tables:
    """Return tables in which plants keep a share of their availability, by year, and are held to no more than that.

    pairs: process, region; left: year, left [1]; origin: what the changed cells name as their source. Where the table
    says nothing availability is 1 and rows are added. Force majeure: see `lifted`.
    """
    whole = _said(tables, pairs, origin)
    changed = scaled(whole, pairs.with_columns(hit=True), left, origin)
    return lifted(replace(tables, frames={**tables.frames, "availability": changed}), pairs, left, origin)


def scaled(frame: pl.DataFrame, hit: pl.DataFrame, left: pl.DataFrame, origin: str) -> pl.DataFrame:
    """Return a table of calendar years in which the rows that are hit are multiplied: value, low and high alike.

    hit: labels of the table, and `hit`; left: year, left. Changed cells are assumptions with `origin` as their source.
    """
    labels = [name for name in hit.columns if name != "hit"]
    marked = frame.join(hit.unique(), on=labels, how="left", maintain_order="left")
    dated = marked.join(left, on="year", how="left", maintain_order="left")
    moved = pl.col("hit").fill_null(False) & ((pl.col("left") - 1.0).abs() > NEGLIGIBLE).fill_null(False)
    numbers = [
        pl.when(moved).then(pl.col(name) * pl.col("left")).otherwise(name).alias(name)
        for name in ("value", "low", "high")
    ]
    told = {"source": pl.lit(origin), "grade": pl.lit("assumption")}
    words = [pl.when(moved).then(word).otherwise(name).alias(name) for name, word in told.items()]
    return dated.with_columns(numbers + words).select(frame.columns)


def added(frame: pl.DataFrame, rows: pl.DataFrame, origin: str) -> pl.DataFrame:
    """Return a table with new rows: assumptions with `origin` as their source, of no line of a file."""
    told = rows.with_columns(source=pl.lit(origin), grade=pl.lit("assumption"), line=pl.lit(0))
    blank = [pl.lit(None, dtype).alias(name) for name, dtype in frame.schema.items() if name not in told.columns]
    return pl.concat([frame, told.with_columns(blank).select(frame.columns).cast(frame.schema)])


def lifted(tables: Tables, pairs: pl.DataFrame, left: pl.DataFrame, origin: str) -> Tables:
    """Return tables in which floors that count one of these plants fall with what is left of it: force majeure.

    Floors are least orders and least activity, and the shares of the year before below which orders must not fall; the
    same for activity follows availability in its own equation.
    """
    limits = tables.frames["limits"]
    counted = limits.filter(pl.col("kind").is_in([kind for kind in FLOORS if kind != "activity_fall"]))
    key = counted.select("limit", "kind", "group", "region_group").unique(maintain_order=True)
    if not key.height:
        return tables
    places = _places(tables, key).join(pairs, on=SITE, how="semi")
    hit = places.select("limit", "kind", "group", "region_group", "place").unique(maintain_order=True)
    if not hit.height:
        return tables
    split = _by_place(limits, tables.frames["regions"], hit)
    named = hit.select("limit", "kind", "group", region_group="place").unique(maintain_order=True)
    changed = scaled(split, named.with_columns(hit=True), left, origin)
    return replace(tables, frames={**tables.frames, "limits": changed})


def _said(tables: Tables, pairs: pl.DataFrame, origin: str) -> pl.DataFrame:
    """The availability table with a row of 1 for every year, and slice, in which it says nothing of these plants."""
    given = tables.frames["availability"]
    years = pl.DataFrame({"year": _years(tables)}, schema={"year": pl.Int32})
    clock = tables.frames["processes"].select("process", "clock")
    timed = pairs.join(clock, on="process", maintain_order="left")
    yearly = timed.filter(pl.col("clock") == "yearly").select(*SITE, slice=pl.lit(None, pl.String))
    sliced = timed.filter(pl.col("clock") == "sliced").select(SITE)
    slices = sliced.join(tables.frames["slices"].select("slice"), how="cross")
    places = pl.concat([yearly, slices.select(yearly.columns)])
    silent = places.join(given, on=[*SITE, "slice"], how="anti", nulls_equal=True, maintain_order="left")
    if not silent.height:
        return given
    return added(given, silent.join(years, how="cross").with_columns(value=pl.lit(1.0)), origin)


def _years(tables: Tables) -> list[int]:
    """Every calendar year that the periods of a case touch."""
    periods = tables.settings.periods
    return list(range(int(periods[0].start), int(-(-(periods[-1].start + periods[-1].years) // 1))))


def _places(tables: Tables, key: pl.DataFrame) -> pl.DataFrame:
    """The plants that each limit counts, and the place of the row in which it counts them: key, place, SITE."""
    processes = members(tables, "process", key["group"]).rename({"name": "group", "member": "process"})
    named = [name for name in key["region_group"].unique(maintain_order=True) if name != EACH]
    regions = members(tables, "region", named).rename({"name": "region_group", "member": "region"})
    each = tables.frames["regions"].select(region_group=pl.lit(EACH), region="region")
    place = pl.when(pl.col("region_group") == EACH).then(pl.col("region")).otherwise(pl.col("region_group"))
    counted = key.join(processes, on="group").join(pl.concat([regions, each]), on="region_group")
    return counted.with_columns(place=place)


def _by_place(limits: pl.DataFrame, regions: pl.DataFrame, hit: pl.DataFrame) -> pl.DataFrame:
    """Limits in which those of every region (`each`) that are hit are written out region by region: the same limits."""
    labels = ["limit", "kind", "group", "region_group"]
    torn = hit.filter(pl.col("region_group") == EACH).select(labels).unique()
    if not torn.height:
        return limits
    every = limits.join(torn, on=labels, how="semi", maintain_order="left").drop("region_group")
    apart = every.join(regions.select(region_group="region"), how="cross").select(limits.columns)
    return pl.concat([limits.join(torn, on=labels, how="anti", maintain_order="left"), apart])
