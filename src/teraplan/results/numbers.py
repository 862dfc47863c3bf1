"""Which number of which table stands behind a coefficient, a limit, a cost or a bound of a problem."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from teraplan.case.case import Case
from teraplan.results.bottlenecks import CAPACITY_ROWS, KINDS
from teraplan.results.derive import BALANCES
from teraplan.solver import Solution

TABLE_OF = {
    "demand_quantity": "demand",
    "demand_steps": "demand",
    "demand_widths": "demand",
    "local_share": "demand",
    "reserve_margin": "reserve",
    "reserve_cover": "reserve",
    "firm_share": "reserve",
    "commodity_costs": "costs",
}
"""Resolved tables whose file has another name."""
BUDGET = "programme_within_budget"
EACH = "each"
STORE = "store_"
"""What a lookup of one item of store_limits begins with."""
ACTIVITY = ("activity", "sliced_activity")
SHIP = ("ship", "sliced_ship")


@dataclass(frozen=True)
class Lookup:
    """Where the numbers behind some flows of value are found: the rows of `table` that agree on the labels of `on`."""

    table: str
    where: pl.Expr
    on: Mapping[str, str]
    """Column of the table: label of the flow."""
    dated: bool = True
    """Whether the table has a value for every year."""


def _kind(*kinds: str) -> pl.Expr:
    return pl.col("kind").is_in(kinds)


def _equation(*equations: str) -> pl.Expr:
    return pl.col("equation").is_in(equations)


def _variable(*variables: str) -> pl.Expr:
    return pl.col("variable").is_in(variables)


PROCESS = {"process": "process"}
SITE = {"process": "process", "region": "region"}
RECIPE = {**SITE, "flow": "flow", "commodity": "good"}
LIMIT = {"limit": "limit", "group": "group", "kind": "limit_kind"}
BUYER = {"commodity": "commodity", "region": "region", "buyer": "buyer"}
SHARE = {"share": "share", "numerator_group": "group", "numerator_regions": "place", "sense": "sense"}
RULE = {"rule": "rule", "commodity_group": "group", "destination_group": "place"}
WAY = {"commodity": "commodity", "origin": "origin", "destination": "destination"}
EDGE = _kind("supply", "use")
CAPACITY = _equation(
    *CAPACITY_ROWS, "level_within_hours", "reserve_margin", "sliced_reserve_margin", "output_within_cover"
)
RESERVE = _equation("reserve_margin", "sliced_reserve_margin", "output_within_cover")

LOOKUPS = (
    Lookup("recipes", EDGE & (pl.col("flow") != "build"), {**RECIPE, "mode": "mode"}),
    Lookup("recipes", EDGE & (pl.col("flow") == "build"), RECIPE),
    Lookup("lead_times", EDGE & CAPACITY & _variable("order"), SITE, dated=False),
    Lookup("processes", EDGE & CAPACITY & _variable("order"), PROCESS, dated=False),
    Lookup("availability", EDGE & CAPACITY & _variable(*ACTIVITY), {**SITE, "slice": "row_slice"}),
    Lookup("firm_share", EDGE & RESERVE & _variable("order"), SITE),
    Lookup("reserve_margin", EDGE & RESERVE & _variable(*ACTIVITY), {"commodity": "good", "region": "place"}),
    Lookup("reserve_cover", EDGE & RESERVE & _variable(*ACTIVITY), {"commodity": "good", "region": "place"}),
    Lookup("capacity", (_kind("rent") & CAPACITY) | (_kind("bound") & _variable(*ACTIVITY)), SITE, dated=False),
    Lookup("storage", EDGE & _equation("storage_level", "level_within_hours"), PROCESS, dated=False),
    Lookup("store_opening", _kind("rent") & _equation("level_carried_over"), SITE),
    Lookup("store_least_share", EDGE & _equation("carried_level_at_least") & _variable("order"), SITE),
    Lookup("store_charge_max", _kind("rent") & _equation("charge_at_most"), SITE),
    Lookup("store_discharge_max", _kind("rent") & _equation("discharge_at_most"), SITE),
    Lookup("capacity", _kind("rent") & _equation("carried_level_at_most"), SITE, dated=False),
    Lookup("limits", _kind("rent") & _equation(*KINDS), LIMIT),
    Lookup(
        "limits", _kind("rent", "supply") & _equation("orders_grow_no_faster"), {"limit": "limit", "group": "group"}
    ),
    Lookup("shares", _kind("use") & _equation("share_at_most", "share_at_least"), SHARE),
    Lookup("local_share", _kind("use") & _equation("served_at_home"), {"commodity": "good", "region": "place"}),
    Lookup("rules", _kind("rent") & _equation("use_within_licence"), RULE),
    Lookup("stocks", _kind("rent") & _equation(*BALANCES), {"commodity": "good", "region": "place"}, dated=False),
    Lookup("stocks", _kind("rent") & _equation("early_use_within_pipeline"), {"commodity": "good"}, dated=False),
    Lookup("costs", pl.col("item").is_not_null() & _variable("order", *ACTIVITY), {**SITE, "item": "item"}),
    Lookup("taxes", pl.col("item").is_not_null() & _variable("order", *ACTIVITY), {**SITE, "kind": "item"}),
    Lookup("routes", _kind("cost", "bound") & _variable(*SHIP), WAY, dated=False),
    Lookup("demand_steps", _kind("cost") & _variable("shortage"), {**BUYER, "step": "step"}),
    Lookup("demand_quantity", _kind("bound") & _variable("shortage"), BUYER),
    Lookup("demand_quantity", _kind("served"), {"commodity": "good", "region": "place"}),
    Lookup("demand_steps", _kind("served"), {**BUYER, "step": "step"}),
    Lookup("demand_widths", _kind("served"), {**BUYER, "step": "step"}),
)


def numbers_of(case: Case, solution: Solution, flows: pl.DataFrame) -> pl.DataFrame:
    """Return the numbers behind flows of value: node, part (of the node's value), table, line, grade, source.

    flows: node, part, kind, row, column (see trace.value_flows), and kind `served`: what is served of a demand, at its
    balance and at the shortage of its step. Where several rows of a table stand behind one flow they count evenly. A
    coefficient that no table holds, such as a one, has no number; nor has a recipe of exactly one without a range: it
    is the choice of a unit.
    """
    uses = _itemised(solution, _labelled(case, solution, flows)).with_row_index("use")
    found = [_found(case, uses, lookup) for lookup in LOOKUPS]
    return pl.concat(found)


def _labelled(case: Case, solution: Solution, flows: pl.DataFrame) -> pl.DataFrame:
    """Add the labels of row and column, and the year whose numbers hold: that of running, of building or of the row."""
    own = {"process", "region", "period", "commodity", "slice", "mode"}
    rows = solution.problem.rows.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    rows = rows.rename({label: f"row_{label}" for label in rows.columns if label in own})
    both = flows.join(rows, on="row", how="left").join(solution.problem.columns, on="column", how="left")
    goods = _equation(*BALANCES, "early_use_within_pipeline")
    runs = _variable(*ACTIVITY)
    made = pl.when(pl.col("kind") == "supply").then(pl.lit("out")).otherwise(pl.lit("in"))
    years = case.periods.select("period", year=(pl.col("start") + pl.col("years") / 2).floor().cast(pl.Int32))
    return (
        both.with_columns(
            flow=pl.when(goods & runs).then(made).when(goods & _variable("order")).then(pl.lit("build")),
            period=pl.when(goods & runs).then(pl.col("period")).otherwise(pl.coalesce("row_period", "period")),
            good=pl.coalesce("row_commodity", "commodity"),
            process=pl.coalesce("process", "row_process"),
            region=pl.coalesce("region", "row_region"),
            limit_kind=pl.col("equation").replace_strict(KINDS, default=None, return_dtype=pl.String),
        )
        .join(years, on="period", how="left")
        .with_columns(item=pl.lit(None, pl.String))
    )


def _itemised(solution: Solution, uses: pl.DataFrame) -> pl.DataFrame:
    """Split what ends as a cost, or goes to a budget, by the item that is paid for."""
    lines = solution.problem.cost_terms.filter(pl.col("column").is_not_null())
    to_budget = (pl.col("equation") == BUDGET).fill_null(False)
    parts = [uses.filter((pl.col("kind") != "cost") & ~to_budget)]
    for mine, money, chosen in (
        (pl.col("kind") == "cost", "charged", pl.col("in_view")),
        (to_budget, "paid", pl.lit(True)),
    ):
        items = lines.filter(chosen).group_by("column", "item").agg(amount=pl.col(money).sum().abs())
        shares = items.select("column", paid_for="item", paid=pl.col("amount") / pl.col("amount").sum().over("column"))
        split = uses.filter(mine).join(shares.filter(pl.col("paid") > 0), on="column")
        parts.append(split.with_columns(part=pl.col("part") * pl.col("paid"), item="paid_for").select(uses.columns))
    return pl.concat(parts)


def _found(case: Case, uses: pl.DataFrame, lookup: Lookup) -> pl.DataFrame:
    table = _known(case, lookup.table)
    on = {**lookup.on, "year": "year"} if lookup.dated else lookup.on
    labels = [pl.col(label).alias(f"_{column}") for column, label in on.items()]
    mine = uses.filter(lookup.where.fill_null(False)).select("use", "node", "part", "place", "mode", *labels)
    joined = mine.join(
        table, left_on=[f"_{column}" for column in on], right_on=list(on), nulls_equal=True, suffix="_of"
    )
    if lookup.table == "limits":
        joined = joined.filter(pl.col("region_group").is_in([EACH]) | (pl.col("region_group") == pl.col("place")))
    if lookup.table == "costs":
        joined = joined.filter(pl.col("mode_of").is_null() | (pl.col("mode_of") == pl.col("mode")))
    name = pl.lit("store_limits" if lookup.table.startswith(STORE) else TABLE_OF.get(lookup.table, lookup.table))
    part = pl.col("part") / pl.len().over("use")
    return joined.select("node", "line", "grade", "source", part=part, table=name)


def _known(case: Case, name: str) -> pl.DataFrame:
    """A table as its numbers are looked up: steps by price or width, stores by item, a recipe if more than a unit."""
    if name.startswith(STORE):
        limits = case.tables.frames["store_limits"]
        return limits.filter(pl.col("item") == name.removeprefix(STORE))
    table = case.tables.frames["demand_steps" if name == "demand_widths" else name]
    if name == "demand_widths":
        return table.with_columns(pl.col("step").cast(pl.String))
    if name == "demand_steps":
        priced = table.drop("grade", "source").rename({"price_grade": "grade", "price_source": "source"})
        return priced.with_columns(pl.col("step").cast(pl.String), line=pl.lit(None, pl.Int32))
    if name == "recipes":
        return table.filter((pl.col("value") != 1) | pl.col("low").is_not_null())
    return table
