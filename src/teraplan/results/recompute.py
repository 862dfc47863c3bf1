"""What a plan does, worked out again from its variable tables and the case alone; nothing here knows the model.

Every check states its rows as a table with `left` and `right` and asks for the worst of them. A gap is relative to the
largest amount in its row, and to one unit where that is less: the solver's own tolerance is absolute.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from teraplan.case.case import WORLD, Case
from teraplan.results.results import Results

SITE = ("process", "region")
RUN = ("process", "mode", "region", "period")
ROUTE = ("commodity", "origin", "destination", "period", "slice")
BALANCE = ("commodity", "place", "period", "slice")


@dataclass(frozen=True)
class Gap:
    """The worst row of a check: the guarantee, the labels of the row, and how far it is from holding, relative [1]."""

    check: str
    where: str
    size: float

    def __str__(self) -> str:
        """Say it in one sentence."""
        return f"{self.check} [{self.where}] is off by {self.size:.3g} of its size"


@dataclass(frozen=True)
class Plan:
    """The decisions of a plan as long tables with `value`, and the capacity that follows from them."""

    order: pl.DataFrame
    """process, region, period, value [capacity]."""
    retire: pl.DataFrame
    """process, region, order_period, period, value [capacity]."""
    run: pl.DataFrame
    """process, mode, region, period, slice (null on the yearly clock), value [activity / year]."""
    ship: pl.DataFrame
    """ROUTE with slice null for yearly goods, value (sent), arrived [commodity / year], cost, loss."""
    stock: pl.DataFrame
    """commodity, region, period, value, before [commodity], opening, keep, carrying_cost, closing, index, years."""
    level: pl.DataFrame
    """process, region, period, slice, value [commodity in one day]."""
    season_level: pl.DataFrame
    """process, region, period, season, value: at its start, in the first year of the period [commodity]."""
    shortage: pl.DataFrame
    """commodity, region, buyer, period, step, value [commodity / year]."""
    usable: pl.DataFrame
    """process, region, period, value: in service, after ramp [capacity]."""
    ordered_in_service: pl.DataFrame
    """process, region, period, value: of the plan's own orders, before ramp [capacity]."""
    in_service: pl.DataFrame
    """process, region, period, value: with what existed [capacity]."""


def plan_of(case: Case, results: Results) -> Plan:
    """Return what a stored plan does, from its variable tables."""
    order = results.frame("order").select(*SITE, "period", "value")
    run = pl.concat(
        [
            results.frame("activity").select(*RUN, pl.lit(None, pl.String).alias("slice"), "value"),
            results.frame("sliced_activity").select(*RUN, "slice", "value"),
        ]
    )
    retire = results.frame("retire").select(*SITE, "order_period", "period", "value")
    served = _added(_of_orders(case.in_service, order), _retired(case.retired_in_service, retire))
    usable = _added(_of_orders(case.service, order), _retired(case.retired_service, retire))
    return Plan(
        order=order,
        retire=retire,
        run=run,
        ship=_ships(case, results),
        stock=_stocks(case, results),
        level=results.frame("level").select(*SITE, "period", "slice", "value"),
        season_level=results.frame("season_level").select(*SITE, "period", "season", "value"),
        shortage=results.frame("shortage").select("commodity", "region", "buyer", "period", "step", "value"),
        usable=_added(usable, case.usable_existing),
        ordered_in_service=served,
        in_service=_added(served, case.capacity_existing),
    )


def at_most(check: str, rows: pl.DataFrame, labels: Sequence[str]) -> Gap:
    """Return the worst row of left <= right; a column `scale` gives the size of a row that its sides do not show."""
    return _worst(check, rows, labels, pl.col("left") - pl.col("right"))


def at_least(check: str, rows: pl.DataFrame, labels: Sequence[str]) -> Gap:
    """Return the worst row of left >= right."""
    return _worst(check, rows, labels, pl.col("right") - pl.col("left"))


def equal(check: str, rows: pl.DataFrame, labels: Sequence[str]) -> Gap:
    """Return the worst row of left = right."""
    return _worst(check, rows, labels, (pl.col("left") - pl.col("right")).abs())


def summed(frame: pl.DataFrame, labels: Sequence[str]) -> pl.DataFrame:
    """Return the sum of `value` over every label that is not named."""
    return frame.group_by(labels).agg(pl.col("value").sum())


