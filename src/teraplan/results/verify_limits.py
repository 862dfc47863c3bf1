"""Bounds and capacity of a plan, recomputed: what may exist, how much of it, how hard capacity runs, the reserve."""

import polars as pl

from teraplan.case.case import Case
from teraplan.results.recompute import RUN, SITE, Gap, Plan, at_least, at_most, beside, equal, flows
from teraplan.results.results import Results

PLACES = {
    "order": ("order_sites", (*SITE, "period")),
    "blocks": ("block_sites", (*SITE, "period")),
    "retire": ("retire_sites", (*SITE, "order_period", "period")),
    "activity": ("activity_sites", RUN),
    "sliced_activity": ("sliced_activity_sites", (*RUN, "slice")),
    "ship": ("ship_routes", ("commodity", "origin", "destination", "period")),
    "sliced_ship": ("sliced_ship_routes", ("commodity", "origin", "destination", "period", "slice")),
    "stock": ("stock_places", ("commodity", "region", "period")),
    "level": ("level_places", (*SITE, "period", "slice")),
    "season_level": ("season_places", (*SITE, "period", "season")),
    "shortage": ("demand_steps", ("commodity", "region", "buyer", "period", "step")),
}
"""Variable tables: the field of the case that says where they exist, and their labels."""
LOAD = ("used", "built", "served")


def bound_gaps(case: Case, results: Results) -> list[Gap]:
    """Return the worst value of each variable outside its bounds or its places, relative to the bound."""
    gaps = []
    for variable, (_, labels) in PLACES.items():
        bounded = bounds(case, results, variable)
        value = bounded.with_columns(left="value")
        gaps.append(at_least(f"lower bound of {variable}", value.with_columns(right="lower"), labels))
        upper = value.filter(pl.col("upper").is_finite()).with_columns(right="upper")
        gaps.append(at_most(f"upper bound of {variable}", upper, labels))
    return gaps


def bounds(case: Case, results: Results, variable: str) -> pl.DataFrame:
    """Return a variable's table with its bounds by the case, `lower` and `upper`.

    Nothing is below 0; a place that the case does not have holds 0; a shortage is at most the width of its step, what
    is shipped at most the capacity of the route (in a slice: its weight's share); what is kept of another plan holds.
    Kept places that the table leaves out are added with value 0.
    """
    field, labels = PLACES[variable]
    places: pl.DataFrame = getattr(case, field)
    if "capacity" in places.columns and "slice" in labels:
        places = places.join(case.slices.select("slice", "weight"), on="slice").with_columns(
            capacity=pl.col("capacity") * pl.col("weight")
        )
    most = {"shortage": "width", "ship": "capacity", "sliced_ship": "capacity"}.get(variable)
    upper = pl.col(most).cast(pl.Float64).fill_null(float("inf")) if most else pl.lit(float("inf"))
    known = places.select(*labels, most=upper).group_by(labels).agg(pl.col("most").min())
    kept = case.kept.filter(pl.col("variable") == variable)
    values = results.frame(variable)
    if kept.height:
        held = kept.group_by(labels).agg(floor=pl.col("lower").max(), ceiling=pl.col("upper").min())
        values = values.join(held, on=list(labels), how="full", coalesce=True)
    else:
        values = values.with_columns(floor=pl.lit(None, pl.Float64), ceiling=pl.lit(None, pl.Float64))
    return (
        values.join(known, on=list(labels), how="left")
        .with_columns(
            pl.col("value").fill_null(0.0),
            lower=pl.max_horizontal(pl.lit(0.0), "floor"),
            upper=pl.min_horizontal(pl.col("most").fill_null(0.0), "ceiling"),
        )
        .drop("most", "floor", "ceiling")
    )


def capacity_gaps(case: Case, plan: Plan) -> list[Gap]:
    """Return the worst row of each guarantee that ties activity, storage and reserve to capacity."""
    return [
        _yearly(case, plan),
        _sliced(case, plan),
        _yearly_sum(case, plan),
        _levels_within_hours(case, plan),
        _reserve(case, plan),
        _cover(case, plan),
    ]


