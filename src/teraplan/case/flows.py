"""Recipes as flows: what running and building a process makes and uses, in which period, and where it is balanced."""

import polars as pl

from teraplan.case.calendar import shifted_overlap
from teraplan.case.orders import NEGLIGIBLE, SITE, built_from
from teraplan.case.resolve import Tables

WORLD = "WLD"
RUN = ("process", "mode", "region", "period")


def by_period(yearly: pl.DataFrame, period_years: pl.DataFrame, *labels: str) -> pl.DataFrame:
    """Return yearly values as means over periods: labels, period, value.

    A period of which less than half has values gets none.
    """
    joined = yearly.select(*labels, "year", "value").join(period_years, on="year")
    return (
        joined.group_by(*labels, "period", maintain_order=True)
        .agg(value=(pl.col("value") * pl.col("part")).sum() / pl.col("part").sum(), covered=pl.col("part").sum())
        .filter(pl.col("covered") > 0.5 - NEGLIGIBLE)
        .drop("covered")
    )


def recipes_by_period(tables: Tables, period_years: pl.DataFrame) -> pl.DataFrame:
    """Return recipes per period, storage included: process, mode, region, flow, commodity, offset_month, period, value.

    Cycled storage charges with one unit of its commodity and gives one back; its losses are in its level.
    """
    recipes = by_period(
        tables.frames["recipes"], period_years, "process", "mode", "region", "flow", "commodity", "offset_month"
    ).filter(pl.col("value") != 0)
    pairs = pl.concat([tables.frames["sites"].select(SITE), tables.frames["capacity"].select(SITE)]).unique(
        maintain_order=True
    )
    modes = pl.DataFrame(
        {"mode": ["charge", "discharge"], "flow": ["in", "out"], "offset_month": [0.0, 0.0], "value": [1.0, 1.0]}
    )
    stored = (
        tables.frames["storage"]
        .filter(pl.col("kind") == "cycled")
        .select("process", "commodity")
        .join(pairs, on="process")
        .join(modes, how="cross")
        .join(period_years.select("period").unique(maintain_order=True), how="cross")
    )
    return pl.concat([recipes, stored.select(recipes.columns)])


def with_place(flows: pl.DataFrame, commodities: pl.DataFrame) -> pl.DataFrame:
    """Add where a flow is balanced: its region, or the world pool for goods of world scope."""
    scope = commodities.select("commodity", "scope")
    place = pl.when(pl.col("scope") == "world").then(pl.lit(WORLD)).otherwise(pl.col("region"))
    return flows.join(scope, on="commodity").with_columns(place=place).drop("scope")


def activity_places(tables: Tables, recipes: pl.DataFrame, usable: pl.DataFrame, periods: pl.DataFrame) -> pl.DataFrame:
    """Return where activity exists: process, mode, region, period.

    A process with capacity runs where an order or the capacity table can give usable capacity; one without runs at its
    sites in the years of their windows. A mode is there in the periods in which it makes or uses something.
    """
    free = tables.frames["processes"].filter(pl.col("capacity_unit").is_null()).select("process")
    sites = tables.frames["sites"].join(free, on="process", how="semi").join(periods, how="cross")
    first, last = pl.col("first_year").fill_null(-9999), pl.col("last_year").fill_null(9999) + 1
    open_sites = sites.filter((pl.col("end") > first + NEGLIGIBLE) & (pl.col("start") < last - NEGLIGIBLE))
    places = pl.concat([usable.select(*SITE, "period"), open_sites.select(*SITE, "period")]).unique(maintain_order=True)
    modes = recipes.filter(pl.col("flow").is_in(["in", "out"])).select(RUN).unique(maintain_order=True)
    return places.join(modes, on=[*SITE, "period"]).select(RUN).sort(RUN)


def activity_flows(
    recipes: pl.DataFrame, places: pl.DataFrame, periods: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return outputs, inputs, and inputs before the first period, of one unit of activity.

    outputs: RUN, commodity, place, value; inputs: the same and use_period, value being the flow in use_period for a
    flow of one in the activity's period; before the first period: RUN, commodity, value as an amount.
    """
    running = recipes.join(places, on=RUN, how="semi")
    outputs = running.filter(pl.col("flow") == "out").select(*RUN, "commodity", "place", "value")
    used = running.filter(pl.col("flow") == "in")
    prompt = used.filter(pl.col("offset_month") == 0).with_columns(use_period=pl.col("period"))
    late = [
        _shifted(part, float(offset), periods)
        for (offset,), part in used.filter(pl.col("offset_month") != 0).group_by("offset_month", maintain_order=True)
    ]
    inputs = pl.concat([prompt, *[part for part, _ in late]], how="diagonal").select(
        *RUN, "commodity", "place", "use_period", "value"
    )
    early = [part for _, part in late]
    before = pl.concat(early) if early else used.with_columns(use_period=pl.lit(None)).clear()
    return _summed(outputs), _summed(inputs), _summed(before.select(*RUN, "commodity", "value"))


def order_flows(tables: Tables, sites: pl.DataFrame, recipes: pl.DataFrame, periods: pl.DataFrame) -> pl.DataFrame:
    """Return what building uses, as a flow in use_period per unit of capacity ordered in period."""
    build = recipes.filter(pl.col("flow") == "build")
    windows = periods.select(use_period="period", t0="start", t1="end")
    amounts = built_from(sites, build, windows, tables).join(
        build.select(*SITE, "commodity", "place").unique(maintain_order=True), on=[*SITE, "commodity"]
    )
    flows = amounts.join(periods.select(use_period="period", use_years="years"), on="use_period")
    return _summed(
        flows.with_columns(value=pl.col("value") / pl.col("use_years")).select(
            *SITE, "period", "commodity", "place", "use_period", "value"
        )
    )


def existing_build_flows(
    tables: Tables, blocks: pl.DataFrame, recipes: pl.DataFrame, periods: pl.DataFrame
) -> pl.DataFrame:
    """Return what finishing the capacity table's rows with inputs = yes uses: commodity, place, period, value."""
    build = recipes.filter(pl.col("flow") == "build")
    windows = periods.select(use_period="period", t0="start", t1="end")
    mine = blocks.filter(pl.col("inputs")).rename({"value": "capacity"})
    amounts = built_from(mine, build, windows, tables).join(
        build.select(*SITE, "commodity", "place").unique(maintain_order=True), on=[*SITE, "commodity"]
    )
    flows = amounts.join(periods.select(use_period="period", use_years="years"), on="use_period")
    flow = pl.col("value") * pl.col("capacity") / pl.col("use_years")
    return (
        flows.with_columns(value=flow)
        .group_by("commodity", "place", period="use_period", maintain_order=True)
        .agg(pl.col("value").sum())
        .sort("commodity", "place", "period")
    )


def _shifted(part: pl.DataFrame, offset: float, periods: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    years = periods.select("period", "years")
    moved = (
        part.join(shifted_overlap(periods, offset / 12.0), on="period")
        .join(years, on="period")
        .join(years.select(use_period="period", use_years="years"), on="use_period", how="left")
    )
    amount = pl.col("value") * pl.col("share") * pl.col("years")
    inside = moved.filter(pl.col("use_period").is_not_null()).with_columns(value=amount / pl.col("use_years"))
    before = moved.filter(pl.col("use_period").is_null()).with_columns(value=amount)
    return inside.select(*part.columns, "use_period"), before.select(*part.columns, "use_period")


def _summed(flows: pl.DataFrame) -> pl.DataFrame:
    labels = [column for column in flows.columns if column != "value"]
    return flows.group_by(labels, maintain_order=True).agg(pl.col("value").sum())
