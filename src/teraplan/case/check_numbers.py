"""What only resolved tables show of numbers: they stay in range, orders have a price, a solver can tell them apart."""

from collections.abc import Iterator, Mapping

import polars as pl

from teraplan.case.check_things import profiles_are_whole, slices_make_up_the_year, times_run_forward
from teraplan.case.faults import fault_at
from teraplan.case.orders import SITE
from teraplan.case.resolve import Tables
from teraplan.case.settings import FIRST_YEAR, LAST_YEAR
from teraplan.case.tables import TABLES, VALUE_BOUNDS
from teraplan.errors import Fault

SMALLEST = 1e-9
"""The solver takes a smaller coefficient for zero."""
WIDEST = 8.0
"""Most powers of ten between the coefficients of recipes, after scaling."""
PASSES = 4
OF_ITEMS = (
    ("demand_quantity", "demand", "value", "quantity"),
    ("demand_anchor", "demand", "value", "anchor_price"),
    ("demand_steps", "demand", "width", "step_width"),
    ("demand_steps", "demand", "price", "step_price"),
    ("local_share", "demand", "value", "local_share_min"),
    ("reserve_margin", "reserve", "value", "margin"),
    ("reserve_cover", "reserve", "value", "cover"),
    ("firm_share", "reserve", "value", "firm_share"),
)
"""Frames of tables that are kept item by item: frame, table, column, item."""


def values_stay_in_range(tables: Tables) -> Iterator[Fault]:
    """Every value, edited ones too, is a finite number that its place allows, in the unit that it has inside."""
    for name, bounds in VALUE_BOUNDS.items():
        if name in tables.frames:
            yield from _outside(tables, (name, name, "value"), bounds)
    for frame, table, column, item in OF_ITEMS:
        bounds = VALUE_BOUNDS[table]
        yield from _outside(tables, (frame, table, column), {"": bounds.get(item, bounds[""])})


def edits_leave_columns_in_range(tables: Tables) -> Iterator[Fault]:
    """What an edit makes of a number beside the values (a life, a rate, a date) is what its column allows."""
    for name, table in TABLES.items() if tables.edits else ():
        for column in table.columns if name in tables.frames else ():
            if column.kind in ("year", "date"):
                yield from _outside(tables, (name, name, column.name), {"": (FIRST_YEAR, LAST_YEAR)})
            elif column.low is not None or column.high is not None or column.positive:
                low = SMALLEST if column.positive else column.low if column.low is not None else -1e15
                high = column.high if column.high is not None else 1e15
                yield from _outside(tables, (name, name, column.name), {"": (low, high)})


def edits_keep_the_rules(tables: Tables) -> Iterator[Fault]:
    """Times still run forward, and shares still sum to one, after edits."""
    for rule in (times_run_forward, profiles_are_whole, slices_make_up_the_year) if tables.edits else ():
        yield from rule(tables.frames)


def only_what_is_counted_is_below_zero(tables: Tables) -> Iterator[Fault]:
    """An output below zero takes something away: so may what is only counted, such as emissions, and no good."""
    goods = tables.frames["commodities"].filter(pl.col("kind").is_in(["good", "service"])).select("commodity")
    below = tables.frames["recipes"].filter((pl.col("flow") == "out") & (pl.col("value") < 0))
    for row in below.join(goods, on="commodity", how="semi").unique("line", maintain_order=True).iter_rows(named=True):
        what = f"{row['process']!r} puts out {row['value']:g} of {row['commodity']!r}"
        yield fault_at("recipes", row["line"], "value", what, "give what is used a row of flow in, above zero")


def load_shapes_sum_to_one(tables: Tables) -> Iterator[Fault]:
    """The shares of a demand in the slices of a year sum to one."""
    rows = tables.frames["load_shapes"]
    if not rows.height:
        return
    sums = rows.group_by("commodity", "region", "year", maintain_order=True).agg(
        total=pl.col("value").sum(), line=pl.col("line").first()
    )
    wrong = sums.filter((pl.col("total") - 1.0).abs() > 1e-6).unique(["commodity", "region"], maintain_order=True)
    for row in wrong.iter_rows(named=True):
        what = f"shares of {row['commodity']} in {row['region']} sum to {row['total']:.6g} in {row['year']}"
        yield fault_at("load_shapes", row["line"], "value", what, "make them sum to 1 over the slices")


