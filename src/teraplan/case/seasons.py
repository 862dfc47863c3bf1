"""Carried storage on two clocks: what a slice's net charge adds to a level, by season of the year and by day of a week.

A year is a sequence of seasons, a season one of weeks, a week one of day types (each `days` days in a row), a day one
of blocks. Between seasons the whole net charge of the slices counts, inside a day and a week what falls on the days.
The level runs between its values in the first and in the last week of a season, so only these are held to limits.
The rule and its moments are those of OSeMOSYS (equations S1 to S15 and SC1 to SC4 of its GNU MathProg text).
"""

import polars as pl

from teraplan.case.flows import by_period
from teraplan.case.orders import SITE
from teraplan.case.resolve import Tables
from teraplan.units import factor

HOURS = 8760.0
DAYS = 365.0
LATER = "_of_last_year"
"""What the moments of the last year of a period of several years end in."""
Frames = dict[str, pl.DataFrame]


def carried_storage(tables: Tables, periods: pl.DataFrame, period_years: pl.DataFrame) -> Frames:
    """Return the fields of a case that speak of carried storage; all empty where there is none."""
    frames = tables.frames
    given = by_period(frames["store_limits"], period_years, *SITE, "item")
    stores = _stores(tables, given.join(periods.sort("index").head(1).select("period"), on="period", how="semi"))
    slices = _in_order(frames["slices"]) if stores.height else _in_order(frames["slices"].clear())
    seasons = periods.select("period", "index", "years").join(slices.select("season").unique(), how="cross")
    steps = _steps(seasons)
    moments = _moments(slices).join(periods.select("period", "years"), how="cross")
    later = moments.filter(pl.col("years") > 1).with_columns(pl.col("moment") + LATER)
    return {
        "stores": stores,
        "store_limits": given.filter(pl.col("item") != "opening"),
        "season_places": stores.select(SITE).join(seasons.select("period", "season"), how="cross"),
        "season_steps": steps.select("period", "season", "before_period", "before_season").drop_nulls(),
        "season_inflow": _season_inflow(steps, slices),
        "level_moments": pl.concat([moments, later]).select("period", "season", "slice", "moment"),
        "level_inflow": _level_inflow(moments, later, slices),
    }


def _stores(tables: Tables, limits: pl.DataFrame) -> pl.DataFrame:
    """Where carried storage stands or may be ordered, the size of its capacity, and what it holds at the start."""
    frames = tables.frames
    carried = frames["storage"].filter(pl.col("kind") == "carried").select("process", "commodity", free="opening")
    units = carried.join(frames["processes"].select("process", "capacity_unit"), on="process").join(
        frames["commodities"].select("commodity", "unit"), on="commodity"
    )
    sizes = pl.Series("size", [factor(*pair) for pair in units.select("capacity_unit", "unit").iter_rows()], pl.Float64)
    pairs = pl.concat([frames["sites"].select(SITE), frames["capacity"].select(SITE)]).unique().sort(SITE)
    opening = limits.filter(pl.col("item") == "opening").select(*SITE, opening="value")
    placed = pairs.join(units.with_columns(sizes), on="process").join(opening, on=list(SITE), how="left")
    held = pl.when(pl.col("free") == "given").then(pl.col("opening").fill_null(0.0))
    return placed.select(*SITE, "commodity", "size", opening=held)


def _in_order(slices: pl.DataFrame) -> pl.DataFrame:
    """slice, season (text), place (of the slice), type (place of its day type in the season), once, run.

    once: the share of a slice's year that falls on one of its days; run: on all days of its type in one week.
    """
    whole_day = 1.0 / (DAYS * pl.col("weight").sum().over("day_type"))
    once = (pl.col("hours") / (HOURS * pl.col("weight"))).fill_null(whole_day)
    ordered = slices.sort("season", "order").with_row_index("place")
    return ordered.with_columns(once=once, type=pl.col("place").min().over("day_type")).select(
        "slice", pl.col("season").cast(pl.String), "place", "type", "once", run=pl.col("once") * pl.col("days")
    )


