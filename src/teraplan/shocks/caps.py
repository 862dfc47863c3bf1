"""Caps of amounts while a shock lasts: what has no capacity to lose is held to a share of what a plan did before."""

from dataclasses import dataclass

import polars as pl

from teraplan.case.case import Case
from teraplan.case.resolve import SITE
from teraplan.results.results import Results
from teraplan.shocks.course import NEGLIGIBLE
from teraplan.shocks.targets import ROUTE, Hit

RUN = ("process", "mode", "region", "period")


@dataclass(frozen=True)
class Flows:
    """What a plan did by period, so that a share of it can be lost; all tables have `period` and `value`."""

    ran: pl.DataFrame
    """process, region: activity [activity / year]."""
    ordered: pl.DataFrame
    """process, region: orders [capacity / year]."""
    arrived: pl.DataFrame
    """commodity, origin, destination: what arrived on routes [commodity / year]."""
    used: pl.DataFrame
    """commodity, region: what running and building used [commodity / year]."""


def flows_of(case: Case, results: Results) -> Flows:
    """Return what a plan of a case did: what a shock that takes a part is measured against."""
    sliced = results.frame("sliced_activity").group_by(RUN).agg(pl.col("value").sum())
    run = pl.concat([results.frame("activity").select(*RUN, "value"), sliced.select(*RUN, "value")])
    order = results.frame("order").select(*SITE, "period", "value")
    years = case.periods.select("period", "years")
    routes = pl.concat([frame.select(*ROUTE, "loss").unique() for frame in (case.ship_routes, case.sliced_ship_routes)])
    sent = pl.concat([results.frame(name).select(*ROUTE, "period", "value") for name in ("ship", "sliced_ship")])
    arrived = sent.join(routes, on=ROUTE).with_columns(pl.col("value") * (1.0 - pl.col("loss")))
    uses = [
        flow.join(amount.rename({"value": "amount"}), on=labels)
        .select("commodity", "region", period="use_period", value=pl.col("value") * pl.col("amount"))
        for flow, amount, labels in ((case.inputs, run, RUN), (case.build_inputs, order, (*SITE, "period")))
    ]  # fmt: skip
    return Flows(
        ran=_summed(run, *SITE),
        ordered=_summed(order.join(years, on="period").with_columns(pl.col("value") / pl.col("years")), *SITE),
        arrived=_summed(arrived, *ROUTE),
        used=_summed(pl.concat(uses), "commodity", "region"),
    )


def over_periods(case: Case, places: pl.DataFrame, amounts: pl.DataFrame | None) -> pl.DataFrame:
    """Return what a plan did at places in every period: 0 where it did nothing, null without a plan."""
    every = places.join(case.periods.select("period"), how="cross")
    if amounts is None:
        return every.with_columns(value=pl.lit(None, pl.Float64))
    known = every.join(amounts, on=[*places.columns, "period"], how="left", maintain_order="left")
    return known.with_columns(pl.col("value").fill_null(0.0))


def caps(hit: Hit, amounts: pl.DataFrame) -> pl.DataFrame:
    """Return what is left of amounts in the years of the periods that are hit: labels, year, value (null: not known).

    amounts: labels, period, value. Where nothing is left in a whole period the amount need not be known.
    """
    labels = [name for name in amounts.columns if name not in ("period", "value")]
    shares = hit.case.period_years.join(hit.left, on="year", maintain_order="left")
    mean = (pl.col("left") * pl.col("part")).sum() / pl.col("part").sum()
    touched = shares.with_columns(mean=mean.over("period")).filter(pl.col("mean") < 1.0 - NEGLIGIBLE)
    rows = amounts.join(touched, on="period", maintain_order="left")
    value = pl.when(pl.col("mean") < NEGLIGIBLE).then(0.0).otherwise(pl.col("value") * pl.col("left"))
    weighed = rows.with_columns(value=value).group_by(*labels, "year", maintain_order=True)
    unknown = pl.col("value").is_null().any()
    average = (pl.col("value") * pl.col("part")).sum() / pl.col("part").sum()
    return weighed.agg(value=pl.when(unknown).then(None).otherwise(average))


def _summed(frame: pl.DataFrame, *labels: str) -> pl.DataFrame:
    return frame.group_by(*labels, "period").agg(pl.col("value").sum()).sort(*labels, "period")
