"""The bottleneck ladder: what 1 % more of each limit of a plan would be worth, to first order, from its duals.

Limits are the rows that stand for one, routes at their capacity, and existing capacity where nothing can be added. A
balance is a price and a capacity that orders can add to is a cost: a scarcity shows once, at the limit that makes it.
"""

from collections.abc import Mapping

import polars as pl

from teraplan.case.case import Case
from teraplan.results.derive import per_year
from teraplan.results.sums import grouped

NEGLIGIBLE = 1e-9
SITE = ("process", "region")
LIMIT = ("limit", "group", "place", "period")
KINDS = {
    "orders_at_most": "order_max",
    "cumulative_orders_at_most": "order_cumulative_max",
    "capacity_at_most": "capacity_max",
    "activity_at_most": "activity_max",
    "cumulative_activity_at_most": "activity_cumulative_max",
    "emissions_at_most": "emission_max",
    "cumulative_emissions_at_most": "emission_cumulative_max",
}
"""Equations whose limit is a number of the limits table, and its kind there."""
CAPACITY_ROWS = ("activity_within_usable", "sliced_activity_within_usable", "yearly_sum_within_availability")
NOT_YET = "capacity that cannot be added yet"
FIXED = "fixed supply path"
ROUTE = "route capacity"
MARKET = ("share_at_most", "share_at_least", "orders_fall_no_faster", "activity_falls_no_faster")
"""Limits that stand for how buyers and sellers behave; what states decide is in POLICY, the rest is physical."""
POLICY = ("use_within_licence", "served_at_home", "emissions_at_most", "cumulative_emissions_at_most")
LADDER = {
    "equation": pl.String,
    "what": pl.String,
    "place": pl.String,
    "period": pl.String,
    "amount": pl.Float64,
    "amount_unit": pl.String,
    "rent": pl.Float64,
}


def bottlenecks_of(case: Case, frames: Mapping[str, pl.DataFrame], rows: pl.DataFrame) -> pl.DataFrame:
    """Return the bottleneck ladder: period, equation, nature, what, place, amount, amount_unit, worth, unit; by worth.

    frames: the plan's variables with reduced costs, `capacity` and `demand`; rows: every row with its dual.

    nature: physical, market (how buyers and sellers behave) or policy. amount: what the limit allows, all of it: a
    ceiling on capacity counts what exists, a share what stands above the line, a local share what may come from abroad.
    worth: what 1 % more would save, dual x 1 % of the amount / (discount factor x years) [money of the base year /
    year]. In most_compute it is what 1 % more would add to the target: by the demand curve's own prices [money's worth
    of the target / year], or in weighted units of it. The dual of the budget is not used: where money is nearly left
    over, everything else would look dear.
    """
    parts = [
        _limit_rents(case, rows),
        _growth_rents(case, frames, rows),
        _share_rents(case, frames, rows),
        _rule_rents(case, rows),
        _home_rents(case, rows, frames["demand"]),
        _pipeline_rents(case, rows),
        _capacity_rents(case, frames, rows),
        _route_rents(case, frames),
    ]
    ladder = pl.concat([pl.DataFrame(schema=LADDER), *[part.select(list(LADDER)) for part in parts]])
    sign = 1.0 if case.tables.settings.objective == "most_compute" else -1.0
    value = sign * pl.col("rent") / worth_factor(case)
    return (
        ladder.pipe(grouped, "equation", "what", "place", "period", "amount_unit")
        .agg(pl.col("amount", "rent").sum())
        .join(case.periods, on="period")
        .with_columns(worth=0.01 * value, unit=pl.lit(_unit(case)), nature=_nature(pl.col("equation")))
        .filter(pl.col("worth") > NEGLIGIBLE)
        .sort("index", "worth", "equation", "what", "place", descending=[False, True, False, False, False])
        .select("period", "equation", "nature", "what", "place", "amount", "amount_unit", "worth", "unit")
    )


def worth_factor(case: Case) -> pl.Expr:
    """Return by what a dual is divided to be a worth of its own year: discount factor x years [year]."""
    settings = case.tables.settings
    if settings.objective == "least_cost":
        return pl.col("running_factor") * pl.col("years")
    discounted = isinstance(settings.target.weights, str)
    return (pl.col("shortage_factor") if discounted else pl.lit(1.0)) * pl.col("years")


def _unit(case: Case) -> str:
    settings = case.tables.settings
    if settings.objective == "least_cost":
        return f"{settings.money_unit}/year"
    return f"{settings.money_unit} of target/year" if settings.target.weights == "demand_curve" else "target/year"


def _nature(equation: pl.Expr) -> pl.Expr:
    policy = pl.when(equation.is_in(POLICY)).then(pl.lit("policy"))
    return policy.when(equation.is_in(MARKET)).then(pl.lit("market")).otherwise(pl.lit("physical"))


# --- rows -------------------------------------------------------------------------------------------------------------


