"""Tables -> Case: the table of contents of what the model is given. The work is in the rooms it calls."""

import numpy as np
import polars as pl

from teraplan.case import flows, money, norms, orders
from teraplan.case.calendar import period_years
from teraplan.case.case import Case
from teraplan.case.flows import by_period
from teraplan.case.orders import SITE
from teraplan.case.resolve import Tables


def assemble(tables: Tables) -> Case:
    """Return the case that resolved tables describe: every number per period, in canonical units.

    The tables are trusted: `load_tables` has checked them.
    """
    frames, settings = tables.frames, tables.settings
    periods = _periods(tables)
    overlap = period_years(periods)
    horizon = (float(periods["start"].min()), float(periods["end"].max()))  # type: ignore[arg-type]
    windows = periods.select("period", t0="start", t1="end")

    sites = orders.order_sites(tables, periods)
    blocks = orders.existing_blocks(tables)
    named = sites.rename({"period": "order_period"})
    serve = orders.service(named, windows, tables, ramped=True).select(*SITE, "order_period", "period", "value")
    held = orders.service(named, windows, tables, ramped=False).select(*SITE, "order_period", "period", "value")
    usable_existing, capacity_existing = _existing(blocks, windows, tables)
    usable = pl.concat([serve.select(*SITE, "period"), usable_existing.select(*SITE, "period")]).unique()

    recipes = flows.with_place(flows.recipes_by_period(tables, overlap), frames["commodities"])
    places = flows.activity_places(tables, recipes, usable, periods)
    outputs, inputs, prehorizon = flows.activity_flows(recipes, places, periods)
    build = flows.order_flows(sites, recipes, periods)
    sliced = frames["processes"].filter(pl.col("clock") == "sliced").select("process")
    pairs = pl.concat([sites.select(SITE), blocks.select(SITE), places.select(SITE)]).unique()

    overnight = money.overnight_cost(tables, overlap)
    limit_values, limit_members = norms.limits(tables, overlap, pairs)
    share_values, share_measures = norms.shares(tables, overlap, (outputs, inputs), pairs)
    rule_values, rule_activity, rule_builds = norms.rules(tables, overlap, inputs, build)
    tops, curve = norms.demand(tables, overlap)
    routes = frames["routes"].join(periods.select("period"), how="cross")
    sliced_goods = frames["commodities"].filter(pl.col("clock") == "sliced").select("commodity")
    availability = by_period(frames["availability"], overlap, *SITE, "slice")

    return Case(
        name=settings.name,
        tables=tables,
        horizon_end=horizon[1],
        periods=periods,
        period_years=overlap,
        slices=frames["slices"],
        processes=frames["processes"],
        commodities=frames["commodities"],
        order_sites=sites,
        activity_sites=places.join(sliced, on="process", how="anti"),
        sliced_activity_sites=places.join(sliced, on="process", how="semi").join(
            frames["slices"].select("slice"), how="cross"
        ),
        ship_routes=routes.join(sliced_goods, on="commodity", how="anti"),
        sliced_ship_routes=routes.join(sliced_goods, on="commodity", how="semi").join(
            frames["slices"].select("slice"), how="cross"
        ),
        stock_places=frames["stocks"].filter(pl.col("kind") == "carried").join(periods.select("period"), how="cross"),
        level_places=usable.join(frames["storage"], on="process", how="semi").join(
            frames["slices"].select("slice"), how="cross"
        ),
        storage=frames["storage"],
        service=serve,
        in_service=held,
        usable_existing=usable_existing,
        capacity_existing=capacity_existing,
        usable_at_start=_at_start(blocks, tables, horizon[0]),
        outputs=outputs,
        inputs=inputs,
        prehorizon_inputs=prehorizon,
        pipeline=frames["stocks"].filter(pl.col("kind") == "pipeline").select("commodity", value="opening"),
        build_inputs=build,
        existing_build=flows.existing_build_flows(blocks, recipes, periods),
        rate=frames["processes"].select("process", value="rate"),
        availability=_everywhere(
            places.join(sliced, on="process", how="anti"), availability.filter(pl.col("slice").is_null()).drop("slice")
        ),
        sliced_availability=_everywhere(
            places.join(sliced, on="process", how="semi").join(frames["slices"].select("slice"), how="cross"),
            availability.filter(pl.col("slice").is_not_null()),
        ),
        yearly_availability=availability.filter(pl.col("slice").is_null())
        .drop("slice")
        .join(sliced, on="process", how="semi"),
        demand=tops,
        demand_steps=curve,
        local_share=_local_share(tables, overlap),
        limits=limit_values,
        limit_members=limit_members,
        emission_outputs=norms.emission_outputs(tables, outputs),
        shares=share_values,
        share_measures=share_measures,
        rules=rule_values,
        rule_activity=rule_activity,
        rule_builds=rule_builds,
        rule_arrivals=norms.rule_arrivals(tables),
        reserve_margin=by_period(frames["reserve_margin"], overlap, "commodity", "region"),
        firm_share=by_period(frames["firm_share"], overlap, *SITE),
        payments=money.order_payments(tables, sites, overnight, horizon),
        existing_payments=money.existing_payments(tables, blocks, overnight, horizon),
        fixed_costs=money.fixed_costs(tables, overlap),
        running_costs=money.running_costs(tables, overlap, places, outputs),
        cost_items=money.cost_items(tables),
        kept=pl.DataFrame(schema={"variable": pl.String, "lower": pl.Float64, "upper": pl.Float64}),
    )


