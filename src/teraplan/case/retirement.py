"""Retirement: which capacity may be taken out early, what is lost then, and what comes free when capacity ends."""

import polars as pl

from teraplan.case.calendar import share_at
from teraplan.case.orders import NEGLIGIBLE, SITE, dates, lead_and_life_of, parts_of, service, together, window
from teraplan.case.resolve import Tables

VINTAGE = (*SITE, "order_period")
Frames = dict[str, pl.DataFrame]


def retirement(
    tables: Tables, sites: pl.DataFrame, blocks: pl.DataFrame, recipes: pl.DataFrame, periods: pl.DataFrame
) -> Frames:
    """Return where capacity may be retired early, what each unit retired takes away, and what ends of life release.

    sites: orders; blocks: what was ordered before; recipes: per period, with place. Capacity is retired at the start of
    a period in which all of it has started.
    """
    vintages = pl.concat([_of_orders(sites), _of_blocks(blocks)])
    windows = periods.select("period", "index", "years", t0="start", t1="end")
    early = tables.frames["processes"].filter("retire_early").select("process")
    mine = vintages.join(early, on="process", how="semi")
    ended = _ended(tables, vintages, windows)
    lived = {
        ramped: service(mine, windows, tables, ramped).select(*VINTAGE, later="period", at="index", value="value")
        for ramped in (True, False)
    }
    started = mine.join(windows, how="cross").filter(pl.col("t0") >= pl.col("b") + pl.col("lead") - NEGLIGIBLE)
    allowed = started.join(lived[False], left_on=[*VINTAGE, "period"], right_on=[*VINTAGE, "later"], how="semi")
    allowed = allowed.select(*VINTAGE, "period", "index")
    released, by_retiring = _released(vintages, allowed, ended, recipes, windows)
    ordered = released.filter(pl.col("amount").is_null())
    existing = released.drop_nulls("amount").with_columns(value=pl.col("value") * pl.col("amount"))
    goods = ["commodity", "place"]
    return {
        "retire_sites": allowed.drop("index"),
        "vintages": mine.drop_nulls("amount").select(*VINTAGE, value="amount"),
        "retired_service": _lost(allowed, lived[True]),
        "retired_in_service": _lost(allowed, lived[False]),
        "releases": ordered.select(*SITE, *goods, "use_period", "value", period="order_period"),
        "retired_releases": by_retiring,
        "existing_releases": existing.group_by(*goods, period="use_period", maintain_order=True).agg(
            pl.col("value").sum()
        ),
    }


def _of_orders(sites: pl.DataFrame) -> pl.DataFrame:
    columns = [*SITE, "a", "b", "lead", "paid_over", "life", "ramp"]
    amount = pl.lit(None, pl.Float64)
    return sites.select(*columns, order_period="period", amount=amount)


def _of_blocks(blocks: pl.DataFrame) -> pl.DataFrame:
    """What was ordered before, one vintage for each start, end and ramp, named after them."""
    alike = [*SITE, "start", "end", "a", "b", "lead", "paid_over", "life", "ramp"]
    ramp = pl.when("ramped").then("ramp").otherwise(pl.lit(""))
    summed = blocks.with_columns(ramp=ramp).group_by(alike, maintain_order=True).agg(amount=pl.col("value").sum())
    dated = pl.format("existing {}-{}", pl.col("start").round(3), pl.col("end").round(3))
    label = pl.when(pl.col("ramp") == "").then(dated).otherwise(dated + " ramped")
    return summed.select(*SITE, "a", "b", "lead", "paid_over", "life", "ramp", order_period=label, amount="amount")


def _ended(tables: Tables, vintages: pl.DataFrame, windows: pl.DataFrame) -> pl.DataFrame:
    """Which share of a vintage reaches the end of its life in which period: VINTAGE, amount, use_period, at, value."""
    crossed = parts_of(tables, vintages).join(windows, how="cross")
    shares = share_at(dates(crossed), window(crossed), lead_and_life_of(crossed))
    frame = together(crossed.with_columns(value=pl.Series(shares)).filter(pl.col("value") > NEGLIGIBLE))
    return frame.select(*VINTAGE, "amount", "value", "years", use_period="period", at="index")


def _lost(allowed: pl.DataFrame, lived: pl.DataFrame) -> pl.DataFrame:
    """The service that retiring takes away in the same and later periods: VINTAGE, period, later, value."""
    lost = allowed.join(lived, on=list(VINTAGE)).filter(pl.col("at") >= pl.col("index"))
    return lost.select(*VINTAGE, "period", "later", "value")


def _released(
    vintages: pl.DataFrame, allowed: pl.DataFrame, ended: pl.DataFrame, recipes: pl.DataFrame, windows: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Flows per unit of capacity that ends, and per unit that is retired, which then does not end later."""
    gives = recipes.filter(pl.col("flow") == "release").select(
        *SITE, "commodity", "place", use_period="period", each="value"
    )
    flow = pl.col("value") * pl.col("each") / pl.col("years")
    at_end = ended.join(gives, on=[*SITE, "use_period"]).with_columns(value=flow)
    labels = [*VINTAGE, "period", "commodity", "place", "use_period"]
    before = ended.join(allowed, on=list(VINTAGE)).filter(pl.col("at") < pl.col("index"))
    gone = before.group_by(*VINTAGE, "period").agg(gone=pl.col("value").sum())
    now = (
        allowed.join(gone, on=[*VINTAGE, "period"], how="left")
        .join(windows.select("period", "years"), on="period")
        .with_columns(use_period="period", value=1.0 - pl.col("gone").fill_null(0.0))
        .join(gives, on=[*SITE, "use_period"])
        .with_columns(value=flow)
    )
    not_later = at_end.join(allowed, on=list(VINTAGE)).filter(pl.col("at") >= pl.col("index"))
    both = [now.select(*labels, "value"), not_later.select(*labels, -pl.col("value"))]
    return at_end, pl.concat(both).group_by(labels, maintain_order=True).agg(pl.col("value").sum())