def retirement_gap(case: Case, plan: Plan) -> Gap:
    """Return the worst row of: what is retired early was ordered or existed [capacity]."""
    labels = [*SITE, "order_period"]
    there = pl.concat([plan.order.rename({"period": "order_period"}).select(*labels, "value"), case.vintages])
    rows = beside(case.retire_sites.select(labels).unique(), plan.retire, labels, "left")
    return at_most("retired_at_most_there", beside(rows, there, labels, "right"), labels)


def block_gaps(case: Case, results: Results) -> list[Gap]:
    """Return the worst row of: lumpy orders are whole numbers of blocks [capacity; blocks]."""
    labels = [*SITE, "period"]
    sizes = case.block_sites.rename({"value": "size"})
    ordered = beside(sizes, results.frame("order"), labels, "left")
    rows = beside(ordered, results.frame("blocks"), labels, "blocks").with_columns(
        right=pl.col("size") * pl.col("blocks")
    )
    whole = rows.select(*labels, left="blocks", right=pl.col("blocks").round())
    return [equal("orders_in_whole_blocks", rows, labels), equal("blocks are whole", whole, labels)]


def _yearly(case: Case, plan: Plan) -> Gap:
    """Activity / rate, summed over modes, is at most availability x usable capacity [capacity]."""
    return at_most(
        "activity_within_usable",
        _used_and_usable(case, plan, case.availability, plan.run.filter(pl.col("slice").is_null()), ()),
        [*SITE, "period"],
    )


def _sliced(case: Case, plan: Plan) -> Gap:
    """The same in a slice: at most availability x usable x weight; storage by mode [capacity x share of the year]."""
    running = plan.run.filter(pl.col("slice").is_not_null())
    rows = _used_and_usable(case, plan, case.sliced_availability, running, ("slice",)).join(
        case.slices.select("slice", "weight"), on="slice"
    )
    weighted = rows.with_columns(right=pl.col("right") * pl.col("weight"))
    return at_most("sliced_activity_within_usable", weighted, [*SITE, "period", "slice", "way"])


def _yearly_sum(case: Case, plan: Plan) -> Gap:
    """Where the year as a whole has an availability, the slices together keep to it [capacity]."""
    running = plan.run.filter(pl.col("slice").is_not_null())
    rows = _used_and_usable(case, plan, case.yearly_availability, running, ())
    given = rows.join(case.yearly_availability, on=[*SITE, "period"], how="semi")
    return at_most("yearly_sum_within_availability", given, [*SITE, "period", "way"])


def _used_and_usable(
    case: Case, plan: Plan, availability: pl.DataFrame, run: pl.DataFrame, more: tuple[str, ...]
) -> pl.DataFrame:
    """Capacity in use (left) and available (right): process, region, period, more, way (the mode, of storage)."""
    labels = [*SITE, "period", *more]
    owned = case.processes.filter(pl.col("capacity_unit").is_not_null()).select("process", "rate")
    stored = pl.col("process").is_in(case.storage["process"].implode())
    used = (
        run.join(owned, on="process")
        .with_columns(way=pl.when(stored).then("mode"), value=pl.col("value") / pl.col("rate"))
        .group_by(*labels, "way")
        .agg(left=pl.col("value").sum())
    )
    rows = used.join(availability.rename({"value": "share"}), on=labels, how="left")
    return beside(rows, plan.usable, [*SITE, "period"], "usable").with_columns(
        right=pl.col("share").fill_null(1.0) * pl.col("usable")
    )


