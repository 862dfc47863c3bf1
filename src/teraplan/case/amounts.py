"""Units, currencies and money years: every number in the canonical unit of its place, in money of the base year."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from teraplan.case.faults import lines
from teraplan.case.settings import Settings
from teraplan.case.tables import COST_ITEMS
from teraplan.errors import Fault
from teraplan.units import DEFINITIONS, UnitError, factor

MONEY_TABLES = ("costs", "demand", "taxes", "commitments")
CURRENCIES = tuple(text.split(" = ")[0] for text in DEFINITIONS if "[currency" in text)
"""Currencies that units may name."""
MEASURES = ("value", "low", "high")


def readable(unit: str) -> bool:
    """Return whether a text is a unit at all."""
    try:
        return factor(unit, unit) == 1.0
    except UnitError:
        return False


def canonical(name: str, frame: pl.DataFrame, typed: Mapping[str, pl.DataFrame], settings: Settings) -> pl.DataFrame:
    """Add to a long table with exact labels the unit that its numbers have inside the program, as `canonical`."""
    first = frame
    for column, table, units in (
        ("process", "processes", ("capacity_unit", "activity_unit")),
        ("commodity", "commodities", ("unit",)),
    ):
        if column in frame.columns:
            words = typed[table].select(pl.col(column), *(pl.col(unit).alias(f"_{unit}") for unit in units))
            first = first.join(words, on=column, how="left", maintain_order="left")
    return first.with_columns(canonical=_unit(name, settings))


def converted(name: str, frame: pl.DataFrame, faults: list[Fault]) -> pl.DataFrame:
    """Return the table with value, low, high in canonical units; a wrong or unreadable unit is a fault."""
    pairs = frame.select("unit", "canonical").drop_nulls().unique()
    factors: list[tuple[str, str, float]] = []
    wrong: dict[tuple[str, str], str] = {}
    for unit, to in pairs.iter_rows():
        try:
            factors.append((unit, to, factor(unit, to)))
        except UnitError as error:
            wrong[unit, to] = str(error)
    for (unit, to), at in _lines_by(frame, "unit", "canonical") if wrong else ():
        if (unit, to) in wrong:
            faults.append(Fault(f"{name}.csv {at}, column unit", wrong[unit, to], f"give it in {to} or a multiple"))
    schema = {"unit": pl.String, "canonical": pl.String, "_factor": pl.Float64}
    known = pl.DataFrame(factors, schema=schema, orient="row")
    joined = frame.join(known, on=["unit", "canonical"], how="left", maintain_order="left")
    scaled = joined.with_columns(pl.col(MEASURES) * pl.col("_factor").fill_null(1.0))
    return scaled.drop(column for column in scaled.columns if column.startswith("_"))


def exchanged(
    name: str, frame: pl.DataFrame, rates: pl.DataFrame, settings: Settings, faults: list[Fault]
) -> pl.DataFrame:
    """Return money in the case's currency: times what its currency was worth in its money year, by the table exchange.

    rates: currency, year (null: every year), value [case's currency per unit]. A currency without a row is a fault.
    """
    others = "|".join(code for code in CURRENCIES if code != settings.currency)
    code = pl.col("unit").str.extract(rf"(?:^|[^A-Za-z])[A-Za-zµ]*?({others})(?:$|[^A-Za-z])")
    foreign = frame.with_columns(_code=code)
    if not foreign["_code"].is_not_null().any():
        return frame
    dated = rates.filter(pl.col("year").is_not_null()).select(_code="currency", _year="year", _rate="value")
    always = rates.filter(pl.col("year").is_null()).select(_code="currency", _always="value")
    rated = (
        foreign.with_columns(_year=pl.col("money_year").fill_null(settings.base_year).cast(pl.Int32))
        .join(dated, on=["_code", "_year"], how="left", maintain_order="left")
        .join(always, on="_code", how="left", maintain_order="left")
        .with_columns(_rate=pl.coalesce("_rate", "_always"))
    )
    bare = rated.filter(pl.col("_code").is_not_null() & pl.col("_rate").is_null())
    for (currency, year), at in _lines_by(bare, "_code", "_year"):
        what = f"is in {currency}, and there is no rate of exchange for money of {year}"
        fix = f"add {currency} with year {year}, or without a year, to exchange.csv"
        faults.append(Fault(f"{name}.csv {at}, column unit", what, fix))
    own = pl.col("unit").str.replace(f"({others})", settings.currency)
    unit = pl.when(pl.col("_code").is_not_null()).then(own).otherwise(pl.col("unit"))
    rate = pl.col("_rate").fill_null(1.0)
    return rated.with_columns(pl.col(MEASURES) * rate, unit=unit).drop("_code", "_year", "_rate", "_always")


def deflated(
    name: str, frame: pl.DataFrame, deflators: pl.DataFrame, settings: Settings, faults: list[Fault]
) -> pl.DataFrame:
    """Return money in that of the base year: value / deflator of its money year. Without a year it is that already."""
    money = pl.col("canonical").str.starts_with(settings.money_unit).fill_null(False)
    old = money & (pl.col("money_year") != settings.base_year).fill_null(False)
    if not frame.select(old.any()).item():
        return frame
    level = deflators.select(money_year="deflated_year", _level="value")
    joined = frame.join(level, on="money_year", how="left", maintain_order="left")
    for (year,), at in _lines_by(joined.filter(old & pl.col("_level").is_null()), "money_year"):
        what, fix = f"there is no deflator for money of {year}", f"add {year} to deflators.csv"
        faults.append(Fault(f"{name}.csv {at}, column money_year", what, fix))
    divisor = pl.when(old).then(pl.col("_level")).otherwise(1.0).fill_null(1.0)
    return joined.with_columns(pl.col(MEASURES) / divisor).drop("_level")


def limit_unit() -> pl.Expr:
    """Return the canonical unit of a limit, from the units of what it counts."""
    kind, capacity, activity, good = pl.col("kind"), pl.col("_capacity_unit"), pl.col("_activity_unit"), pl.col("_unit")
    return (
        pl.when(kind.is_in(["order_max", "order_min", "seed"]))
        .then(_over(capacity, pl.lit("year")))
        .when(kind.is_in(["order_cumulative_max", "capacity_max", "capacity_min"]))
        .then(capacity)
        .when(kind.is_in(["activity_max", "activity_min"]))
        .then(_over(activity, pl.lit("year")))
        .when(kind.is_in(["activity_cumulative_max", "activity_cumulative_min"]))
        .then(activity)
        .when(kind == "emission_max")
        .then(_over(good, pl.lit("year")))
        .when(kind == "emission_cumulative_max")
        .then(good)
        .when(kind == "growth")
        .then(pl.lit("1/year"))
        .otherwise(pl.lit("1"))
    )


def _lines_by(frame: pl.DataFrame, *columns: str) -> Iterator[tuple[tuple[Any, ...], str]]:
    """The values of columns that stand together in a table, each with its lines in words."""
    rows = frame.unique([*columns, "line"], maintain_order=True).sort("line")
    for row in rows.group_by(columns, maintain_order=True).agg("line").iter_rows():
        yield row[:-1], lines(row[-1])


def _unit(name: str, settings: Settings) -> pl.Expr:
    """The canonical unit of a row, from `_capacity_unit`, `_activity_unit` of its process, `_unit` of its commodity."""
    capacity, activity, good = pl.col("_capacity_unit"), pl.col("_activity_unit"), pl.col("_unit")
    money = pl.lit(settings.money_unit)
    if name == "recipes":
        return pl.when(pl.col("flow").is_in(["in", "out"])).then(_over(good, activity)).otherwise(_over(good, capacity))
    if name == "costs":
        per = {item: cost.per for item, cost in COST_ITEMS.items()}
        kind = pl.col("item").replace_strict(per, default="activity", return_dtype=pl.String)
        of_capacity = pl.when(kind == "order").then(_over(money, capacity)).otherwise(_over(money, capacity) + "/year")
        return pl.when(kind == "activity").then(_over(money, activity)).otherwise(of_capacity)
    if name == "demand":
        price, item = _over(money, good), pl.col("item")
        multiple = pl.col("unit").is_in(["1", "dimensionless"]) & (item == "step_price")
        priced = pl.when(item.is_in(["anchor_price", "step_price"]) & ~multiple).then(price).otherwise(pl.lit("1"))
        return pl.when(item == "quantity").then(_over(good, pl.lit("year"))).otherwise(priced)
    if name == "taxes":
        return pl.when(pl.col("kind") == "price").then(_over(money, good)).otherwise(pl.lit("1"))
    if name == "store_limits":
        flow = pl.when(pl.col("item") == "opening").then(good).otherwise(_over(good, pl.lit("year")))
        return pl.when(pl.col("item") == "least_share").then(pl.lit("1")).otherwise(flow)
    if name == "exchange":
        return pl.lit(f"{settings.currency}/") + pl.col("currency")
    fixed = {"lead_times": "month", "commitments": settings.money_unit}
    return capacity if name == "capacity" else pl.lit(fixed.get(name, "1"))


def _over(above: pl.Expr, below: pl.Expr) -> pl.Expr:
    """`a/b`, with brackets where b is a product or a quotient."""
    compound = below.str.contains(r"[*/]")
    return above + "/" + pl.when(compound).then("(" + below + ")").otherwise(below)