def orders_have_a_price(tables: Tables) -> Iterator[Fault]:
    """What can be ordered has a capital cost, if only of 0."""
    sized = tables.frames["processes"].filter(pl.col("capacity_unit").is_not_null()).select("process")
    priced = tables.frames["costs"].filter(pl.col("item") == "capex").select(SITE).unique()
    free = tables.frames["sites"].join(sized, on="process", how="semi").join(priced, on=SITE, how="anti")
    for row in (
        free.group_by("process", maintain_order=True).agg("region", pl.col("line").first()).iter_rows(named=True)
    ):
        regions = ", ".join(row["region"][:6]) + (", …" if len(row["region"]) > 6 else "")
        what = f"process {row['process']!r} can be ordered in {regions} and has no capex there"
        yield fault_at("sites", row["line"], "process", what, "add a capex row to costs.csv (0 if it is free)")


def coefficients_can_be_told_apart(tables: Tables) -> Iterator[Fault]:
    """Recipes hold no number that the solver takes for zero, and their range after scaling is one that it can resolve.

    Scaling divides by the geometric mean of a commodity's numbers, then of a recipe's, and so on: what is left does not
    depend on the units chosen.
    """
    recipes = tables.frames["recipes"].filter(pl.col("value") != 0).with_columns(pl.col("value").abs())
    tiny = recipes.filter(pl.col("value") < SMALLEST).unique("line", maintain_order=True)
    for row in tiny.iter_rows(named=True):
        what = f"{row['value']:.3g} of {row['commodity']!r} is taken for zero by the solver"
        yield fault_at(
            "recipes", row["line"], "value", what, "choose a smaller unit for it, or a larger one for the process"
        )
    key = ["process", "mode", "flow", "commodity"]
    rest = recipes.join(tiny, on="line", how="anti").group_by(key, maintain_order=True)
    scaled = rest.agg(pl.col("value").max().log10(), pl.col("line").first())
    for _ in range(PASSES):
        for over in (["commodity"], ["process", "mode"]):
            scaled = scaled.with_columns(pl.col("value") - pl.col("value").mean().over(over))
    if not scaled.height:
        return
    ordered = scaled.sort("value")
    small, large = ordered.row(0, named=True), ordered.row(-1, named=True)
    if large["value"] - small["value"] > WIDEST:
        what = f"coefficients span {large['value'] - small['value']:.0f} powers of ten after scaling"
        at = large if large["value"] > -small["value"] else small
        other = small if at is large else large
        fix = f"check the units of {at['commodity']!r} here and of {other['commodity']!r} in line {other['line']}"
        yield fault_at("recipes", at["line"], "value", what, fix)


def _outside(tables: Tables, place: tuple[str, str, str], bounds: Mapping[str, tuple[float, float]]) -> Iterator[Fault]:
    """Faults of numbers outside their bounds; place: frame, table on disk, column; bounds: by item, "" for any."""
    frame, table, column = place
    if tables.frames[frame].is_empty():
        return
    named = next((word for word in ("item", "kind", "flow") if word in tables.frames[frame].columns), None)
    item = pl.lit("") if named is None else pl.col(named)
    low, high = (
        item.replace_strict({key: both[end] for key, both in bounds.items()}, default=bounds[""][end]) for end in (0, 1)
    )
    number = pl.col(column)
    outside = ~number.is_finite() | (number < pl.col("_low")) | (number > pl.col("_high"))
    wrong = tables.frames[frame].with_columns(_low=low, _high=high).filter(outside.fill_null(False))
    if wrong.is_empty():
        return
    source = "price_source" if column == "price" else "source"
    for row in _told(wrong, tables, (frame, source)).iter_rows(named=True):
        what = f"{column} {row[column]:g} is not between {row['_low']:g} and {row['_high']:g}"
        at = fault_at(table, row["line"], column, what, "give a number in this range, or another unit")
        edit = row.get(source)
        yield Fault(f"{edit}, {at.where}", at.what, at.fix) if edit in tables.edits else at


def _told(wrong: pl.DataFrame, tables: Tables, names: tuple[str, str]) -> pl.DataFrame:
    """Of wrong numbers one for each row and edit that gives it; those between two rows only if there are no others."""
    frame, source = names
    if not wrong.height or source not in wrong.columns:
        return wrong.unique("line", maintain_order=True)
    edited = pl.col(source).is_in(tables.edits)
    made, given = wrong.filter(edited), wrong.filter(~edited.fill_null(False))
    if "year" in wrong.columns:
        first = tables.frames[frame].group_by("line").agg(pl.col("year").min())
        own = given.join(first, on=["line", "year"], how="semi")
        given = own if own.height else given
    return pl.concat([given.unique("line", maintain_order=True), made.unique(source, maintain_order=True)])


NUMBER_CHECKS = (
    values_stay_in_range,
    edits_leave_columns_in_range,
    edits_keep_the_rules,
    only_what_is_counted_is_below_zero,
    load_shapes_sum_to_one,
    orders_have_a_price,
    coefficients_can_be_told_apart,
)
