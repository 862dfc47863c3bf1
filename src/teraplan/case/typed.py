"""Text -> numbers, years, dates, flags; every cell that is not what its column says is a fault with its line."""

from collections.abc import Mapping

import polars as pl

from teraplan.case.tables import TABLES, Column, Table
from teraplan.errors import Fault, did_you_mean

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$"
PATTERN = r"^[A-Za-z0-9_.*\-]+$"
FIX = {
    "number": "write a plain number such as 0.35 or 7e12",
    "year": "write a calendar year such as 2027",
    "date": "write a year, a decimal year, or a date as 2027-07-01",
}


def typed_tables(raw: Mapping[str, pl.DataFrame], faults: list[Fault]) -> dict[str, pl.DataFrame]:
    """Return every table of the schema with typed columns and defaults filled in; absent tables are empty."""
    return {name: _typed(table, raw.get(name), faults) for name, table in TABLES.items()}


def _typed(table: Table, raw: pl.DataFrame | None, faults: list[Fault]) -> pl.DataFrame:
    columns = table.all_columns
    text = raw if raw is not None else pl.DataFrame(schema={**{c.name: pl.String for c in columns}, "line": pl.Int32})
    parsed = text.select("line", *(_parsed(column).alias(column.name) for column in columns))
    for column in columns:
        _check_column(table, column, text, parsed, faults)
    filled = parsed.with_columns(
        pl.col(column.name).fill_null(_default(column)) for column in columns if column.default is not None
    )
    return filled.select(*(column.name for column in columns), "line")


def _parsed(column: Column) -> pl.Expr:
    text = pl.col(column.name)
    if column.kind == "number":
        number = text.cast(pl.Float64, strict=False)
        return pl.when(number.is_finite()).then(number)
    if column.kind == "year":
        number = text.cast(pl.Float64, strict=False)
        return pl.when(number.is_between(1900, 2300) & (number == number.floor())).then(
            number.cast(pl.Int32, strict=False)
        )
    if column.kind == "date":
        day = text.str.to_date("%Y-%m-%d", strict=False)
        decimal = day.dt.year() + (day.dt.ordinal_day() - 1) / (365 + day.dt.is_leap_year().cast(pl.Int32))
        number = text.cast(pl.Float64, strict=False)
        return pl.coalesce(decimal.cast(pl.Float64), pl.when(number.is_between(1900, 2300)).then(number))
    if column.kind == "flag":
        return text.replace_strict({"yes": True, "no": False}, default=None, return_dtype=pl.Boolean)
    return text


def _default(column: Column) -> object:
    return {"yes": True, "no": False}[str(column.default)] if column.kind == "flag" else column.default


def _check_column(table: Table, column: Column, text: pl.DataFrame, parsed: pl.DataFrame, faults: list[Fault]) -> None:
    name = column.name
    given = text.select("line", given=pl.col(name)).with_columns(value=parsed[name])
    unread = pl.col("given").is_not_null() & pl.col("value").is_null()
    if column.kind in FIX:
        for row in given.filter(unread).iter_rows(named=True):
            what = (
                "is not a finite number"
                if row["given"].lower() in ("nan", "inf", "-inf", "infinity", "-infinity")
                else f"is not a {column.kind}"
            )
            faults.append(_fault(table, row["line"], name, f"{row['given']!r} {what}", FIX[column.kind]))
    if column.choices:
        for row in given.filter(pl.col("given").is_not_null() & ~pl.col("given").is_in(list(column.choices))).iter_rows(
            named=True
        ):
            faults.append(
                _fault(
                    table,
                    row["line"],
                    name,
                    f"{row['given']!r} is not known here",
                    did_you_mean(row["given"], column.choices),
                )
            )
    if column.kind in ("label", "pattern") and column.key:
        shape = NAME if column.kind == "label" and table.name not in ("calibration",) else PATTERN
        free = table.name == "calibration" or name in ("position", "position")
        for row in given.filter(pl.col("given").is_not_null() & ~pl.col("given").str.contains(shape)).iter_rows(
            named=True
        ):
            if not free and row["given"] != "*":
                fix = "use letters, digits, _ - and ." + (
                    " and * for patterns" if column.kind == "pattern" else "; patterns are not allowed in this column"
                )
                faults.append(_fault(table, row["line"], name, f"{row['given']!r} is not a name", fix))
    if column.required:
        for line in given.filter(pl.col("given").is_null())["line"]:
            fix = "say measured, reported, estimated, forecast or assumption" if name == "grade" else column.meaning
            faults.append(_fault(table, line, name, f"has no {name}", f"fill it in: {fix}"))
    if column.low is not None or column.high is not None:
        low, high = (
            column.low if column.low is not None else -float("inf"),
            column.high if column.high is not None else float("inf"),
        )
        for row in given.filter((pl.col("value") < low) | (pl.col("value") > high)).iter_rows(named=True):
            faults.append(
                _fault(
                    table, row["line"], name, f"{row['given']} is out of range", f"stay between {low:g} and {high:g}"
                )
            )


def _fault(table: Table, line: int, column: str, what: str, fix: str) -> Fault:
    return Fault(f"{table.name}.csv line {line}, column {column}", what, fix)
