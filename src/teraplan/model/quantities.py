"""The quantities that equations and costs are written in: sums of columns with a name but no column of their own."""

import numpy as np
import polars as pl

from teraplan.case.case import Case
from teraplan.model.algebra import Expression, added, data, keys, scaled
from teraplan.model.coded import joined, kind
from teraplan.model.remembered import once_for_all
from teraplan.model.variables import Variables

SITE = ("process", "region")
RUN = ("process", "mode", "region", "period")
HERE = ("commodity", "place", "period")
HERE_SLICED = (*HERE, "slice")


def run(v: Variables) -> Expression:
    """Activity over the year, whatever the clock: process, mode, region, period [activity / year]."""
    return v.activity + v.sliced_activity.by(*RUN)


def usable(case: Case, v: Variables) -> Expression:
    """Capacity ordered here and usable after ramp, before availability, less what is retired early.

    What existed is `case.usable_existing`.
    """
    return once_for_all(case, _usable, v)


def _usable(case: Case, v: Variables) -> Expression:
    ordered = (v.order.rename(period="order_period") * case.service).by(*SITE, "period")
    return ordered - (v.retire * case.retired_service).by(*SITE, "later").rename(later="period")


def capacity(case: Case, v: Variables) -> Expression:
    """Capacity ordered here and in service, before ramp, less what is retired early.

    What existed is `case.capacity_existing`.
    """
    return once_for_all(case, _capacity, v)


def _capacity(case: Case, v: Variables) -> Expression:
    ordered = (v.order.rename(period="order_period") * case.in_service).by(*SITE, "period")
    return ordered - (v.retire * case.retired_in_service).by(*SITE, "later").rename(later="period")


def changeable(case: Case) -> pl.DataFrame:
    """Where decisions change usable capacity: process, region, period."""
    return once_for_all(case, _changeable)


def _changeable(case: Case) -> pl.DataFrame:
    return keys([case.service, case.retired_service.select(*SITE, period="later")], *SITE, "period")


def made(case: Case, v: Variables) -> Expression:
    """What activity puts out [commodity / year]."""
    return (run(v) * case.outputs).by(*HERE)


def used(case: Case, v: Variables) -> Expression:
    """What activity takes in, in the period in which it takes it [commodity / year]."""
    return (run(v) * case.inputs).by("commodity", "place", "use_period").rename(use_period="period")


def built_with(case: Case, v: Variables) -> Expression:
    """What orders use to be built, in the period in which they use it [commodity / year]."""
    return once_for_all(case, _built_with, v)


def _built_with(case: Case, v: Variables) -> Expression:
    return (v.order * case.build_inputs).by("commodity", "place", "use_period").rename(use_period="period")


def released(case: Case, v: Variables) -> Expression:
    """What comes free when ordered capacity ends its life or is retired; the rest is `case.existing_releases`."""
    labels = ("commodity", "place", "use_period")
    both = (v.order * case.releases).by(*labels) + (v.retire * case.retired_releases).by(*labels)
    return both.rename(use_period="period")


def sent(v: Variables) -> Expression:
    """What leaves a place on routes [commodity / year]."""
    return v.ship.rename(origin="place").by(*HERE)


def received(case: Case, v: Variables) -> Expression:
    """What arrives at a place on routes over the year, after losses: commodity, place, period [commodity / year]."""
    labels = ("commodity", "destination", "period")
    yearly = (v.ship * arriving(case.ship_routes)).by(*labels)
    sliced = (v.sliced_ship * arriving(case.sliced_ship_routes)).by(*labels)
    return (yearly + sliced).rename(destination="place")


def missed(v: Variables) -> Expression:
    """Demand that is not served [commodity / year]."""
    return v.shortage.rename(region="place").by(*HERE)


def put_in_stock(case: Case, v: Variables) -> Expression:
    """Net flow into stock: (stock - keep^years x stock of the period before) / years [commodity / year]."""
    stock = v.stock.rename(region="place")
    places = case.stock_places.rename({"region": "place"}).join(case.periods.select("period", "years"), on="period")
    kept = pl.col("keep") ** pl.col("next_years") / pl.col("next_years")
    now = stock * places.select(*HERE, value=1.0 / pl.col("years"))
    before = stock * places.join(following(case), on="period").select(*HERE, "next", value=kept)
    return now.by(*HERE) - before.by("commodity", "place", "next").rename(next="period")


def opening_stock(case: Case) -> pl.DataFrame:
    """What is left of opening stocks in the first period: commodity, place, period, value [commodity / year]."""
    first = case.periods.sort("index").head(1).select("period", "years")
    flow = pl.col("opening") * pl.col("keep") ** pl.col("years") / pl.col("years")
    return case.stock_places.join(first, on="period").select("commodity", "period", place="region", value=flow)


def arriving(routes: pl.DataFrame) -> pl.DataFrame:
    """The share of what is sent that arrives, on every label of the routes."""
    labels = [c for c in ("commodity", "origin", "destination", "period", "slice") if c in routes.columns]
    return routes.select(*labels, value=1.0 - pl.col("loss"))


def following(case: Case) -> pl.DataFrame:
    """Which period follows which: period, next, next_years."""
    ordered = case.periods.sort("index")
    return ordered.select("period", next=pl.col("period").shift(-1), next_years=pl.col("years").shift(-1)).drop_nulls(
        "next"
    )


def weights(case: Case) -> pl.DataFrame:
    """Share of the year in each slice: slice, value."""
    return case.slices.select("slice", value="weight")


