"""Demand, limits, shares, rules and reserves: names of groups become the processes and regions that a row counts."""

from collections.abc import Iterable

import polars as pl

from teraplan.case.flows import RUN, by_period
from teraplan.case.orders import SITE
from teraplan.case.patterns import matching
from teraplan.case.resolve import EACH, Tables
from teraplan.case.tables import EMISSION_KINDS, OVER

LIMIT = ("limit", "group", "place")
SHARE = ("share", "group", "place", "sense")
RULE = ("rule", "group", "place")


def members(tables: Tables, kind: str, names: Iterable[str]) -> pl.DataFrame:
    """Return what each name stands for: `name, member`; it is a group of the kind, a maker's, a pattern or a label."""
    groups = tables.frames["groups"]
    labels = tables.frames[{"process": "processes", "region": "regions", "commodity": "commodities"}[kind]]
    made = (
        groups.filter(pl.col("kind") == "maker").join(labels, left_on="member", right_on="maker")
        if kind == "process"
        else None
    )
    parts = [pl.DataFrame(schema={"name": pl.String, "member": pl.String})]
    for name in sorted(set(names)):
        own = groups.filter((pl.col("group") == name) & (pl.col("kind") == kind))["member"]
        if made is not None and not own.len():
            own = made.filter(pl.col("group") == name)[kind]
        if not own.len():
            own = pl.Series(matching(name, labels[kind]), dtype=pl.String)
        parts.append(pl.DataFrame({"name": [name] * own.len(), "member": own}))
    return pl.concat(parts).unique(maintain_order=True)