def _limit_rents(case: Case, rows: pl.DataFrame) -> pl.DataFrame:
    kind = pl.col("equation").replace_strict(KINDS, default=None, return_dtype=pl.String)
    limits = _of(rows, *KINDS).with_columns(kind=kind).join(case.limits, on=["kind", *LIMIT], suffix="_limit")
    limits = limits.with_columns(amount=pl.col("value_limit"))
    goods = case.commodities.select(group="commodity", good="unit")
    united = _with_units(case, limits, case.limit_members, ["limit", "kind", "group", "place"])
    united = united.join(goods, on="group", how="left").with_columns(
        amount_unit=pl.when(pl.col("kind") == "order_max")
        .then(per_year(pl.col("capacity_unit")))
        .when(pl.col("kind") == "activity_max")
        .then(per_year(pl.col("activity_unit")))
        .when(pl.col("kind") == "emission_max")
        .then(per_year(pl.col("good")))
        .when(pl.col("kind") == "activity_cumulative_max")
        .then(pl.col("activity_unit"))
        .when(pl.col("kind") == "emission_cumulative_max")
        .then(pl.col("good"))
        .otherwise(pl.col("capacity_unit"))
    )
    return _named(united, "limit", "group")


def _growth_rents(case: Case, frames: Mapping[str, pl.DataFrame], rows: pl.DataFrame) -> pl.DataFrame:
    """What growth allows is what is ordered in a year where the row binds: seed and growth are stretched together."""
    members = case.limit_members.filter(pl.col("kind") == "growth")
    orders = frames["order"].select(*SITE, "period", ordered="value").join(case.periods, on="period")
    yearly = members.join(orders, on=SITE).pipe(grouped, *LIMIT).agg(amount=(pl.col("ordered") / pl.col("years")).sum())
    binding = _of(rows, "orders_grow_no_faster").join(yearly, on=LIMIT)
    united = _with_units(case, binding, members, ["limit", "group", "place"])
    return _named(united.with_columns(amount_unit=per_year(pl.col("capacity_unit"))), "limit", "group")


def _share_rents(case: Case, frames: Mapping[str, pl.DataFrame], rows: pl.DataFrame) -> pl.DataFrame:
    """What a share allows is its numerator: share x denominator where the row binds."""
    share = ["share", "group", "place", "sense"]
    counted = case.share_measures.filter(pl.col("side") == "numerator")
    run = _run(frames)
    measured = {
        "order": frames["order"].select(*SITE, "period", measured="value"),
        "capacity": frames["capacity"].select(*SITE, "period", measured="in_service"),
        "activity": run.pipe(grouped, *SITE, "period").agg(measured=pl.col("run").sum()),
    }
    parts = [
        counted.filter((pl.col("measure") == name) & pl.col("mode").is_null()).drop("period").join(frame, on=SITE)
        for name, frame in measured.items()
    ]
    flows = counted.filter(pl.col("mode").is_not_null()).join(run, on=["process", "mode", "region", "period"])
    whole = pl.concat([*parts, flows.rename({"run": "measured"})], how="diagonal")
    amounts = whole.pipe(grouped, *share, "period").agg(amount=(pl.col("value") * pl.col("measured")).sum())
    united = _with_units(case, _of(rows, "share_at_most").join(amounts, on=[*share, "period"]), counted, share)
    measure = case.shares.select(*share, "of").unique()
    goods = case.commodities.select(good="commodity", good_unit="unit")
    named = united.join(measure, on=share, how="left").with_columns(good=pl.col("of").str.split(":").list.last())
    unit = (
        pl.when(pl.col("of").is_in(["order", "capacity"]))
        .then(pl.col("capacity_unit"))
        .when(pl.col("of") == "activity")
        .then(per_year(pl.col("activity_unit")))
        .otherwise(per_year(pl.col("good_unit")))
    )
    return _named(named.join(goods, on="good", how="left").with_columns(amount_unit=unit), "share", "group")


def _rule_rents(case: Case, rows: pl.DataFrame) -> pl.DataFrame:
    label = ["rule", "group", "place", "period"]
    licensed = case.rules.select(*label, amount="value")
    table = case.tables.frames["rules"].select("rule", group="commodity_group", place="destination_group", of="of")
    goods = case.commodities.select(of="commodity", unit="unit")
    counted = table.unique().with_columns(pl.col("of").str.strip_prefix("use:")).join(goods, on="of", how="left")
    binding = _of(rows, "use_within_licence").join(licensed, on=label)
    united = binding.join(counted, on=["rule", "group", "place"], how="left")
    return _named(united.with_columns(amount_unit=per_year(pl.col("unit"))), "rule", "group")


def _home_rents(case: Case, rows: pl.DataFrame, demand: pl.DataFrame) -> pl.DataFrame:
    """What a local share allows is what may be received: the rest of what is served."""
    here = ["commodity", "place", "period"]
    served = demand.select("commodity", "period", "served", "unit", place="region")
    away = case.local_share.select("commodity", "period", away=1.0 - pl.col("value"), place="region")
    binding = _of(rows, "served_at_home").join(served, on=here).join(away, on=here)
    received = binding.with_columns(amount=pl.col("away") * pl.col("served"), amount_unit=per_year(pl.col("unit")))
    return _named(received, "commodity")


