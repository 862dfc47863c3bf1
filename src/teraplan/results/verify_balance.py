"""Balances of a plan, recomputed: every commodity where it is balanced, the pipeline, stocks, levels of storage."""

import polars as pl

from teraplan.case.case import Case
from teraplan.results.recompute import BALANCE, RUN, SITE, Gap, Plan, at_least, at_most, beside, equal, flows, summed

SUPPLY = ("made", "received", "released", "drawn")
DAYS = 365.0


def balance_gaps(case: Case, plan: Plan) -> list[Gap]:
    """Return the worst row of each balance, relative to the flow through it."""
    return [*_commodities(case, plan), _pipeline(case, plan), _closing_stock(case, plan), _levels(case, plan)]


def _commodities(case: Case, plan: Plan) -> list[Gap]:
    """Made, received, released and taken from stock cover what is used, built, sent, put in stock and served.

    In commodity / year. Only goods and services are balanced, where no carried storage takes the difference. They may
    be thrown away, unless `disposal` is none. Relative to the larger of supply and use.
    """
    kinds = case.commodities.select("commodity", "kind", "disposal", "clock")
    supply = pl.col("kind").is_in(SUPPLY)
    sides = (
        flows(case, plan)
        .group_by(BALANCE)
        .agg(
            left=pl.col("value").filter(supply).sum(),
            right=pl.col("value").filter(~supply).sum(),
            scale=pl.col("value").abs().max(),
        )
        .join(kinds, on="commodity")
        .join(case.stores, left_on=["commodity", "place"], right_on=["commodity", "region"], how="anti")
        .filter(pl.col("kind").is_in(["good", "service"]))
    )
    checks = []
    for clock, name in (("yearly", "commodity_balance"), ("sliced", "sliced_commodity_balance")):
        mine = sides.filter(pl.col("clock") == clock)
        checks.append(at_least(name, mine.filter(pl.col("disposal") != "none"), BALANCE))
        checks.append(equal(f"{name} without disposal", mine.filter(pl.col("disposal") == "none"), BALANCE))
    return checks


def _pipeline(case: Case, plan: Plan) -> Gap:
    """What activity used before the first period is at most what the pipeline held [commodity]."""
    run = plan.run.rename({"value": "amount"})
    early = case.prehorizon_inputs.join(run, on=list(RUN)).with_columns(value=pl.col("value") * pl.col("amount"))
    rows = beside(summed(case.pipeline, ["commodity"]).rename({"value": "right"}), early, ["commodity"], "left")
    return at_most("pipeline", rows, ["commodity"])


def _closing_stock(case: Case, plan: Plan) -> Gap:
    """Where the closing stock must be the opening one, at least that much is left at the end [commodity]."""
    last = plan.stock.filter((pl.col("index") == pl.col("index").max()) & (pl.col("closing") == "opening"))
    return at_least(
        "closing stock", last.with_columns(left="value", right="opening"), ["commodity", "region", "period"]
    )


def _levels(case: Case, plan: Plan) -> Gap:
    """What storage holds after a slice is what it held after the one before in the same day, less loss, and net charge.

    level = (1 - loss) x level before + (efficiency x charge - discharge) / days of the day type [commodity in one day].
    Relative to the largest of these terms.
    """
    labels = [*SITE, "period", "slice"]
    days = case.slices.sort("day_type", "order").with_columns(
        days=DAYS * pl.col("weight").sum().over("day_type"),
        before=pl.col("slice").shift(1).over("day_type").fill_null(pl.col("slice").last().over("day_type")),
    )
    rows = (
        case.level_places.select(labels)
        .unique()
        .join(case.storage.select("process", "efficiency", "loss"), on="process")
        .join(days.select("slice", "before", "days"), on="slice")
    )
    rows = beside(rows, plan.level, labels, "left")
    held = plan.level.rename({"slice": "before"})
    rows = beside(rows, held, [*SITE, "period", "before"], "held")
    for mode in ("charge", "discharge"):
        rows = beside(rows, plan.run.filter(pl.col("mode") == mode), labels, mode)
    turned = (pl.col("efficiency") * pl.col("charge") - pl.col("discharge")) / pl.col("days")
    right = (1 - pl.col("loss")) * pl.col("held") + turned
    return equal("storage_level", rows.with_columns(right=right), labels)
