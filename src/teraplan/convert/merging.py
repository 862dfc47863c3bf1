"""The rule of a coarse case on resolved tables: what becomes what, which numbers are summed, which are means.

A label that the rule names becomes the label it is listed under; all others stay. Amounts (capacity, demand, absolute
limits, licences, stocks) are summed. Coefficients (recipes, costs, lead times, availability, prices, taxes) are means:
over slices by their part of the year, over regions by weight; where a region says nothing a cost, tax or recipe counts
as 0 and availability as 1. The weight of a process in a region is the most that may be ordered there over the years of
the case; where one of the merged regions has no such limit, it is their demand for the target. A ceiling is kept only
where every merged region that it could bind has one; a floor is the sum of what there is. A group keeps a merged region
if at least half of its demand for the target was in the group. Source and grade are those of the largest part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from teraplan.case.norms import members
from teraplan.case.resolve import BUYER, LIMIT, RULE, SITE, Tables
from teraplan.case.settings import CoarseRule

RATIOS = ("growth", "order_fall", "activity_fall")
"""Kinds of limits that are ratios; all others are amounts."""
FLOORS = ("order_min", "capacity_min", "activity_min", "activity_cumulative_min", "order_fall", "activity_fall")
RECIPE = ("process", "mode", "flow", "commodity", "offset_month", "region")
COST = ("process", "mode", "item", "region")
TAX = ("tax", "kind", "process", "region", "of")
SHARE = ("numerator_group", "denominator_group", "numerator_regions", "denominator_regions", "of", "sense")
EACH = "each"
Frames = dict[str, pl.DataFrame]
Labels = Mapping[str, str]


@dataclass(frozen=True)
class Maps:
    """What becomes what, and which part of a merged cell it is.

    region, slice: fine label -> coarse label. of_process: process, region, part; of_slice: process, region, slice,
    part; of_region: region, part. Parts of what becomes one cell sum to 1. steps: how many steps of the demand curves
    of a commodity become one.
    """

    region: Labels
    slice: Labels
    of_process: pl.DataFrame
    of_slice: pl.DataFrame
    of_region: pl.DataFrame
    steps: Mapping[str, int]


def maps(tables: Tables, rule: CoarseRule) -> Maps:
    """Return what a rule does to the labels of a case, and the weights."""
    frames = tables.frames
    region = {one: rule.region_of.get(one, one) for one in frames["regions"]["region"]}
    slices = {one: rule.slice_of.get(one, one) for one in frames["slices"]["slice"]}
    target = frames["demand_quantity"].filter(pl.col("commodity") == tables.settings.target.commodity)
    asked = target.group_by("region").agg(weight=pl.col("value").sum())
    demand = frames["regions"].select("region").join(asked, on="region", how="left", maintain_order="left")
    ordered = _most_ordered(tables)
    pairs = pl.concat([frames["sites"].select(SITE), frames["capacity"].select(SITE)]).unique(maintain_order=True)
    weighed = pairs.join(demand, on="region", how="left", maintain_order="left").join(
        ordered, on=SITE, how="left", maintain_order="left"
    )
    known = pl.col("most").is_not_null().all().over("process", pl.col("region").replace(region))
    by_process = _parts(weighed.with_columns(weight=pl.when(known).then("most").otherwise("weight")), region)
    of_slice = _parts(frames["slices"].select("slice", "weight"), slices)
    crossed = by_process.join(of_slice.rename({"part": "of_year"}), how="cross")
    return Maps(
        region,
        slices,
        by_process,
        crossed.select(*SITE, "slice", part=pl.col("part") * pl.col("of_year")),
        _parts(demand, region),
        rule.demand_steps,
    )


def merged_tables(tables: Tables, maps: Maps) -> Frames:
    """Return the resolved tables of the coarse case that regions or slices stand in.

    Each has `merged`: what a cell was made of, in words; null where that is one region, or the same row for all.
    """
    frames = tables.frames
    by_slice = pl.col("slice").is_not_null()
    available = [
        _mean(frames["availability"].filter(by_slice), (*SITE, "slice"), maps, maps.of_slice, 1.0),
        _mean(frames["availability"].filter(~by_slice), (*SITE, "slice"), maps, maps.of_process, 1.0),
    ]
    buyers = _parts(
        frames["demand_quantity"].group_by(BUYER, maintain_order=True).agg(weight=pl.col("value").sum()), maps.region
    )
    steps = _fewer_steps(tables, maps)
    widths = steps.rename({"width": "value"})
    prices = steps.with_columns(
        value="price",
        low=pl.lit(None, pl.Float64),
        high=pl.lit(None, pl.Float64),
        grade="price_grade",
        source="price_source",
    )
    step = (*BUYER, "step", "multiple")
    return {
        "recipes": _mean(frames["recipes"], RECIPE, maps, maps.of_process),
        "costs": _mean(frames["costs"], COST, maps, maps.of_process),
        "lead_times": _lead_times(tables, maps),
        "availability": pl.concat(available),
        "firm_share": _mean(frames["firm_share"], SITE, maps, maps.of_process),
        "reserve_margin": _mean(frames["reserve_margin"], ("commodity", "region"), maps, maps.of_region),
        "reserve_cover": _mean(frames["reserve_cover"], ("commodity", "region"), maps, maps.of_region),
        "taxes": _mean(frames["taxes"], TAX, maps, maps.of_process),
        "demand_quantity": _sum(frames["demand_quantity"], BUYER, maps),
        "demand_anchor": _mean(frames["demand_anchor"], BUYER, maps, buyers),
        "step_width": _mean(widths, step, maps, buyers),
        "step_price": _mean(prices, step, maps, buyers),
        "local_share": _mean(frames["local_share"], BUYER, maps, buyers),
        "limits": _limits(tables, maps),
        "shares": _shares(tables, maps),
        "rules": _rules(tables, maps),
    }


def merged_rows(tables: Tables, maps: Maps) -> Frames:
    """Return the tables of things rather than numbers by year: sites, capacity, stocks, routes, region groups."""
    frames = tables.frames
    key = ("process", "region", "start", "status")
    capacity = frames["capacity"].with_columns(year=pl.lit(0, pl.Int32))
    told = (*key, "value", "low", "high", "grade", "source", "line", "year", "unit", "distribution", "money_year")
    blocks = _sum(capacity, key, maps, others=[name for name in capacity.columns if name not in told])
    window = {
        "first_year": pl.when(pl.col("first_year").is_not_null().all()).then(pl.col("first_year").min()),
        "last_year": pl.when(pl.col("last_year").is_not_null().all()).then(pl.col("last_year").max()),
    }
    placed = frames["sites"].with_columns(region=pl.col("region").replace(maps.region))
    rest = pl.all().exclude(*SITE, *window).first()
    sites = placed.group_by(SITE, maintain_order=True).agg(rest, **window)
    return {
        "capacity": blocks,
        "sites": sites,
        "stocks": _stocks(frames["stocks"], maps),
        "routes": _routes(frames["routes"], maps),
        "groups": region_groups(tables, maps),
    }


def region_groups(tables: Tables, maps: Maps) -> pl.DataFrame:
    """Return the groups of regions: group, kind, member. A merged region is in if half of its weight was."""
    rows = tables.frames["groups"].filter(pl.col("kind") == "region")
    parts = rows.join(maps.of_region, left_on="member", right_on="region", how="left", maintain_order="left")
    coarse = parts.with_columns(member=pl.col("member").replace(maps.region))
    weighed = coarse.group_by("group", "kind", "member", maintain_order=True).agg(pl.col("part").sum())
    return weighed.filter(pl.col("part") >= 0.5).drop("part")


def _fewer_steps(tables: Tables, maps: Maps) -> pl.DataFrame:
    """Steps of demand curves, neighbours merged where the rule says so; a price is a multiple of the anchor if it was.

    The width of a merged step is the sum, its price the mean by width: the whole is worth what it was.
    """
    steps, key = tables.frames["demand_steps"], [*BUYER, "year"]
    anchors = tables.frames["demand_anchor"].select(*key, anchor="value")
    priced = steps.join(anchors, on=key, how="left", maintain_order="left").with_columns(
        price=pl.when("multiple").then(pl.col("price") / pl.col("anchor")).otherwise("price")
    )
    many = pl.col("commodity").replace_strict(dict(maps.steps), default=1, return_dtype=pl.Int64)
    rank = pl.col("step").rank("dense").over(key).cast(pl.Int64) - 1
    merged = priced.with_columns(step=pl.when(many > 1).then(rank // many).otherwise("step").cast(pl.Int32))
    cell = [*key, "step", "multiple"]
    width = pl.col("width")
    rest = [name for name in steps.columns if name not in (*cell, "width", "price", "low", "high")]
    alone = pl.len() == 1
    return merged.group_by(cell, maintain_order=True).agg(
        width.sum(),
        pl.when(width.sum() > 0).then((pl.col("price") * width).sum() / width.sum()).otherwise(pl.col("price").mean()),
        *(pl.when(alone).then(pl.col(name).first()) for name in ("low", "high")),
        pl.col(rest).get(width.arg_max()),
    )


def _most_ordered(tables: Tables) -> pl.DataFrame:
    """The most of a process that may be ordered in a region over the years: process, region, most."""
    rows = tables.frames["limits"].filter(pl.col("kind") == "order_max")
    summed = rows.group_by("limit", "group", "region_group", maintain_order=True).agg(most=pl.col("value").sum())
    goods = members(tables, "process", rows["group"]).rename({"name": "group", "member": "process"})
    return (
        summed.filter(pl.col("region_group").is_in(tables.frames["regions"]["region"].implode()))
        .join(goods, on="group", maintain_order="left")
        .group_by("process", region="region_group", maintain_order=True)
        .agg(pl.col("most").min())
    )


def _parts(weights: pl.DataFrame, to: Labels) -> pl.DataFrame:
    """Labels and part: the weight over that of all that become one cell; equal parts where all weigh nothing."""
    labels = [column for column in weights.columns if column not in ("weight", "most")]
    cell = [pl.col(label).replace(to) if label in ("region", "slice") else pl.col(label) for label in labels]
    weight = pl.col("weight").fill_null(0.0)
    whole, count = weight.sum().over(cell), pl.len().over(cell)
    return weights.select(*labels, part=pl.when(whole > 0).then(weight / whole).otherwise(1.0 / count))


def _mean(
    rows: pl.DataFrame, keys: Sequence[str], maps: Maps, parts: pl.DataFrame, absent: float = 0.0
) -> pl.DataFrame:
    """The weighted mean over what becomes one cell; where nothing is said it is `absent`."""
    on = [label for label in parts.columns if label != "part"]
    placed = rows.join(parts, on=on, how="left", maintain_order="left").with_columns(how=pl.lit("mean of "))
    return _merged(placed, keys, maps).with_columns(
        (pl.col(name) + (1.0 - pl.col("part")) * absent).alias(name) for name in ("value", "low", "high")
    )


def _sum(
    rows: pl.DataFrame, keys: Sequence[str], maps: Maps, place: str = "region", others: Sequence[str] = ()
) -> pl.DataFrame:
    """The sum over what becomes one cell."""
    return _merged(rows.with_columns(part=1.0, how=pl.lit("sum of ")), keys, maps, place, others)


def _merged(
    placed: pl.DataFrame, keys: Sequence[str], maps: Maps, place: str = "region", others: Sequence[str] = ()
) -> pl.DataFrame:
    """The sum of part x value over what becomes one cell: keys, year, value, low, high, grade, source,
    line, merged."""
    rank = pl.col(place).replace_strict({one: n for n, one in enumerate(maps.region)}, default=-1)
    sorted_ = placed.sort(rank, "line", "year", maintain_order=True)
    coarse = sorted_.with_columns(merged=pl.col(place), **{place: pl.col(place).replace(maps.region)})
    if "slice" in placed.columns:
        coarse = coarse.with_columns(pl.col("slice").replace(maps.slice))
    part, value = pl.col("part"), pl.col("value")
    largest = (part * value).abs().arg_max().fill_null(0)
    ends = {name: (part * pl.col(name).fill_null(value)).sum() for name in ("low", "high")}
    ranged = {name: pl.when(pl.col(name).is_not_null().any()).then(end) for name, end in ends.items()}
    apart = (pl.col("line").n_unique() > 1) | (pl.col("how").first() == "sum of ")
    several = (pl.col("merged").n_unique() > 1) & apart
    named = pl.col("how").first() + pl.col("merged").unique(maintain_order=True).str.join(", ")
    found = coarse.group_by(*keys, "year", maintain_order=True).agg(
        part.sum(),
        *(pl.col(name).get(largest) for name in ("grade", "source", "line", *others)),
        merged=pl.when(several).then(named),
        value=(part * value).sum(),
        **ranged,
    )
    given = {name: pl.col(name).is_not_null() for name in ("low", "high")}
    return found.with_columns(
        low=pl.when(given["low"]).then(pl.min_horizontal("low", "value")),
        high=pl.when(given["high"]).then(pl.max_horizontal("high", "value")),
    )


def _lead_times(tables: Tables, maps: Maps) -> pl.DataFrame:
    """Mean lead times; spend profile and ramp are those of the largest part."""
    rows = tables.frames["lead_times"].with_columns(year=pl.lit(0, pl.Int32), how=pl.lit("mean of "))
    placed = rows.join(maps.of_process, on=SITE, how="left", maintain_order="left")
    return _merged(placed, SITE, maps, others=("spend_profile", "ramp"))


def _limits(tables: Tables, maps: Maps) -> pl.DataFrame:
    """Limits by region: amounts are summed, ratios are means. A limit for `each` region is one for each by name."""
    groups = tables.frames["limits"]["group"]
    made = members(tables, "process", groups).rename({"name": "group", "member": "process"})
    pairs = maps.of_process.select(SITE)
    stands = made.join(pairs, on="process").select("group", "region").unique(maintain_order=True)
    each = pl.col("region_group") == EACH
    rows = tables.frames["limits"]
    by_name = rows.filter(each).join(stands, on="group", maintain_order="left").with_columns(region_group="region")
    every = pl.concat([rows.filter(~each), by_name.select(rows.columns)])
    kinds = {"ceiling": ~pl.col("kind").is_in(FLOORS), "ratio": pl.col("kind").is_in(RATIOS)}
    return _norm(every.with_columns(**kinds), LIMIT, "region_group", maps, stands)


def _shares(tables: Tables, maps: Maps) -> pl.DataFrame:
    """Shares of regions in a whole are summed; of a region in itself, or of a whole in regions, they are means."""
    rows = tables.frames["shares"]
    made = members(tables, "process", rows["numerator_group"]).rename({"name": "numerator_group", "member": "process"})
    stands = made.join(maps.of_process.select(SITE), on="process").select("numerator_group", "region").unique()
    by_part = pl.col("numerator_regions") != pl.col("denominator_regions")
    kinds = {"ceiling": pl.col("sense") == "at_most", "ratio": ~by_part}
    of_whole = (
        pl.when(by_part).then("denominator_regions").otherwise(pl.col("denominator_regions").replace(maps.region))
    )
    named = rows.with_columns(**kinds, denominator_regions=of_whole, share=_renamed("share", "numerator_regions", maps))
    return _norm(named, ("share", *SHARE), "numerator_regions", maps, stands)


def _rules(tables: Tables, maps: Maps) -> pl.DataFrame:
    """Licences: summed over merged destinations; one on a part of a merged region is left out."""
    rows = tables.frames["rules"].with_columns(
        ceiling=pl.lit(True),
        ratio=pl.lit(False),
        origin_group=pl.col("origin_group").replace(maps.region),
        rule=_renamed("rule", "destination_group", maps),
    )
    stands = rows.select("commodity_group").unique().join(maps.of_region.select("region"), how="cross")
    return _norm(rows, RULE, "destination_group", maps, stands)


def _norm(rows: pl.DataFrame, keys: Sequence[str], place: str, maps: Maps, stands: pl.DataFrame) -> pl.DataFrame:
    """Rows on merged regions; ceilings only where all regions that one could bind have it.

    rows: with ceiling and ratio (bool); stands: the name of a group, region: where members of a group are.
    """
    group = stands.columns[0]
    coarse = pl.col(place).replace(maps.region)
    bound = stands.group_by(group, pl.col("region").replace(maps.region).alias("coarse")).agg(needed=pl.len())
    there = rows.join(stands.rename({"region": place}), on=[group, place], how="semi", maintain_order="left")
    groups = rows.filter(~pl.col(place).is_in(list(maps.region)))
    counted = there.with_columns(coarse=coarse).join(bound, on=[group, "coarse"], how="left", maintain_order="left")
    cell = [key if key != place else "coarse" for key in keys]
    full = counted.filter(~pl.col("ceiling") | (pl.len().over(*cell, "year") == pl.col("needed"))).select(rows.columns)
    kept = pl.concat([full, groups]).with_columns(coarse=coarse)
    weighed = kept.join(maps.of_region.rename({"region": place}), on=place, how="left", maintain_order="left")
    part, whole = pl.col("part").fill_null(1.0), pl.col("part").fill_null(1.0).sum().over(*cell, "year")
    ratio = pl.col("ratio")
    shared = weighed.with_columns(
        part=pl.when(ratio).then(part / whole).otherwise(1.0),
        how=pl.when(ratio).then(pl.lit("mean of ")).otherwise(pl.lit("sum of ")),
    )
    return _merged(shared.drop("coarse"), keys, maps, place)


def _renamed(label: str, place: str, maps: Maps) -> pl.Expr:
    """The label of a norm that is called after its region, as in host_are, called after the coarse region."""
    ending = "_" + pl.col(place).str.to_lowercase()
    stem = pl.col(label).str.strip_suffix(ending)
    named = stem + "_" + pl.col(place).replace(maps.region).str.to_lowercase()
    return pl.when(pl.col(label).str.ends_with(ending)).then(named).otherwise(label)


def _stocks(rows: pl.DataFrame, maps: Maps) -> pl.DataFrame:
    """Stocks: openings summed; the rest is that of the largest."""
    coarse = rows.with_columns(pl.col("region").replace(maps.region))
    largest = pl.all().exclude("commodity", "region", "kind", "opening").get(pl.col("opening").arg_max())
    return coarse.group_by("commodity", "region", "kind", maintain_order=True).agg(largest, pl.col("opening").sum())


def _routes(rows: pl.DataFrame, maps: Maps) -> pl.DataFrame:
    """Routes between what are still two regions: mean cost and loss, capacity summed where all have one."""
    ends = {name: pl.col(name).replace(maps.region) for name in ("origin", "destination")}
    coarse = rows.with_columns(**ends).filter(pl.col("origin") != pl.col("destination"))
    capacity = pl.when(pl.col("capacity").is_not_null().all()).then(pl.col("capacity").sum())
    rest = pl.all().exclude("commodity", "origin", "destination", "cost", "loss", "capacity").first()
    return coarse.group_by("commodity", "origin", "destination", maintain_order=True).agg(
        rest, pl.col("cost", "loss").mean(), capacity=capacity
    )