def _pipeline_rents(case: Case, rows: pl.DataFrame) -> pl.DataFrame:
    first = case.periods.sort("index")["period"][0]
    binding = _of(rows, "early_use_within_pipeline").join(case.pipeline.rename({"value": "amount"}), on="commodity")
    united = binding.join(case.commodities.select("commodity", amount_unit="unit"), on="commodity")
    return _named(united.with_columns(period=pl.lit(first), place=pl.lit("*")), "commodity")


# --- bounds -----------------------------------------------------------------------------------------------------------


def _capacity_rents(case: Case, frames: Mapping[str, pl.DataFrame], rows: pl.DataFrame) -> pl.DataFrame:
    """Rents of capacity in periods that no order can reach, over all regions: bounds of columns, rows of several modes.

    A value that another plan fixes is that plan's doing, not the capacity's.
    """
    here = [*SITE, "period"]
    sized = case.processes.filter(pl.col("capacity_unit").is_not_null()).select("process")
    at_bound = [
        _not_kept(case, frames[name], name).select(*here, rent=_upper(case) * pl.col("value"))
        for name in ("activity", "sliced_activity")
    ]
    at_row = _of(rows, *CAPACITY_ROWS).select(*here, rent=pl.col("dual") * pl.col("upper"))
    rents = pl.concat([*at_bound, at_row]).join(sized, on="process", how="semi")
    fixed = rents.join(case.service.select(here), on=here, how="anti")
    summed = fixed.pipe(grouped, "process", "period").agg(pl.col("rent").sum()).join(case.periods, on="period")
    run = _run(frames).join(case.service, on=here, how="anti").pipe(grouped, "process", "period")
    last = case.service.join(case.periods, on="period").pipe(grouped, "process").agg(last=pl.col("index").max())
    united = summed.join(run.agg(amount=pl.col("run").sum()), on=["process", "period"]).join(
        case.processes.select("process", amount_unit=per_year(pl.col("activity_unit"))), on="process"
    )
    later = (pl.col("last") > pl.col("index")).fill_null(False)
    told = pl.when(later).then(pl.lit(NOT_YET)).otherwise(pl.lit(FIXED))
    return united.join(last, on="process", how="left").with_columns(equation=told, what="process", place=pl.lit("*"))


def _route_rents(case: Case, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Rents of routes at their capacity, and what is sent on them."""
    way = ["commodity", "origin", "destination", "period"]
    sent = pl.concat([_not_kept(case, frames[name], name).select(*way, "value", rent=_upper(case) * pl.col("value"))
                      for name in ("ship", "sliced_ship")])  # fmt: skip
    united = sent.join(case.commodities.select("commodity", amount_unit=per_year(pl.col("unit"))), on="commodity")
    between = pl.concat_str("origin", pl.lit(" to "), "destination")
    return united.with_columns(equation=pl.lit(ROUTE), what="commodity", place=between, amount="value")


def _upper(case: Case) -> pl.Expr:
    """The part of a reduced cost that an upper bound makes: below zero for a cost, above for an amount."""
    if case.tables.settings.objective == "most_compute":
        return pl.col("reduced_cost").clip(lower_bound=0.0)
    return pl.col("reduced_cost").clip(upper_bound=0.0)


def _not_kept(case: Case, frame: pl.DataFrame, variable: str) -> pl.DataFrame:
    """Columns whose value another plan does not fix."""
    kept = case.kept.filter((pl.col("variable") == variable) & (pl.col("lower") == pl.col("upper")))
    labels = [label for label in frame.columns if label in kept.columns]
    return frame.join(kept, on=labels, how="anti") if kept.height else frame


def _run(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Activity over the year, whatever the clock: process, mode, region, period, run [activity / year]."""
    labels = ["process", "mode", "region", "period"]
    both = pl.concat([frames[name].select(*labels, "value") for name in ("activity", "sliced_activity")])
    return both.pipe(grouped, *labels).agg(run=pl.col("value").sum())


def _of(rows: pl.DataFrame, *equations: str) -> pl.DataFrame:
    return rows.filter(pl.col("equation").is_in(equations) & (pl.col("dual") != 0))


def _with_units(case: Case, frame: pl.DataFrame, members: pl.DataFrame, label: list[str]) -> pl.DataFrame:
    """Add the units of capacity and activity of what a row counts: those of its first process."""
    units = case.processes.select("process", "capacity_unit", "activity_unit")
    first = (
        members.join(units, on="process")
        .sort("process")
        .group_by(label, maintain_order=True)
        .agg(pl.col("^.*_unit$").first())
    )
    return frame.join(first, on=label, how="left")


def _named(binding: pl.DataFrame, *labels: str) -> pl.DataFrame:
    """The row's labels in one text, the last of them what it limits; its rent is dual x amount."""
    return binding.with_columns(what=pl.concat_str(labels, separator=" "), rent=pl.col("dual") * pl.col("amount"))