def goods(case: Case, clock: str, disposal: str | None = None) -> pl.DataFrame:
    """Commodities that are balanced on a clock, or only those with this disposal."""
    balanced = case.commodities.filter(~pl.col("kind").is_in(["count", "emission"]) & (pl.col("clock") == clock))
    return (balanced if disposal is None else balanced.filter(pl.col("disposal") == disposal)).select("commodity")


def demanded(case: Case) -> pl.DataFrame:
    """Demand at the top of its curves: commodity, place, period [commodity / year]."""
    return case.demand.rename({"region": "place"})


def asked_for(case: Case) -> pl.DataFrame:
    """Demand at the top of its curves and what finishes earlier orders: commodity, place, period [commodity / year]."""
    return added([demanded(case), case.existing_build], *HERE)


def running_use(case: Case, v: Variables) -> Expression:
    """What processes on the yearly clock draw of a good: commodity, place, period [commodity / year]."""
    return once_for_all(case, _running_use, v)


def _running_use(case: Case, v: Variables) -> Expression:
    return (v.activity * case.inputs).by("commodity", "place", "use_period").rename(use_period="period")


def sliced_use(case: Case, sliced_activity: Expression) -> Expression:
    """What processes on the sliced clock draw of a good in each slice: HERE_SLICED [commodity / year]."""
    drawn = (sliced_activity * case.inputs).by("commodity", "place", "use_period", "slice")
    return drawn.rename(use_period="period")


def availability_of_year(case: Case) -> pl.DataFrame:
    """Share of usable capacity that can run over a year, on either clock: process, region, period, value.

    On the sliced clock the mean of the slices, and no more than the yearly sum where one is given.
    """
    mean = data(scaled(case.sliced_availability, weights(case)), *SITE, "period")
    sums = case.yearly_availability.select(*SITE, "period", most="value")
    sliced = mean.join(sums, on=[*SITE, "period"], how="left").with_columns(value=pl.min_horizontal("value", "most"))
    return pl.concat([case.availability.select(mean.columns), sliced.select(mean.columns)])


def usable_before(case: Case) -> pl.DataFrame:
    """Existing usable capacity of the period before; at the first period what existed at its start: SITE, period."""
    first = case.periods.sort("index").head(1).select("period")
    at_start = case.usable_at_start.join(first, how="cross")
    later = case.usable_existing.join(following(case).select("period", "next"), on="period")
    return pl.concat(
        [at_start.select(*SITE, "period", "value"), later.select(*SITE, pl.col("next").alias("period"), "value")]
    )


def one_later(case: Case, expression: Expression) -> Expression:
    """The expression of the period before, under the label of the period."""
    step = following(case).select("period", "next").with_columns(value=1.0)
    others = [label for label in expression.labels if label != "period"]
    return (expression * step).by(*others, "next").rename(next="period").by(*expression.labels)


def so_far(case: Case, amounts: Expression) -> Expression:
    """What amounts add up to from the first period to each period, under the label of the period."""
    dated = case.periods.select("period", "index")
    until = dated.join_where(dated.select(until="period", last="index"), pl.col("index") <= pl.col("last"))
    others = [label for label in amounts.labels if label != "period"]
    return (amounts * until.select("period", "until", value=1.0)).by(*others, "until").rename(until="period")


def lengths(case: Case) -> pl.DataFrame:
    """The length of each period: period, value [year]."""
    return case.periods.select("period", value="years")


def per_year(case: Case) -> pl.DataFrame:
    """One over the length of each period: period, value [1 / year]."""
    return case.periods.select("period", value=1.0 / pl.col("years"))


def bounded_by_row(case: Case, activity: Expression) -> pl.DataFrame:
    """Activity with a capacity that decisions change, or with several modes; the rest is a bound on its column."""
    sized = case.processes.filter(pl.col("capacity_unit").is_not_null()).select("process")
    places = joined(activity.terms.drop("coefficient"), sized, ["process"], how="semi")
    ordered, fixed = (joined(places, changeable(case), [*SITE, "period"], how=how) for how in ("semi", "anti"))
    return pl.concat([ordered, fixed.filter(~one_mode(fixed, *SITE, "period"))])


def one_mode(places: pl.DataFrame, *labels: str) -> pl.Series:
    """Whether a process has one mode alone at these labels, for each row of places."""
    modes = places.select("process", "mode").unique().group_by("process").len()
    several = modes.filter(pl.col("len") > 1)["process"]
    maybe = places.select(*labels, "mode").with_row_index().filter(places["process"].is_in(several.implode()))
    mixed = maybe.filter(pl.col("mode").n_unique().over(labels) > 1)["index"]
    alone = np.ones(places.height, dtype=bool)
    alone[mixed.to_numpy()] = False
    return pl.Series(alone)


def side_of_storage(case: Case) -> pl.Expr:
    """Storage keeps its modes apart; all other processes share their capacity between modes."""
    stored = pl.col("process").is_in(case.storage["process"].implode())
    return pl.when(stored).then(pl.col("mode")).otherwise(pl.lit("all", kind(case)))


def force_majeure(case: Case) -> pl.DataFrame:
    """min(1, availability / availability of the period before): process, region, period, value."""
    now = availability_of_year(case)
    before = now.join(following(case), on="period").select(*SITE, period="next", before="value")
    ratio = pl.when(pl.col("before") > 0).then((pl.col("value") / pl.col("before")).clip(0.0, 1.0)).otherwise(0.0)
    return now.join(before, on=[*SITE, "period"]).select(*SITE, "period", value=ratio)


def ring(case: Case) -> pl.DataFrame:
    """Which slice comes after which, round each day type: slice, after, value (1)."""
    ordered = case.slices.sort("day_type", "order")
    first = pl.col("slice").first().over("day_type")
    return ordered.select("slice", after=pl.col("slice").shift(-1).over("day_type").fill_null(first), value=1.0)
