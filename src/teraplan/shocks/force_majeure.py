"""Force majeure: commitments that a shock makes impossible are lifted by what it takes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import polars as pl

from teraplan.case.norms import members
from teraplan.case.resolve import EACH, LIMIT, SHARE, SITE, Tables
from teraplan.shocks.course import NEGLIGIBLE

MEASURED: Mapping[str, Collection[str]] = {
    "order": ("order_min", "order_fall"),
    "activity": ("activity_min",),
    "out": (),
    "use": (),
}
"""What commitments are of, and the limits that are floors of it; activity_fall follows availability by itself."""


@dataclass(frozen=True)
class Loss:
    """Which plants lose how much, and what the changed cells name as their source."""

    pairs: pl.DataFrame
    """process, region."""
    left: pl.DataFrame
    """year, left: what is left on average in each calendar year [1]."""
    origin: str
    """What changed cells name as their source."""


def lifted(tables: Tables, loss: Loss, of: Collection[str] = tuple(MEASURED)) -> Tables:
    """Return tables in which floors that count one of the plants fall with what is left of it: force majeure.

    Floors are least orders and activity, the share of the year before below which orders must not fall, and least
    shares of a whole, as far as they are `of` orders, activity, or what it makes or uses. Take-or-pay of activity
    (activity_fall) needs no change: its equation follows availability.
    """
    floors = pl.col("kind").is_in([kind for measure in of for kind in MEASURED[measure]])
    committed = (pl.col("sense") == "at_least") & pl.col("of").str.extract("^([a-z]+)").is_in(list(of))
    fallen = {}
    for name, chosen, labels, group, regions in (
        ("limits", floors, LIMIT, "group", "region_group"),
        ("shares", committed, SHARE, "numerator_group", "numerator_regions"),
    ):
        frame = tables.frames[name]
        key = frame.filter(chosen).select(labels).unique(maintain_order=True)
        if key.height:
            counted = _counted(tables, key, group, regions)
            hit = counted.join(loss.pairs, on=SITE, how="semi").select(labels).unique(maintain_order=True)
            torn = hit.filter(pl.col(regions) == EACH)
            frame = _by_region(frame, counted.join(torn, on=labels, how="semi"), labels, regions)
            placed = counted.join(loss.pairs, on=SITE, how="semi").with_columns(pl.col("place").alias(regions))
            frame = scaled(frame, placed.select(labels), loss.left, loss.origin)
        fallen[name] = frame
    return replace(tables, frames={**tables.frames, **fallen})


def scaled(frame: pl.DataFrame, hit: pl.DataFrame, left: pl.DataFrame, origin: str) -> pl.DataFrame:
    """Return a table of calendar years in which the rows that are hit are multiplied: value, low and high alike.

    hit: labels of the table; left: year, left. Changed cells are assumptions with `origin` as their source.
    """
    marked = hit.unique().with_columns(_hit=pl.lit(True))
    rows = frame.join(marked, on=hit.columns, how="left", maintain_order="left")
    dated = rows.join(left, on="year", how="left", maintain_order="left")
    moved = (pl.col("_hit") & ((pl.col("left") - 1.0).abs() > NEGLIGIBLE)).fill_null(False)
    numbers = [
        pl.when(moved).then(pl.col(name) * pl.col("left")).otherwise(name).alias(name)
        for name in ("value", "low", "high")
    ]
    told = {"source": pl.lit(origin), "grade": pl.lit("assumption")}
    words = [pl.when(moved).then(word).otherwise(name).alias(name) for name, word in told.items()]
    return dated.with_columns(numbers + words).select(frame.columns)


def _counted(tables: Tables, key: pl.DataFrame, group: str, regions: str) -> pl.DataFrame:
    """The plants that each floor counts, and the place of the row in which it counts them: key, SITE, place."""
    processes = members(tables, "process", key[group]).rename({"name": group, "member": "process"})
    named = [name for name in key[regions].unique(maintain_order=True) if name != EACH]
    inside = members(tables, "region", named).rename({"name": regions, "member": "region"})
    each = tables.frames["regions"].select(pl.lit(EACH).alias(regions), region="region")
    standing = pl.concat([tables.frames[name].select(SITE) for name in ("sites", "capacity")]).unique()
    counted = key.join(processes, on=group).join(pl.concat([inside, each]), on=regions).join(standing, on=SITE)
    return counted.with_columns(place=pl.when(pl.col(regions) == EACH).then("region").otherwise(regions))


def _by_region(frame: pl.DataFrame, torn: pl.DataFrame, labels: Collection[str], regions: str) -> pl.DataFrame:
    """A table in which floors of every region (`each`) are written out region by region, which are the same floors."""
    places = torn.select(*labels, "place").unique(maintain_order=True)
    if not places.height:
        return frame
    apart = frame.join(places, on=list(labels), maintain_order="left").with_columns(pl.col("place").alias(regions))
    kept = frame.join(places, on=list(labels), how="anti", maintain_order="left")
    return pl.concat([kept, apart.select(frame.columns)])