def beside(rows: pl.DataFrame, amounts: pl.DataFrame, labels: Sequence[str], name: str) -> pl.DataFrame:
    """Return the rows with the sum of `amounts` for their labels in a column `name`; 0 where there is none."""
    sums = summed(amounts, labels).rename({"value": name})
    return rows.join(sums, on=list(labels), how="left", nulls_equal=True).with_columns(pl.col(name).fill_null(0.0))


def period_after(case: Case) -> pl.DataFrame:
    """Return `period` (each but the first) and `before`, the period that ends where it starts."""
    ordered = case.periods.sort("index").select("period", before=pl.col("period").shift(1))
    return ordered.filter(pl.col("before").is_not_null())


def flows(case: Case, plan: Plan) -> pl.DataFrame:
    """Return every flow of every commodity, all positive: BALANCE, kind, value [commodity / year].

    kind: made, received, released (capacity that ends), drawn (opening stock and what is kept) supply; used, charged
    (by storage), built, sent, put (stock at the end) and served use. Goods on the yearly clock have no slice; what has
    none of its own in a sliced good follows the weights of the slices, demand its load shape.
    """
    run = plan.run.rename({"value": "amount"})
    storing = pl.col("process").is_in(case.storage["process"].implode()) & (pl.col("mode") == "charge")
    amount = pl.col("value") * pl.col("amount")
    years = pl.col("years")
    orders = plan.order.rename({"value": "amount"})
    drawn = pl.when(pl.col("index") == 0).then("opening").otherwise("before") * pl.col("keep").pow(years)
    used = case.inputs.join(run, on=list(RUN)).with_columns(
        kind=pl.when(storing).then(pl.lit("charged")).otherwise(pl.lit("used")), value=amount, period="use_period"
    )
    parts = [
        case.outputs.join(run, on=list(RUN)).with_columns(kind=pl.lit("made"), value=amount),
        used,
        case.build_inputs.join(orders, on=[*SITE, "period"]).with_columns(
            kind=pl.lit("built"), value=amount, period="use_period", slice=pl.lit(None, pl.String)
        ),
        case.existing_build.with_columns(kind=pl.lit("built"), slice=pl.lit(None, pl.String)),
        *_released(case, plan),
        plan.ship.with_columns(kind=pl.lit("sent"), place="origin"),
        plan.ship.with_columns(kind=pl.lit("received"), place="destination", value="arrived"),
        _placed(case, plan.stock.with_columns(kind=pl.lit("drawn"), value=drawn / years)),
        _placed(case, plan.stock.with_columns(kind=pl.lit("put"), value=pl.col("value") / years)),
        _placed(case, served(case, plan).with_columns(kind=pl.lit("served"))),
    ]
    return _on_their_clock(case, pl.concat([part.select(*BALANCE, "kind", "value") for part in parts]))


def _released(case: Case, plan: Plan) -> list[pl.DataFrame]:
    """What comes free when orders, early retirements and what existed end: BALANCE, kind, value [commodity / year]."""
    labels = [*SITE, "period"]
    ended = case.releases.join(plan.order.rename({"value": "amount"}), on=labels)
    taken = case.retired_releases.join(plan.retire.rename({"value": "amount"}), on=[*labels, "order_period"])
    there = case.existing_releases.with_columns(amount=pl.lit(1.0), use_period="period")
    told = {"kind": pl.lit("released"), "slice": pl.lit(None, pl.String), "value": pl.col("value") * pl.col("amount")}
    return [part.with_columns(period="use_period", **told) for part in (ended, taken, there)]


def served(case: Case, plan: Plan) -> pl.DataFrame:
    """Return what final demand gets, top of its curves less shortage: commodity, region, period, value."""
    labels = ["commodity", "region", "period"]
    missed = beside(case.demand, plan.shortage, labels, "missed")
    return missed.select(*labels, slice=pl.lit(None, pl.String), value=pl.col("value") - pl.col("missed"))


def _of_orders(share: pl.DataFrame, order: pl.DataFrame) -> pl.DataFrame:
    placed = order.select(*SITE, order_period="period", ordered="value")
    joined = share.join(placed, on=[*SITE, "order_period"])
    return summed(joined.with_columns(value=pl.col("value") * pl.col("ordered")), [*SITE, "period"])


