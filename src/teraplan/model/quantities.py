"""The quantities that equations and costs are written in: sums of columns that have a name but no column of their own."""

import polars as pl

from teraplan.case.case import Case
from teraplan.model.algebra import Expression, added, data, scaled
from teraplan.model.variables import Variables

SITE = ("process", "region")
RUN = ("process", "mode", "region", "period")
HERE = ("commodity", "place", "period")
HERE_SLICED = (*HERE, "slice")


def run(v: Variables) -> Expression:
    """Activity over the year, whatever the clock: process, mode, region, period [activity / year]."""
    return v.activity + v.sliced_activity.by(*RUN)


def usable(case: Case, v: Variables) -> Expression:
    """Capacity ordered here and usable after ramp, before availability; what existed is `case.usable_existing`."""
    return (v.order.rename(period="order_period") * case.service).by(*SITE, "period")


def capacity(case: Case, v: Variables) -> Expression:
    """Capacity ordered here and in service, before ramp; what existed is `case.capacity_existing`."""
    return (v.order.rename(period="order_period") * case.in_service).by(*SITE, "period")


def made(case: Case, v: Variables) -> Expression:
    """What activity puts out [commodity / year]."""
    return (run(v) * case.outputs).by(*HERE)


def used(case: Case, v: Variables) -> Expression:
    """What activity takes in, in the period in which it takes it [commodity / year]."""
    return (run(v) * case.inputs).by("commodity", "place", "use_period").rename(use_period="period")


def built_with(case: Case, v: Variables) -> Expression:
    """What orders use to be built, in the period in which they use it [commodity / year]."""
    return (v.order * case.build_inputs).by("commodity", "place", "use_period").rename(use_period="period")


def sent(v: Variables) -> Expression:
    """What leaves a place on routes [commodity / year]."""
    return v.ship.rename(origin="place").by(*HERE)


def received(case: Case, v: Variables) -> Expression:
    """What arrives at a place on routes, after losses [commodity / year]."""
    return (v.ship * arriving(case.ship_routes)).rename(destination="place").by(*HERE)


def missed(v: Variables) -> Expression:
    """Demand that is not served [commodity / year]."""
    return v.shortage.rename(region="place").by(*HERE)


def put_in_stock(case: Case, v: Variables) -> Expression:
    """Net flow into stock: (stock - keep^years x stock of the period before) / years [commodity / year]."""
    stock = v.stock.rename(region="place")
    places = case.stock_places.rename({"region": "place"}).join(case.periods.select("period", "years"), on="period")
    share = 1.0 / pl.col("years")
    now = stock * places.select(*HERE, value=share)
    kept = places.join(following(case), on="period").select(
        "commodity",
        "place",
        "period",
        after="next",
        value=pl.col("keep") ** pl.col("next_years") / pl.col("next_years"),
    )
    return now.by(*HERE) - (stock * kept).by("commodity", "place", "after").rename(after="period")


def opening_stock(case: Case) -> pl.DataFrame:
    """What is left of opening stocks in the first period, as a flow: commodity, place, period, value [commodity / year]."""
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


def years(case: Case) -> pl.DataFrame:
    """Length of each period: period, value [year]."""
    return case.periods.select("period", value="years")


def goods(case: Case, clock: str, disposal: str | None = None) -> pl.DataFrame:
    """Commodities that are balanced on a clock, or only those with this disposal."""
    balanced = case.commodities.filter(~pl.col("kind").is_in(["count", "emission"]) & (pl.col("clock") == clock))
    return (balanced if disposal is None else balanced.filter(pl.col("disposal") == disposal)).select("commodity")


def asked_for(case: Case) -> pl.DataFrame:
    """Demand at the top of its curves, and what finishes earlier orders: commodity, place, period, value [commodity / year]."""
    return added([case.demand.rename({"region": "place"}), case.existing_build], *HERE)


def running_use(case: Case, v: Variables, commodity: pl.DataFrame) -> Expression:
    """What yearly processes and demand-side users draw of a good, storage apart: commodity, place, period."""
    return (
        (v.activity * case.inputs.join(commodity, on="commodity", how="semi"))
        .by("commodity", "place", "use_period")
        .rename(use_period="period")
    )


def firm_existing(case: Case) -> pl.DataFrame:
    """Firm capacity that existed: process, region, period, value."""
    return data(scaled(case.usable_existing, case.firm_share), *SITE, "period")
