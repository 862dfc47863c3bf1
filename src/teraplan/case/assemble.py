"""Tables -> Case: the table of contents of what the model is given. The work is in the rooms it calls."""

import numpy as np
import polars as pl

from teraplan.case import flows, money, norms, orders
from teraplan.case.calendar import period_years
from teraplan.case.case import Case
from teraplan.case.flows import by_period
from teraplan.case.orders import SITE
from teraplan.case.resolve import Tables
from teraplan.case.retirement import retirement
from teraplan.case.seasons import carried_storage

Frames = dict[str, pl.DataFrame]


def assemble(tables: Tables) -> Case:
    """Return the case that resolved tables describe: every number per period, in canonical units.

    The tables are trusted: `load_tables` has checked them.
    """
    made = _times(tables)
    made |= _capacity(tables, made)
    made |= _activity(tables, made)
    made |= _retirement(tables, made)
    made |= _trade(tables, made)
    made |= _norms(tables, made)
    made |= carried_storage(tables, made["periods"], made["period_years"])
    made |= _money(tables, made)
    end = _horizon(made["periods"])[1]
    return Case(name=tables.settings.name, tables=tables, horizon_end=end, **made)  # type: ignore[arg-type]


def _times(tables: Tables) -> Frames:
    """Periods, slices, and the tables that are as they are."""
    periods = _periods(tables)
    same = {name: tables.frames[name] for name in ("slices", "processes", "commodities")}
    cycled = tables.frames["storage"].filter(pl.col("kind") == "cycled")
    rate = tables.frames["processes"].select("process", value="rate")
    return {"periods": periods, "period_years": period_years(periods), "rate": rate, "storage": cycled, **same}


def _capacity(tables: Tables, made: Frames) -> Frames:
    """Orders and what was ordered before: where, when and how much of it serves."""
    windows = made["periods"].select("period", t0="start", t1="end")
    sites, blocks = orders.order_sites(tables, made["periods"]), orders.existing_blocks(tables)
    named = sites.rename({"period": "order_period"})
    label = (*SITE, "order_period", "period", "value")
    usable_existing, capacity_existing = _existing(blocks, windows, tables)
    return {
        "order_sites": sites,
        "block_sites": _blocks(tables, sites),
        "service": orders.service(named, windows, tables, ramped=True).select(label),
        "in_service": orders.service(named, windows, tables, ramped=False).select(label),
        "usable_existing": usable_existing,
        "capacity_existing": capacity_existing,
        "usable_at_start": _at_start(blocks, _horizon(made["periods"])[0]),
    }


def _activity(tables: Tables, made: Frames) -> Frames:
    """Where activity exists, what it may reach, what it makes and uses, and what building uses."""
    frames, periods = tables.frames, made["periods"]
    usable = pl.concat([made[name].select(*SITE, "period") for name in ("service", "usable_existing")]).unique(
        maintain_order=True
    )
    recipes = flows.with_place(flows.recipes_by_period(tables, made["period_years"]), frames["commodities"])
    places = flows.activity_places(tables, recipes, usable, periods)
    outputs, inputs, prehorizon = flows.activity_flows(recipes, places, periods)
    sliced = frames["processes"].filter(pl.col("clock") == "sliced").select("process")
    slices = frames["slices"].select("slice")
    yearly_places, sliced_places = _by_clock(places, sliced, slices)
    given = by_period(frames["availability"], made["period_years"], *SITE, "slice")
    summed = given.filter(pl.col("slice").is_null()).drop("slice")
    return {
        "activity_sites": yearly_places,
        "sliced_activity_sites": sliced_places,
        "level_places": usable.join(made["storage"], on="process", how="semi").join(slices, how="cross"),
        "outputs": outputs,
        "inputs": inputs,
        "prehorizon_inputs": prehorizon,
        "pipeline": frames["stocks"].filter(pl.col("kind") == "pipeline").select("commodity", value="opening"),
        "build_inputs": flows.order_flows(tables, made["order_sites"], recipes, periods),
        "existing_build": flows.existing_build_flows(tables, orders.existing_blocks(tables), recipes, periods),
        "availability": _everywhere(yearly_places, summed),
        "sliced_availability": _everywhere(sliced_places, given.filter(pl.col("slice").is_not_null())),
        "yearly_availability": summed.join(sliced, on="process", how="semi"),
    }


def _retirement(tables: Tables, made: Frames) -> Frames:
    """What may be taken out early, and what comes free then or at the end of life."""
    recipes = flows.with_place(flows.recipes_by_period(tables, made["period_years"]), tables.frames["commodities"])
    blocks = orders.existing_blocks(tables)
    return retirement(tables, made["order_sites"], blocks, recipes, made["periods"])