def limits(tables: Tables, period_years: pl.DataFrame, pairs: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return limit values (limit, kind, group, place, period, value) and what they count (..., process, region).

    The region group `each` makes one limit for every region where the group has a member.
    """
    rows = tables.frames["limits"]
    key = rows.select("limit", "kind", "group", "region_group").unique(maintain_order=True)
    counted = _placed(tables, key.filter(~pl.col("kind").is_in(EMISSION_KINDS)), pairs)
    values = by_period(rows, period_years, "limit", "kind", "group", "region_group")
    emitted = _in_regions(tables, key.filter(pl.col("kind").is_in(EMISSION_KINDS)))
    whole = [part.select(*key.columns, "place").unique(maintain_order=True) for part in (counted, emitted)]
    places = pl.concat(whole)
    placed = values.join(places, on=["limit", "kind", "group", "region_group"]).select(
        "limit", "kind", "group", "place", "period", "value"
    )
    return placed.sort("limit", "kind", "group", "place", "period"), counted.select(
        "limit", "kind", "group", "place", *SITE
    )


def emission_outputs(tables: Tables, outputs: pl.DataFrame) -> pl.DataFrame:
    """Return what an emission limit counts per unit of activity: limit, kind, group, place, RUN, value."""
    rows = tables.frames["limits"].filter(pl.col("kind").is_in(EMISSION_KINDS))
    counted = _in_regions(tables, rows.select("limit", "kind", "group", "region_group").unique(maintain_order=True))
    emitted = counted.join(outputs.drop("place"), left_on=["group", "region"], right_on=["commodity", "region"])
    return emitted.select("limit", "kind", "group", "place", *RUN, "value")


def shares(
    tables: Tables, period_years: pl.DataFrame, flows: tuple[pl.DataFrame, pl.DataFrame], pairs: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return share values and what each side measures, per unit of order, capacity or activity.

    flows: outputs and inputs per unit of activity, for shares of out:COMMODITY and use:COMMODITY. `A over B` measures
    the part by A and the whole by B.
    """
    rows = tables.frames["shares"].rename({"numerator_group": "group", "numerator_regions": "place"})
    values = by_period(rows, period_years, *SHARE, "of")
    key = rows.select(*SHARE, "of", "denominator_group", "denominator_regions").unique(maintain_order=True)
    measured = pl.col("of").str.split(OVER)
    sides = [
        key.select(*SHARE, who="group", region_group="place", of=measured.list.first(), side=pl.lit("numerator")),
        key.select(
            *SHARE,
            who="denominator_group",
            region_group="denominator_regions",
            of=measured.list.last(),
            side=pl.lit("denominator"),
        ),
    ]
    named = pl.concat(sides).rename({"place": "label", "group": "named"}).rename({"who": "group"})
    counted = _placed(tables, named, pairs).drop("group", "place").rename({"label": "place", "named": "group"})
    return values, _measured(tables, counted.unique(maintain_order=True), flows)


def rules(
    tables: Tables, period_years: pl.DataFrame, inputs: pl.DataFrame, builds: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return licensed amounts, and what rules on use count per unit of activity and per unit of capacity ordered.

    `use` counts the commodities of the group themselves; `use:X` counts what the processes that use them use of X.
    """
    rows = tables.frames["rules"].rename({"commodity_group": "group", "destination_group": "place"})
    values = by_period(rows, period_years, *RULE)
    key = rows.select(*RULE, "of").unique(maintain_order=True).filter(pl.col("of") != "arrivals")
    goods = members(tables, "commodity", key["group"]).rename({"name": "group", "member": "commodity"})
    regions = members(tables, "region", key["place"]).rename({"name": "place", "member": "region"})
    wanted = key.join(goods, on="group").join(regions, on="place")
    run, build = (_uses(wanted, flows) for flows in (inputs, builds))
    return (
        values,
        run.select(*RULE, *RUN, "use_period", "value"),
        build.select(*RULE, *SITE, "period", "use_period", "value"),
    )


def rule_arrivals(tables: Tables) -> pl.DataFrame:
    """Return the routes that rules on arrivals count: rule, group, place, commodity, origin, destination, value."""
    rows = tables.frames["rules"].filter(pl.col("of") == "arrivals")
    key = rows.select("rule", "origin_group", group="commodity_group", place="destination_group").unique(
        maintain_order=True
    )
    goods = members(tables, "commodity", key["group"]).rename({"name": "group", "member": "commodity"})
    origins = members(tables, "region", key["origin_group"]).rename({"name": "origin_group", "member": "origin"})
    ends = members(tables, "region", key["place"]).rename({"name": "place", "member": "destination"})
    routes = tables.frames["routes"].select("commodity", "origin", "destination")
    named = key.join(goods, on="group").join(origins, on="origin_group").join(ends, on="place")
    return (
        named.join(routes, on=["commodity", "origin", "destination"])
        .with_columns(value=pl.lit(1.0))
        .drop("origin_group")
    )


def demand(tables: Tables, period_years: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the top of the demand curves (commodity, region, period, value) and their steps with width and price.

    A demand without steps must be met; the top of one with steps is quantity x the sum of its widths.
    """
    buyer = ("commodity", "region", "buyer")
    quantity = by_period(tables.frames["demand_quantity"], period_years, *buyer)
    steps = tables.frames["demand_steps"]
    width = by_period(steps.rename({"width": "value"}), period_years, *buyer, "step")
    price = by_period(steps.rename({"price": "value"}), period_years, *buyer, "step")
    curve = (
        width.rename({"value": "share"})
        .join(price.rename({"value": "price"}), on=[*buyer, "step", "period"])
        .join(quantity.rename({"value": "quantity"}), on=[*buyer, "period"])
        .with_columns(width=pl.col("share") * pl.col("quantity"))
        .filter(pl.col("width") > 0)
        .select(*buyer, "period", pl.col("step").cast(pl.String), "width", "price")
    )
    firm = quantity.join(steps.select(buyer).unique(maintain_order=True), on=buyer, how="anti").select(
        *buyer, "period", "value"
    )
    tops = curve.group_by(*buyer, "period", maintain_order=True).agg(value=pl.col("width").sum())
    top = (
        pl.concat([firm, tops])
        .group_by("commodity", "region", "period", maintain_order=True)
        .agg(pl.col("value").sum())
    )
    return top.filter(pl.col("value") > 0).sort("commodity", "region", "period"), curve.sort(*buyer, "period", "step")


def load_shape(tables: Tables, period_years: pl.DataFrame, tops: pl.DataFrame) -> pl.DataFrame:
    """Return the share of a demand that falls in each slice: commodity, place, period, slice, value; zeros left out.

    Where the table load_shapes says nothing of a sliced commodity in a region, it is the weight of the slice.
    """
    here = ["commodity", "region", "period"]
    given = by_period(tables.frames["load_shapes"], period_years, "commodity", "region", "slice")
    sliced = tables.frames["commodities"].filter(pl.col("clock") == "sliced").select("commodity")
    asked = tops.select(here).join(sliced, on="commodity", how="semi")
    flat = asked.join(given, on=here, how="anti").join(
        tables.frames["slices"].select("slice", value="weight"), how="cross"
    )
    shaped = asked.join(given, on=here).select(flat.columns)
    return pl.concat([shaped, flat]).filter(pl.col("value") > 0).rename({"region": "place"})


def _placed(tables: Tables, key: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Expand group and region_group to the (process, region) pairs that exist; `place` names the row they count in."""
    processes = members(tables, "process", key["group"]).rename({"name": "group", "member": "process"})
    return _in_regions(tables, key.join(processes, on="group")).join(pairs, on=SITE, how="semi")


def _in_regions(tables: Tables, key: pl.DataFrame) -> pl.DataFrame:
    """Expand region_group to regions; `place` is the region under `each`, the region group otherwise."""
    named = [name for name in key["region_group"].unique(maintain_order=True) if name != EACH]
    regions = members(tables, "region", named).rename({"name": "region_group", "member": "region"})
    each = tables.frames["regions"].select(region_group=pl.lit(EACH), region="region")
    place = pl.when(pl.col("region_group") == EACH).then(pl.col("region")).otherwise(pl.col("region_group"))
    return key.join(pl.concat([regions, each]), on="region_group").with_columns(place=place)


def _measured(tables: Tables, counted: pl.DataFrame, flows: tuple[pl.DataFrame, pl.DataFrame]) -> pl.DataFrame:
    """What each side of a share measures; what is used early counts in full in the period of the activity."""
    outputs, inputs = flows
    kind, good = pl.col("of").str.split(":").list.get(0), pl.col("of").str.split(":").list.get(1, null_on_oob=True)
    split = counted.with_columns(measure=kind, commodity=good)
    label = [*SHARE, "side", *SITE]
    parts = [
        split.filter(pl.col("measure").is_in(["order", "capacity", "activity"])).select(
            *label, "measure", value=pl.lit(1.0)
        ),
    ]
    years = pl.DataFrame(
        {
            "use_period": [p.label for p in tables.settings.periods],
            "use_years": [p.years for p in tables.settings.periods],
        }
    )
    lengths = inputs.join(years, on="use_period").join(
        years.select(period="use_period", years="use_years"), on="period"
    )
    per_year = lengths.with_columns(value=pl.col("value") * pl.col("use_years") / pl.col("years"))
    for name, flow in (("out", outputs), ("use", per_year)):
        used = flow.group_by(*RUN, "commodity", maintain_order=True).agg(pl.col("value").sum())
        mine = split.filter(pl.col("measure") == name).drop("measure").join(used, on=[*SITE, "commodity"])
        parts.append(mine.select(*label, "mode", "period", "value", measure=pl.lit("activity")))
    whole = pl.concat(parts, how="diagonal")
    return (
        whole
        if "mode" in whole.columns
        else whole.with_columns(mode=pl.lit(None, pl.String), period=pl.lit(None, pl.String))
    )


def _uses(wanted: pl.DataFrame, flows: pl.DataFrame) -> pl.DataFrame:
    """Join the uses that a rule counts, in the good's own unit or in that of the count commodity it names."""
    plain = wanted.filter(pl.col("of") == "use").join(flows, on=["commodity", "region"])
    counts = wanted.filter(pl.col("of") != "use").with_columns(count=pl.col("of").str.strip_prefix("use:"))
    users = counts.join(
        flows.select("process", "region", "commodity").unique(maintain_order=True), on=["commodity", "region"]
    ).drop("commodity")
    counted = users.unique(maintain_order=True).join(
        flows, left_on=["process", "region", "count"], right_on=["process", "region", "commodity"]
    )
    return pl.concat([plain, counted], how="diagonal")
