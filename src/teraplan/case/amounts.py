"""Units and money years: every number in the canonical unit of its place, in money of the base year."""

from collections.abc import Mapping

import polars as pl

from teraplan.case.tables import COST_ITEMS
from teraplan.errors import Fault
from teraplan.units import UnitError, factor

MONEY_TABLES = ("costs", "demand")


def canonical(name: str, frame: pl.DataFrame, typed: Mapping[str, pl.DataFrame], money: str) -> pl.DataFrame:
    """Add to a long table the unit that each of its numbers has inside the program, as `canonical`.

    Rows with patterns take the units of the first process or commodity they stand for; members that differ are a fault
    of the checks.
    """
    first = frame
    for column, table, units in (
        ("process", "processes", ("capacity_unit", "activity_unit")),
        ("commodity", "commodities", ("unit",)),
    ):
        if column in frame.columns:
            words = typed[table].select(
                pl.col(column).alias("_word"), *(pl.col(unit).alias(f"_{unit}") for unit in units)
            )
            first = first.join(words, left_on=column, right_on="_word", how="left", maintain_order="left")
    return first.with_columns(canonical=_unit(name, money))


def converted(name: str, frame: pl.DataFrame, faults: list[Fault]) -> pl.DataFrame:
    """Return the table with value, low, high in canonical units; a wrong or unreadable unit is a fault with its line."""
    pairs = frame.select("unit", "canonical").drop_nulls().unique()
    factors, wrong = [], {}
    for unit, to in pairs.iter_rows():
        try:
            factors.append((unit, to, factor(unit, to)))
        except UnitError as error:
            wrong[unit, to] = str(error)
    for row in (
        frame.unique("line", maintain_order=True).filter(pl.col("unit").is_not_null()).iter_rows(named=True)
        if wrong
        else ()
    ):
        if (row["unit"], row["canonical"]) in wrong:
            faults.append(
                Fault(
                    f"{name}.csv line {row['line']}, column unit",
                    wrong[row["unit"], row["canonical"]],
                    f"give it in {row['canonical']} or a multiple",
                )
            )
    known = pl.DataFrame(
        factors, schema={"unit": pl.String, "canonical": pl.String, "_factor": pl.Float64}, orient="row"
    )
    joined = frame.join(known, on=["unit", "canonical"], how="left", maintain_order="left")
    scaled = joined.with_columns(pl.col("value", "low", "high") * pl.col("_factor").fill_null(1.0))
    return scaled.drop("_factor", *(column for column in scaled.columns if column.startswith("_")))


def deflated(
    frame: pl.DataFrame, deflators: pl.DataFrame, base_year: int, name: str, faults: list[Fault]
) -> pl.DataFrame:
    """Return money in that of the base year: value / deflator of its money year. Rows without money year are in it already."""
    years = frame.filter(pl.col("money_year").is_not_null() & (pl.col("money_year") != base_year))
    if not years.height:
        return frame
    level = deflators.select(money_year="deflated_year", _level="value")
    for row in years.join(level, on="money_year", how="anti").unique("line").iter_rows(named=True):
        faults.append(
            Fault(
                f"{name}.csv line {row['line']}, column money_year",
                f"no deflator for money of {row['money_year']}",
                "add its year to deflators.csv",
            )
        )
    joined = frame.join(level, on="money_year", how="left", maintain_order="left")
    divisor = pl.when(pl.col("money_year") == base_year).then(1.0).otherwise(pl.col("_level").fill_null(1.0))
    return joined.with_columns(pl.col("value", "low", "high") / divisor).drop("_level")


def _unit(name: str, money: str) -> pl.Expr:
    """The canonical unit of a row, from `_capacity_unit`, `_activity_unit` of its process and `_unit` of its commodity."""
    capacity, activity, good = pl.col("_capacity_unit"), pl.col("_activity_unit"), pl.col("_unit")
    if name == "recipes":
        return pl.when(pl.col("flow").is_in(["in", "out"])).then(_over(good, activity)).otherwise(_over(good, capacity))
    if name == "costs":
        per = {item: cost.per for item, cost in COST_ITEMS.items()}
        kind = pl.col("item").replace_strict(per, default="activity", return_dtype=pl.String)
        text = pl.lit(money)
        return (
            pl.when(kind == "order")
            .then(_over(text, capacity))
            .when(kind == "capacity")
            .then(_over(text, capacity) + "/year")
            .when(kind == "stock")
            .then(_over(text, good) + "/year")
            .otherwise(_over(text, activity))
        )
    if name == "demand":
        price = _over(pl.lit(money), good)
        multiple = pl.col("unit").is_in(["1", "dimensionless"])
        return (
            pl.when(pl.col("item") == "quantity")
            .then(_over(good, pl.lit("year")))
            .when(pl.col("item") == "anchor_price")
            .then(price)
            .when(pl.col("item") == "step_price")
            .then(pl.when(multiple).then(pl.lit("1")).otherwise(price))
            .otherwise(pl.lit("1"))
        )
    fixed = {"lead_times": "month", "commitments": money}
    return capacity if name == "capacity" else pl.lit(fixed.get(name, "1"))


def limit_unit(money: str) -> pl.Expr:
    """The canonical unit of a limit, from the units of what it counts."""
    kind, capacity, activity, good = pl.col("kind"), pl.col("_capacity_unit"), pl.col("_activity_unit"), pl.col("_unit")
    return (
        pl.when(kind.is_in(["order_max", "order_min", "seed"]))
        .then(_over(capacity, pl.lit("year")))
        .when(kind.is_in(["order_cumulative_max", "capacity_max", "capacity_min"]))
        .then(capacity)
        .when(kind.is_in(["activity_max", "activity_min"]))
        .then(_over(activity, pl.lit("year")))
        .when(kind == "emission_max")
        .then(_over(good, pl.lit("year")))
        .when(kind == "growth")
        .then(pl.lit("1/year"))
        .otherwise(pl.lit("1"))
    )


def _over(above: pl.Expr, below: pl.Expr) -> pl.Expr:
    """`a/b`, with brackets where b is a product or a quotient."""
    compound = below.str.contains(r"[*/]")
    return above + "/" + pl.when(compound).then("(" + below + ")").otherwise(below)
