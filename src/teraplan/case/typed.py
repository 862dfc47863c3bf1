"""Text -> numbers, years, dates, flags; every cell that is not what its column says is a fault with its line."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl

from teraplan.case.faults import first_of, lines
from teraplan.case.schema import Column, Table
from teraplan.case.settings import FIRST_YEAR, LAST_YEAR, NAME
from teraplan.case.tables import TABLES
from teraplan.errors import Fault, did_you_mean

PATTERN = r"^[A-Za-z0-9_.*\-]+$"
LARGEST_WHOLE = 1e9
READ = {
    "number": "write a plain number such as 0.35 or 7e12",
    "whole": "write a whole number such as 3",
    "year": "write a calendar year such as 2027",
    "date": "write a year, a decimal year, or a date as 2027-07-01",
}
"""Kinds of column that text is read into, and how to write them."""
STAND_IN: Mapping[str, object] = {"number": 1.0, "whole": 1, "year": None, "date": float(FIRST_YEAR)}


@dataclass(frozen=True)
class _Rule:
    """What may be wrong with a cell: a mask over the table's text and the typed column `=name`, and what to say."""

    wrong: pl.Expr
    what: Callable[[str], str]
    fix: Callable[[str], str]


def typed_tables(raw: Mapping[str, pl.DataFrame], faults: list[Fault]) -> dict[str, pl.DataFrame]:
    """Return every table of the schema with typed columns and defaults filled in; absent tables are empty.

    A cell that cannot be read is a fault, and a stand-in takes its place, so that later checks find only what else is
    wrong.
    """
    return {name: _typed(table, raw[name], faults) if name in raw else _empty(name) for name, table in TABLES.items()}


@cache
def _empty(name: str) -> pl.DataFrame:
    """An absent table: its typed columns without rows."""
    text = pl.DataFrame(schema={**{column.name: pl.String for column in TABLES[name].all_columns}, "line": pl.Int32})
    return _typed(TABLES[name], text, [])


def _typed(table: Table, text: pl.DataFrame, faults: list[Fault]) -> pl.DataFrame:
    columns = table.all_columns
    both = text.with_columns(_parsed(column).alias(f"={column.name}") for column in columns)
    if both.height:
        faults += _faults(table, both)
    filled = [_filled(column).alias(column.name) for column in columns]
    return both.select(*filled, "line")


def _parsed(column: Column) -> pl.Expr:
    text = pl.col(column.name)
    number = text.cast(pl.Float64, strict=False)
    if column.kind == "number":
        return pl.when(number.is_finite()).then(number)
    whole = number == number.floor()
    if column.kind == "whole":
        return pl.when(whole & number.abs().le(LARGEST_WHOLE)).then(number).cast(pl.Int32, strict=False)
    in_time = number.is_between(FIRST_YEAR, LAST_YEAR)
    if column.kind == "year":
        return pl.when(whole & in_time).then(number).cast(pl.Int32, strict=False)
    if column.kind == "date":
        day = text.str.to_date("%Y-%m-%d", strict=False)
        decimal = day.dt.year() + (day.dt.ordinal_day() - 1) / (365 + day.dt.is_leap_year().cast(pl.Int32))
        dated = pl.when(decimal.is_between(FIRST_YEAR, LAST_YEAR)).then(decimal)
        return pl.coalesce(dated.cast(pl.Float64), pl.when(in_time).then(number))
    if column.kind == "flag":
        return text.replace_strict({"yes": True, "no": False}, default=None, return_dtype=pl.Boolean)
    return text


def _filled(column: Column) -> pl.Expr:
    """The typed cell; the default where it is empty; a stand-in where it cannot be read and is needed."""
    typed, unread = pl.col(f"={column.name}"), pl.col(column.name).is_not_null() & pl.col(f"={column.name}").is_null()
    default = {"yes": True, "no": False}.get(str(column.default)) if column.kind == "flag" else column.default
    needed = default is None and (column.required or column.name == "value")
    stand_in = pl.when(unread).then(pl.lit(STAND_IN.get(column.kind) if needed else default)).otherwise(typed)
    return stand_in.fill_null(default) if default is not None else stand_in


def _faults(table: Table, both: pl.DataFrame) -> Iterator[Fault]:
    """Faults of all cells, column by column, equal cells in one; a single look tells whether there are any."""
    rules = [(column, rule) for column in table.all_columns for rule in _rules(table, column)]
    masks = both.select(rule.wrong.fill_null(False).alias(str(place)) for place, (_, rule) in enumerate(rules))
    broken = masks.select(pl.all().any()).row(0)
    for place, (column, rule) in enumerate(rules):
        if broken[place]:
            yield from first_of(_broken(table, column, rule, both.filter(masks[str(place)])))


def _broken(table: Table, column: Column, rule: _Rule, hit: pl.DataFrame) -> Iterator[Fault]:
    for cell, at in hit.group_by(cell=column.name, maintain_order=True).agg("line").iter_rows():
        shown = cell or ""
        yield Fault(f"{table.name}.csv {lines(at)}, column {column.name}", rule.what(shown), rule.fix(shown))


def _rules(table: Table, column: Column) -> Iterator[_Rule]:
    text, typed = pl.col(column.name), pl.col(f"={column.name}")
    if column.kind in READ:
        how = READ[column.kind]
        yield _Rule(text.is_not_null() & typed.is_null(), lambda cell: _unread(cell, column.kind), lambda cell: how)
    if column.choices:
        unknown = text.is_not_null() & ~text.is_in(list(column.choices))
        yield _Rule(
            unknown, lambda cell: f"{cell!r} is not known here", lambda cell: did_you_mean(cell, column.choices)
        )
    if column.kind in ("label", "pattern") and column.key:
        label = column.kind == "label"
        fix = "use letters, digits, _ - and ." + ("; a pattern is not allowed here" if label else " and * in patterns")
        odd = text.is_not_null() & ~text.str.contains(NAME if label else PATTERN) & (text.str.len_bytes() > 0)
        yield _Rule(odd, lambda cell: f"{cell!r} is not a name", lambda cell: fix)
    if column.required:
        fix_empty = f"fill it in: {', '.join(column.choices) or column.meaning}"
        yield _Rule(text.is_null(), lambda cell: f"has no {column.name}", lambda cell: fix_empty)
    if column.later:
        ahead = text.is_not_null() if column.later == ("*",) else text.is_in(list(column.later))
        what = "leave the cell empty" if column.later == ("*",) else "leave the row out"
        yield _Rule(ahead, lambda cell: f"{column.name} {cell!r} is not in this version", lambda cell: what)
    yield from _range_rules(column)


def _range_rules(column: Column) -> Iterator[_Rule]:
    typed = pl.col(f"={column.name}")
    if column.positive:
        yield _Rule(typed <= 0, lambda cell: f"{cell} is not above zero", lambda cell: "give a number above zero")
    if column.low is not None:
        fix = f"give at least {column.low:g}"
        yield _Rule(typed < column.low, lambda cell: f"{cell} is too small", lambda cell: fix)
    if column.high is not None:
        most = f"give at most {column.high:g}"
        yield _Rule(typed > column.high, lambda cell: f"{cell} is too large", lambda cell: most)


def _unread(cell: str, kind: str) -> str:
    finite = kind == "number" and cell.lower().lstrip("+-") in ("nan", "inf", "infinity")
    return f"{cell!r} is not a {'finite number' if finite else 'whole number' if kind == 'whole' else kind}"