def _retired(lost: pl.DataFrame, retire: pl.DataFrame) -> pl.DataFrame:
    """The capacity that is missing, below zero, in the period of retirement and after it."""
    taken = retire.rename({"value": "taken"})
    joined = lost.join(taken, on=[*SITE, "order_period", "period"])
    amount = -pl.col("value") * pl.col("taken")
    return summed(joined.select(*SITE, period="later", value=amount), [*SITE, "period"])


def _added(new: pl.DataFrame, existing: pl.DataFrame) -> pl.DataFrame:
    labels = [*SITE, "period"]
    return summed(pl.concat([new.select(*labels, "value"), existing.select(*labels, "value")]), labels)


def _ships(case: Case, results: Results) -> pl.DataFrame:
    labels = [label for label in ROUTE if label != "slice"]
    yearly = results.frame("ship").select(*labels, pl.lit(None, pl.String).alias("slice"), "value")
    sliced = results.frame("sliced_ship").select(*ROUTE, "value")
    routes = pl.concat([case.ship_routes, case.sliced_ship_routes], how="diagonal")
    known = routes.select(*labels, "loss", "cost").unique()
    joined = pl.concat([yearly, sliced]).join(known, on=labels, how="left")
    return joined.with_columns(arrived=pl.col("value") * (1 - pl.col("loss")))


def _stocks(case: Case, results: Results) -> pl.DataFrame:
    """Every place and period of a stock, with what it holds at the end and held at the end of the period before."""
    labels = ["commodity", "region", "period"]
    held = results.frame("stock").select(*labels, "value")
    known = ["opening", "keep", "carrying_cost", "closing"]
    places = case.stock_places.select(*labels, *known).join(
        case.periods.select("period", "index", "years"), on="period"
    )
    full = beside(places, held, labels, "value").sort("commodity", "region", "index")
    return full.with_columns(before=pl.col("value").shift(1).over("commodity", "region").fill_null(0.0))


def _placed(case: Case, frame: pl.DataFrame) -> pl.DataFrame:
    """Add where an amount of a region is balanced: there, or in the world pool for goods of world scope."""
    scope = case.commodities.select("commodity", "scope")
    place = pl.when(pl.col("scope") == "world").then(pl.lit(WORLD)).otherwise(pl.col("region"))
    with_slice = frame if "slice" in frame.columns else frame.with_columns(slice=pl.lit(None, pl.String))
    return with_slice.join(scope, on="commodity", how="left").with_columns(place=place)


def _on_their_clock(case: Case, flows: pl.DataFrame) -> pl.DataFrame:
    """Sum slices of yearly goods; spread what has no slice of its own in a sliced good by weights or load shapes."""
    sliced = case.commodities.filter(pl.col("clock") == "sliced").select("commodity")
    labels = [*BALANCE, "kind"]
    yearly = flows.join(sliced, on="commodity", how="anti").with_columns(slice=pl.lit(None, pl.String))
    mine = flows.join(sliced, on="commodity", how="semi")
    whole, of_demand = mine.filter(pl.col("slice").is_null()).drop("slice"), pl.col("kind") == "served"
    flat = (whole.filter(~of_demand).join(case.slices.select("slice", "weight"), how="cross")).with_columns(
        value=pl.col("value") * pl.col("weight")
    )
    shape = case.load_shape.rename({"value": "share"})
    shaped = (whole.filter(of_demand).join(shape, on=["commodity", "place", "period"])).with_columns(
        value=pl.col("value") * pl.col("share")
    )
    parts = [yearly, mine.filter(pl.col("slice").is_not_null()), flat, shaped]
    return summed(pl.concat([part.select(*labels, "value") for part in parts]), labels)


def _worst(check: str, rows: pl.DataFrame, labels: Sequence[str], lacking: pl.Expr) -> Gap:
    if not rows.height:
        return Gap(check, "no row", 0.0)
    scale = pl.max_horizontal(pl.lit(1.0), *(pl.col(name).abs() for name in ("left", "right", "scale") if name in rows))
    gap = (lacking.clip(lower_bound=0.0) / scale).fill_null(float("inf")).fill_nan(float("inf"))
    sized = rows.select(*labels, gap=gap)
    at = sized["gap"].arg_max() or 0
    named = ", ".join(str(text) for text in sized.select(labels).row(at) if text is not None)
    return Gap(check, named, float(sized["gap"][at]))