def _trade(tables: Tables, made: Frames) -> Frames:
    """Routes and stocks in every period."""
    frames, periods = tables.frames, made["periods"].select("period")
    sliced = frames["commodities"].filter(pl.col("clock") == "sliced").select("commodity")
    routes, sliced_routes = _by_clock(
        frames["routes"].join(periods, how="cross"), sliced, frames["slices"].select("slice")
    )
    carried = frames["stocks"].filter(pl.col("kind") == "carried").join(periods, how="cross")
    return {"ship_routes": routes, "sliced_ship_routes": sliced_routes, "stock_places": carried}


def _norms(tables: Tables, made: Frames) -> Frames:
    """Demand, limits, shares, rules and reserves."""
    overlap, frames = made["period_years"], tables.frames
    outputs, inputs = made["outputs"], made["inputs"]
    labels = ("order_sites", "activity_sites", "sliced_activity_sites")
    standing = [*(made[name].select(SITE) for name in labels), orders.existing_blocks(tables).select(SITE)]
    pairs = pl.concat(standing).unique(maintain_order=True)
    limit_values, limit_members = norms.limits(tables, overlap, pairs)
    share_values, share_measures = norms.shares(tables, overlap, (outputs, inputs), pairs)
    rule_values, rule_activity, rule_builds = norms.rules(tables, overlap, inputs, made["build_inputs"])
    tops, curve = norms.demand(tables, overlap)
    return {
        "demand": tops,
        "load_shape": norms.load_shape(tables, overlap, tops),
        "demand_steps": curve,
        "local_share": _local_share(tables, overlap),
        "limits": limit_values,
        "limit_members": limit_members,
        "emission_outputs": norms.emission_outputs(tables, outputs),
        "shares": share_values,
        "share_measures": share_measures,
        "rules": rule_values,
        "rule_activity": rule_activity,
        "rule_builds": rule_builds,
        "rule_arrivals": norms.rule_arrivals(tables),
        "reserve_margin": by_period(frames["reserve_margin"], overlap, "commodity", "region"),
        "reserve_cover": by_period(frames["reserve_cover"], overlap, "commodity", "region"),
        "firm_share": by_period(frames["firm_share"], overlap, *SITE),
        "kept": pl.DataFrame(schema={"variable": pl.String, "lower": pl.Float64, "upper": pl.Float64}),
    }


def _money(tables: Tables, made: Frames) -> Frames:
    """What orders, capacity and activity cost."""
    overlap, horizon = made["period_years"], _horizon(made["periods"])
    overnight, blocks = money.overnight_cost(tables, overlap), orders.existing_blocks(tables)
    places = pl.concat(
        [made["activity_sites"], made["sliced_activity_sites"].select(flows.RUN).unique(maintain_order=True)]
    )
    return {
        "payments": money.order_payments(tables, made["order_sites"], overnight, horizon),
        "existing_payments": money.existing_payments(tables, blocks, overnight, horizon),
        "fixed_costs": money.fixed_costs(tables, overlap),
        "running_costs": money.running_costs(tables, overlap, places, made["outputs"]),
        "cost_items": money.cost_items(tables),
    }


def _horizon(periods: pl.DataFrame) -> tuple[float, float]:
    """Start of the first and end of the last period [decimal year]."""
    return float(periods["start"].min()), float(periods["end"].max())  # type: ignore[arg-type]


def _by_clock(rows: pl.DataFrame, sliced: pl.DataFrame, slices: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split rows into those of yearly labels, and those of sliced ones in every slice."""
    label = sliced.columns
    return rows.join(sliced, on=label, how="anti"), rows.join(sliced, on=label, how="semi").join(slices, how="cross")


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
    factors_by_period = weighted.select("period", "running_factor", "shortage_factor").unique(maintain_order=True)
    return raw.join(factors_by_period, on="period").sort("index").with_columns(shown=pl.col("start") < shown + 1)


def _blocks(tables: Tables, sites: pl.DataFrame) -> pl.DataFrame:
    sizes = tables.frames["processes"].select("process", value="block").drop_nulls("value")
    return sites.select(*SITE, "period").join(sizes, on="process")


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


def _at_start(blocks: pl.DataFrame, start: float) -> pl.DataFrame:
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
    asked = quantity.filter(pl.col("quantity") > 0)
    joined = asked.join(share, on=[*buyer, "period"], how="left").with_columns(pl.col("value").fill_null(0.0))
    mean = (pl.col("value") * pl.col("quantity")).sum() / pl.col("quantity").sum()
    return (
        joined.group_by("commodity", "region", "period", maintain_order=True)
        .agg(value=mean)
        .filter(pl.col("value") > 0)
    )
