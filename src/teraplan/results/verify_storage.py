"""Carried storage of a plan, walked through: day by day in the first and the last week of each season, year by year."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from teraplan.case.case import Case
from teraplan.results.recompute import SITE, Gap, Plan, at_least, at_most, beside, equal, flows, summed

PLACE = ("process", "region", "period")
SUPPLY = ("made", "received")
HOURS = 8760.0
Season = Sequence[Sequence[Mapping[str, Any]]]
"""The day types of a season in their order, and the blocks of each."""


def stored_gaps(case: Case, plan: Plan) -> list[Gap]:
    """Return the worst row of each guarantee of carried storage: what is handed on, its limits, its speed."""
    moved = _moved(case, plan)
    carried, held = _walked(case, plan, moved)
    most = beside(held, plan.usable, PLACE, "usable").with_columns(right=pl.col("size") * pl.col("usable"))
    least = beside(most, _limit(case, "least_share"), PLACE, "share").with_columns(
        right=pl.col("share") * pl.col("right")
    )
    labels = [*PLACE, "slice"]
    return [
        equal("level_carried_over", carried, [*PLACE, "season"]),
        at_most("carried_level_at_most", most, labels),
        at_least("carried_level_at_least", least, labels),
        at_most("charge_at_most", _speed(case, moved, "charge_max", "in"), labels),
        at_most("discharge_at_most", _speed(case, moved, "discharge_max", "out"), labels),
    ]


def _moved(case: Case, plan: Plan) -> pl.DataFrame:
    """What is put in and taken out of each store: process, region, period, slice, way (in, out), value."""
    way = pl.when(pl.col("kind").is_in(SUPPLY)).then(pl.lit("in")).otherwise(pl.lit("out"))
    here = flows(case, plan).rename({"place": "region"})
    return here.join(case.stores.select(*SITE, "commodity"), on=["region", "commodity"]).with_columns(way=way)


def _limit(case: Case, item: str) -> pl.DataFrame:
    return case.store_limits.filter(pl.col("item") == item)


def _speed(case: Case, moved: pl.DataFrame, item: str, way: str) -> pl.DataFrame:
    """What goes in or out in a slice (left) beside the most that may: its share of the year times the limit."""
    rows = _limit(case, item).join(case.slices.select("slice", "weight"), how="cross")
    limited = rows.with_columns(right=pl.col("weight") * pl.col("value"))
    return beside(limited, moved.filter(pl.col("way") == way), [*PLACE, "slice"], "left")


def _walked(case: Case, plan: Plan, moved: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What each season starts with (left) beside what the one before left (right), and every level that is limited."""
    signed = moved.with_columns(pl.when(pl.col("way") == "in").then("value").otherwise(-pl.col("value")).alias("value"))
    net = _by_labels(signed.select(*PLACE, "slice", "value"))
    started = _by_labels(plan.season_level.select(*PLACE, "season", "value"))
    year, periods = _year(case), case.periods.sort("index").select("period", "years").rows()
    carried: list[tuple[object, ...]] = []
    held: list[tuple[object, ...]] = []
    for process, region, size, opening in case.stores.select(*SITE, "size", "opening").iter_rows():
        level: float | None = opening
        for period, years in periods:
            here = (process, region, period)
            added = {
                season: [[net.get((*here, block["slice"]), 0.0) for block in part] for part in parts]
                for season, parts in year.items()
            }
            whole = sum(sum(map(sum, parts)) for parts in added.values())
            for season, parts in year.items():
                start = started.get((*here, season), 0.0)
                carried.append((*here, season, start, start if level is None else level, abs(whole)))
                level = start + sum(map(sum, added[season]))
                for turn in range(round(years)):
                    ends = (start + turn * whole, level + turn * whole)
                    held += [(*here, name, size, reached) for name, reached in _levels(parts, added[season], ends)]
            level = None if level is None else level + (years - 1) * whole
    season_labels, slice_labels = (
        dict.fromkeys((*PLACE, "season"), pl.String),
        dict.fromkeys((*PLACE, "slice"), pl.String),
    )
    sides = dict.fromkeys(("left", "right", "scale"), pl.Float64)
    return (
        pl.DataFrame(carried, {**season_labels, **sides}, orient="row"),
        pl.DataFrame(held, {**slice_labels, "size": pl.Float64, "left": pl.Float64}, orient="row"),
    )


def _by_labels(frame: pl.DataFrame) -> Mapping[tuple[str, ...], float]:
    """The sum of `value`, the last column, by all others."""
    return {row[:-1]: row[-1] for row in summed(frame, frame.columns[:-1]).iter_rows()}


def _year(case: Case) -> Mapping[str, Season]:
    """The seasons of a year in their order, and the blocks of their days: slice, days, once.

    once: the share of what a slice does in a year that falls on one day: hours / (8760 x weight of the slice).
    """
    day = 24.0 * pl.col("weight") / pl.col("weight").sum().over("day_type")
    once = pl.col("hours").fill_null(day) / (HOURS * pl.col("weight"))
    seasons: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    for row in case.slices.with_columns(once=once).sort("season", "order").iter_rows(named=True):
        seasons.setdefault(str(row["season"]), {}).setdefault(row["day_type"], []).append(row)
    return {season: list(parts.values()) for season, parts in seasons.items()}


def _levels(season: Season, added: Sequence[Sequence[float]], ends: tuple[float, float]) -> Iterator[tuple[str, float]]:
    """The levels that are limited: starts of blocks on the first day of a day type, ends of blocks on its last one.

    In the first week from the season's start on, in the last week back from its end. The last day of the last day type
    is only looked at in the last week, the first day of the first one only in the first.
    """
    start, end = ends
    days = [(part[0]["days"], [block["once"] * more for block, more in zip(part, sums, strict=True)])
            for part, sums in zip(season, added, strict=True)]  # fmt: skip
    weeks = [count * sum(blocks) for count, blocks in days]
    for kind, (part, (_, blocks)) in enumerate(zip(season, days, strict=True)):
        morning, after = start + sum(weeks[:kind]), start + sum(weeks[: kind + 1])
        night, before = end - sum(weeks[kind + 1 :]), end - sum(weeks[kind:])
        for number, block in enumerate(part):
            earlier, later = sum(blocks[:number]), sum(blocks[number + 1 :])
            yield block["slice"], morning + earlier
            yield block["slice"], night - later
            if kind < len(days) - 1:
                yield block["slice"], after - later
            if kind > 0:
                yield block["slice"], before + earlier