def _periods(tables: Tables) -> pl.DataFrame:
    settings = tables.settings
    raw = pl.DataFrame(
        {
            "period": [period.label for period in settings.periods],
            "index": list(range(len(settings.periods))),
            "start": [period.start for period in settings.periods],
            "years": [period.years for period in settings.periods],
        }
    ).with_columns(end=pl.col("start") + pl.col("years"))
    shown = settings.shown_until if settings.shown_until is not None else np.inf
    overlap = period_years(raw)
    years = np.arange(overlap["year"].min(), overlap["year"].max() + 1)  # type: ignore[operator, arg-type]
    weighted = overlap
    for kind in ("running", "shortage"):
        factors = money.year_factors(tables, kind, years)
        mean = (pl.col("part") * pl.col("factor")).sum().alias(f"{kind}_factor")
        weighted = weighted.join(overlap.join(factors, on="year").group_by("period").agg(mean), on="period")
    factors_by_period = weighted.select("period", "running_factor", "shortage_factor").unique()
    return raw.join(factors_by_period, on="period").sort("index").with_columns(shown=pl.col("start") < shown + 1)


def _existing(blocks: pl.DataFrame, windows: pl.DataFrame, tables: Tables) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return usable and in-service capacity of what was ordered before, by period."""
    level = blocks.rename({"value": "capacity"}).with_columns(ramp=pl.when("ramped").then("ramp").otherwise(pl.lit("")))
    results = []
    for ramped in (True, False):
        lived = orders.service(level, windows, tables, ramped=ramped).with_columns(
            value=pl.col("value") * pl.col("capacity")
        )
        results.append(
            lived.group_by(*SITE, "period", maintain_order=True).agg(pl.col("value").sum()).sort(*SITE, "period")
        )
    return results[0], results[1]


def _at_start(blocks: pl.DataFrame, tables: Tables, start: float) -> pl.DataFrame:
    there = blocks.filter((pl.col("start") <= start) & (pl.col("end") > start))
    return there.group_by(*SITE, maintain_order=True).agg(pl.col("value").sum())


def _everywhere(places: pl.DataFrame, given: pl.DataFrame) -> pl.DataFrame:
    """Return availability for every place: 1 where the table says nothing."""
    labels = [label for label in places.columns if label != "mode"]
    full = places.select(labels).unique(maintain_order=True)
    return full.join(given, on=labels, how="left").with_columns(pl.col("value").fill_null(1.0))


def _local_share(tables: Tables, overlap: pl.DataFrame) -> pl.DataFrame:
    """Return the least share served at home, weighted over buyers by their quantity."""
    buyer = ("commodity", "region", "buyer")
    share = by_period(tables.frames["local_share"], overlap, *buyer).filter(pl.col("value") > 0)
    quantity = by_period(tables.frames["demand_quantity"], overlap, *buyer).rename({"value": "quantity"})
    joined = quantity.join(share, on=[*buyer, "period"], how="left").with_columns(pl.col("value").fill_null(0.0))
    mean = (pl.col("value") * pl.col("quantity")).sum() / pl.col("quantity").sum()
    return (
        joined.group_by("commodity", "region", "period", maintain_order=True)
        .agg(value=mean)
        .filter(pl.col("value") > 0)
    )