def _levels_within_hours(case: Case, plan: Plan) -> Gap:
    """What storage holds is at most its hours at full power: hours / 8760 x usable [commodity in one day]."""
    rows = plan.level.rename({"value": "left"}).join(case.storage.select("process", "hours"), on="process", how="left")
    with_usable = beside(rows, plan.usable, [*SITE, "period"], "usable")
    return at_most(
        "level_within_hours",
        with_usable.with_columns(right=pl.col("hours") / 8760.0 * pl.col("usable")),
        [*SITE, "period", "slice"],
    )


def _reserve(case: Case, plan: Plan) -> Gap:
    """Firm capacity covers (1 + margin) x the load, without what storage charges, in every slice [commodity / year].

    Firm capacity is that of the processes that make the commodity in the region.
    """
    places = ["commodity", "region", "period"]
    makers = case.outputs.select(*SITE, "commodity", "period").unique()
    firm = (
        case.firm_share.join(plan.usable.rename({"value": "usable"}), on=[*SITE, "period"])
        .join(makers, on=[*SITE, "period"])
        .with_columns(value=pl.col("value") * pl.col("usable"))
    )
    load = flows(case, plan).filter(pl.col("kind").is_in(LOAD)).rename({"place": "region"})
    slices = case.slices.select("slice", "weight")
    sliced = case.commodities.filter(pl.col("clock") == "sliced").select("commodity")
    rows = pl.concat(
        [
            case.reserve_margin.join(sliced, on="commodity", how="semi").join(slices, how="cross"),
            case.reserve_margin.join(sliced, on="commodity", how="anti").with_columns(
                slice=pl.lit(None, pl.String), weight=pl.lit(1.0)
            ),
        ]
    ).rename({"value": "margin"})
    rows = beside(beside(rows, firm, places, "left"), load, [*places, "slice"], "load")
    right = (1 + pl.col("margin")) * pl.col("load") / pl.col("weight")
    return at_least("reserve_margin", rows.with_columns(right=right), [*places, "slice"])


def _cover(case: Case, plan: Plan) -> Gap:
    """Firm capacity, as output a year, covers its multiple of a commodity's output in every slice [commodity / year].

    All processes with a firm share in the region count.
    """
    here, places = ["commodity", "region", "period", "slice"], ["region", "period"]
    firm = (
        case.firm_share.join(plan.usable.rename({"value": "usable"}), on=[*SITE, "period"])
        .join(case.rate.rename({"value": "rate"}), on="process")
        .with_columns(value=pl.col("value") * pl.col("rate") * pl.col("usable"))
    )
    made = case.outputs.join(plan.run.rename({"value": "amount"}), on=list(RUN))
    amounts = made.with_columns(value=pl.col("value") * pl.col("amount"))
    slices = case.slices.select("slice", "weight")
    now = amounts.filter(pl.col("slice").is_not_null()).join(slices, on="slice")
    all_year = amounts.filter(pl.col("slice").is_null()).drop("slice").join(slices.select("slice"), how="cross")
    rates = pl.concat(
        [now.select(*here, value=pl.col("value") / pl.col("weight")), all_year.select(*here, value="value")]
    )
    rows = case.reserve_cover.rename({"value": "cover"}).join(slices, how="cross")
    rows = beside(beside(rows, firm, places, "left"), rates, here, "out")
    return at_least("output_within_cover", rows.with_columns(right=pl.col("cover") * pl.col("out")), here)


def home_gap(case: Case, plan: Plan) -> Gap:
    """Return the worst row of: what arrives is at most (1 - local share) x what is served [commodity / year]."""
    labels = ["commodity", "region", "period"]
    sent = flows(case, plan)
    arrived = sent.filter(pl.col("kind") == "received").rename({"place": "region"})
    given = sent.filter(pl.col("kind") == "served").rename({"place": "region"})
    asked = case.local_share.rename({"value": "share"}).join(case.demand, on=labels, how="semi")
    rows = beside(beside(asked, arrived, labels, "left"), given, labels, "served")
    return at_most("served_at_home", rows.with_columns(right=(1 - pl.col("share")) * pl.col("served")), labels)