def _steps(seasons: pl.DataFrame) -> pl.DataFrame:
    """Every season of every period and the one before it, which the very first does not have."""
    ordered = seasons.sort("index", pl.col("season").cast(pl.Int64))
    before = {f"before_{name}": pl.col(name).shift(1) for name in ("period", "season", "years")}
    return ordered.with_columns(**before)


def _season_inflow(steps: pl.DataFrame, slices: pl.DataFrame) -> pl.DataFrame:
    """A season adds its slices' net charge once; a period's end adds that of the whole year for each further year."""
    labels = ("period", "season", "before_period", "slice", "value")
    here = slices.select("slice", before_season="season")
    once = steps.join(here, on="before_season").with_columns(value=pl.lit(1.0))
    turned = steps.filter((pl.col("before_period") != pl.col("period")) & (pl.col("before_years") > 1))
    years = turned.join(here.select("slice"), how="cross").with_columns(value=pl.col("before_years") - 1.0)
    return pl.concat([once.select(labels), years.select(labels)])


def _moments(slices: pl.DataFrame) -> pl.DataFrame:
    """Season, slice, moment: the start of a block on first days, its end on last days, of the first and last week.

    Left out is what another moment says too: the end of a day type is the start of the next one.
    """
    place, kind = pl.col("place"), pl.col("type")
    opens, closes = place == kind, place == place.max().over("type")
    first_type, last_type = kind == kind.min().over("season"), kind == kind.max().over("season")
    chosen = {
        "first_week_first_day": pl.lit(True),
        "first_week_last_day": ~last_type & ~closes,
        "last_week_first_day": ~first_type & ~opens,
        "last_week_last_day": (place != place.max().over("season")) | (place == place.max()),
    }
    parts = [slices.filter(keep).select("season", "slice", moment=pl.lit(name)) for name, keep in chosen.items()]
    return pl.concat(parts)


def _level_inflow(moments: pl.DataFrame, later: pl.DataFrame, slices: pl.DataFrame) -> pl.DataFrame:
    """What each slice of a season, or of a whole year before the last year of a period, adds until the moment."""
    labels = ("period", "slice", "moment", "from_slice", "value")
    source = slices.select("season", *(pl.col(c).alias(f"from_{c}") for c in ("slice", "place", "type", "once", "run")))
    both = slices.drop("once", "run").join(source, on="season")
    same, type_before = pl.col("from_type") == pl.col("type"), pl.col("from_type") < pl.col("type")
    none, run = pl.lit(0.0), pl.col("from_run")
    earlier = pl.when(same & (pl.col("from_place") < pl.col("place"))).then("from_once").otherwise(none)
    still = pl.when(same & (pl.col("from_place") > pl.col("place"))).then("from_once").otherwise(none)
    value = {
        "first_week_first_day": pl.when(type_before).then(run).otherwise(none) + earlier,
        "first_week_last_day": pl.when(type_before | same).then(run).otherwise(none) - still,
        "last_week_first_day": 1.0 - pl.when(type_before).then(none).otherwise(run) + earlier,
        "last_week_last_day": 1.0 - pl.when(type_before | same).then(none).otherwise(run) - still,
    }
    inside = pl.concat(
        [both.select("slice", "from_slice", moment=pl.lit(name), value=each) for name, each in value.items()]
    )
    again = pl.concat([inside, inside.with_columns(pl.col("moment") + LATER)]).filter(pl.col("value").abs() > 1e-12)
    every = pl.concat([moments, later]).select("period", "slice", "moment").join(again, on=["slice", "moment"])
    years = later.join(slices.select(from_slice="slice"), how="cross").with_columns(value=pl.col("years") - 1.0)
    return pl.concat([every.select(labels), years.select(labels)])
