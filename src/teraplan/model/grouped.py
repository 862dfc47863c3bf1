"""Rows over named sets: what a limit counts, a part against a whole. The equations that use them say what they mean."""

import polars as pl

from teraplan.case.case import Case
from teraplan.model.algebra import Expression, Rows, Sense, added, data, negative, placed, scaled
from teraplan.model.quantities import capacity, run
from teraplan.model.variables import Variables

LIMIT = ("limit", "group", "place", "period")
SHARE = ("share", "group", "place", "sense", "period")


def limits(case: Case, kind: str) -> pl.DataFrame:
    """Return the limits of a kind: limit, group, place, period, value."""
    return case.limits.filter(pl.col("kind") == kind).select(*LIMIT, "value")


def members(case: Case, kind: str) -> pl.DataFrame:
    """Return what the limits of a kind count, once each: limit, group, place, process, region, value (1)."""
    mine = case.limit_members.filter(pl.col("kind") == kind).drop("kind")
    return mine.unique(maintain_order=True).with_columns(value=1.0)


def emitted(case: Case, kind: str) -> pl.DataFrame:
    """Return what emission limits of a kind count per unit of activity: limit, group, place, RUN, value."""
    return case.emission_outputs.filter(pl.col("kind") == kind).drop("kind")


def limited(case: Case, kind: str, counted: Expression, sense: Sense) -> Rows:
    """Return `counted sense limit` for every limit of a kind; counted: limit, group, place, period."""
    limit = limits(case, kind)
    return Rows(counted.where(limit), sense, limit, limit.select(LIMIT))


def limited_capacity(case: Case, v: Variables, kind: str, sense: Sense) -> Rows:
    """Return `capacity ordered sense limit - capacity that existed` for every limit of a kind [capacity]."""
    limit, counted = limits(case, kind), members(case, kind)
    existing = data(scaled(case.capacity_existing, counted), *LIMIT)
    right = placed(added([limit, negative(existing)], *LIMIT), limit)
    return Rows((capacity(case, v) * counted).by(*LIMIT).where(limit), sense, right, limit.select(LIMIT))


def after_first(case: Case, limit: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of a limit from the second period on: limit, group, place, period."""
    first = case.periods.sort("index").head(1).select("period")
    return limit.join(first, on="period", how="anti").select(LIMIT)


def shared(case: Case, v: Variables, which: str, sense: Sense) -> Rows:
    """Return `numerator - share x denominator sense 0` for every share that is `at_most` or `at_least`.

    What existed is on the right. Rows are in the unit of what is compared: order, capacity, activity or a flow.
    """
    share = case.shares.filter(pl.col("sense") == which).select(*SHARE, "value")
    numerator = share.with_columns(value=1.0, side=pl.lit("numerator"))
    signed = pl.concat([numerator, negative(share).with_columns(side=pl.lit("denominator"))])
    counted = case.share_measures.filter(pl.col("sense") == which)
    plain = scaled(counted.filter(pl.col("mode").is_null()).drop("mode", "period"), signed).drop("side")
    of = {name: plain.filter(pl.col("measure") == name).drop("measure") for name in ("order", "capacity", "activity")}
    flows = scaled(counted.filter(pl.col("mode").is_not_null()).drop("measure"), signed).drop("side")
    left = (
        (v.order * of["order"]).by(*SHARE)
        + (capacity(case, v) * of["capacity"]).by(*SHARE)
        + (run(v) * of["activity"]).by(*SHARE)
        + (run(v) * flows).by(*SHARE)
    )
    existing = data(scaled(case.capacity_existing, of["capacity"]), *SHARE)
    return Rows(left, sense, negative(existing), share.select(SHARE))
