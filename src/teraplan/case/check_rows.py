"""Rules that rows keep by themselves, and labels that must be declared: one function a rule, named as what is true."""

from collections.abc import Collection, Iterator, Mapping

import polars as pl

from teraplan.case.faults import fault_at, first_of, lines
from teraplan.case.patterns import matching
from teraplan.case.schema import Column, Table
from teraplan.case.tables import TABLES
from teraplan.errors import Fault, did_you_mean

Typed = Mapping[str, pl.DataFrame]
SHOWN = 40
"""Letters of a cell that are shown where two rows disagree."""


def every_number_has_a_source(typed: Typed) -> Iterator[Fault]:
    """Only an assumption may be without a source, and then its note says why."""
    for table in TABLES.values():
        if not table.sourced:
            continue
        bare = typed[table.name].filter(pl.col("source").is_null() & pl.col("grade").is_not_null())
        for row in bare.filter(pl.col("grade") != "assumption").iter_rows(named=True):
            fix = "name a source, or call it an assumption and say why in its note"
            yield fault_at(table.name, row["line"], "source", f"a number graded {row['grade']} has no source", fix)
        for line in bare.filter((pl.col("grade") == "assumption") & pl.col("note").is_null())["line"]:
            what = "an assumption without source does not say why"
            yield fault_at(table.name, line, "note", what, "say in its note what it rests on")


def every_number_has_a_value(typed: Typed) -> Iterator[Fault]:
    """A value may be empty only in limits, shares, rules and taxes, where it ends what came before."""
    for table in TABLES.values():
        if table.long and not table.ends:
            for line in typed[table.name].filter(pl.col("value").is_null())["line"]:
                yield fault_at(table.name, line, "value", "has no value", "fill it in, or leave the row out")


def ranges_hold_their_value(typed: Typed) -> Iterator[Fault]:
    """low <= value <= high wherever they are given."""
    low, value, high = pl.col("low"), pl.col("value"), pl.col("high")
    for table in TABLES.values():
        if table.long:
            for row in typed[table.name].filter((low > value) | (high < value) | (low > high)).iter_rows(named=True):
                what = f"low {row['low']}, value {row['value']}, high {row['high']} are out of order"
                yield fault_at(table.name, row["line"], "value", what, "put low <= value <= high")


def ranges_suit_their_distribution(typed: Typed) -> Iterator[Fault]:
    """A number that names how it is spread has low and high, above zero for a lognormal one."""
    low, high, name = pl.col("low"), pl.col("high"), pl.col("distribution")
    for table in TABLES.values():
        rows = typed[table.name].filter(name != "fixed") if table.long else None
        if rows is None or not rows.height:
            continue
        for row in rows.filter(low.is_null() | high.is_null()).iter_rows(named=True):
            what = f"is {row['distribution']} and has no low or no high"
            yield fault_at(table.name, row["line"], "distribution", what, "give both, its 5th and 95th percentile")
        for row in rows.filter((name == "lognormal") & (low <= 0)).iter_rows(named=True):
            what = f"is lognormal and its low {row['low']} is not above zero"
            yield fault_at(table.name, row["line"], "low", what, "name another distribution, such as triangular")


def keys_stand_once(typed: Typed) -> Iterator[Fault]:
    """Two rows with the same key may not disagree; of two that agree one is too many."""
    for table in TABLES.values():
        rows, key = typed[table.name], list(table.key)
        twice = rows.filter(pl.struct(key).is_duplicated()) if rows.height else rows
        said = [column.name for column in table.all_columns if column.name not in key]
        for row in twice.group_by(key, maintain_order=True).agg("line", said=pl.struct(said)).iter_rows(named=True):
            told = [_apart(column, [one[column] for one in row["said"]]) for column in said]
            differ = ", ".join([text for text in told if text][:2])
            what = f"disagree about {named(row, key)}: {differ}" if differ else f"say twice: {named(row, key)}"
            yield Fault(f"{table.name}.csv {lines(row['line'])}", what, "keep one row for each key")


def series_say_their_years_or_hold_always(typed: Typed) -> Iterator[Fault]:
    """A row without year holds in every year, so the same key may not also have rows with years."""
    for table in TABLES.values():
        if "year" not in table.key or table.name in ("calibration", "exchange"):
            continue
        key = [column for column in table.key if column != "year"]
        always = pl.col("year").null_count()
        groups = typed[table.name].group_by(key, maintain_order=True).agg("line", always=always, all=pl.len())
        for row in groups.filter((pl.col("always") > 0) & (pl.col("always") < pl.col("all"))).iter_rows(named=True):
            what = f"{named(row, key)} has rows with and without a year"
            yield Fault(f"{table.name}.csv {lines(row['line'])}", what, "give every row a year, or none")


def every_label_is_declared(typed: Typed, unread: Collection[str] = ()) -> Iterator[Fault]:
    """A process, region, commodity, profile, slice, partner or source that is named must be declared in its table.

    unread: tables that could not be read to their end; what they declare is not known.
    """
    for table in TABLES.values():
        for column in table.all_columns:
            if column.refers and column.refers not in unread and typed[table.name].height:
                yield from first_of(_undeclared(typed, table, column))


def sound(typed: Typed) -> dict[str, pl.DataFrame]:
    """Return the tables without the rows that these checks refuse for their labels: what later checks can work on."""
    tables = {}
    for table in TABLES.values():
        wrong = pl.lit(False)
        for column in table.columns:
            name = pl.col(column.name)
            if column.refers:
                wrong = wrong | _unknown(typed, column)
            if column.choices and column.kind != "flag":
                wrong = wrong | ~name.is_in([c for c in column.choices if c not in column.later]).fill_null(True)
            if column.required:
                wrong = wrong | name.is_null()
        rows = typed[table.name]
        tables[table.name] = (
            rows.filter(~wrong).unique(list(table.key), keep="first", maintain_order=True) if rows.height else rows
        )
    return tables


def named(row: Mapping[str, object], key: list[str]) -> str:
    """Return the labels of a key in words, empty ones left out."""
    return ", ".join(str(row[column]) for column in key if row[column] not in (None, "", "*")) or "every cell"


def _apart(column: str, said: list[object]) -> str:
    """What rows say differently in a column, in words; empty where they agree."""
    different = list(dict.fromkeys("nothing" if one is None else str(one)[:SHOWN] for one in said))
    return f"{column} {' or '.join(different[:3])}{' or more' if different[3:] else ''}" if len(different) > 1 else ""


def _undeclared(typed: Typed, table: Table, column: Column) -> Iterator[Fault]:
    home = TABLES[column.refers].columns[0].name
    known = _known(typed, column)
    unknown = typed[table.name].filter(_unknown(typed, column))
    for row in unknown.group_by(column.name, maintain_order=True).agg("line").iter_rows(named=True):
        word, where = row[column.name], f"{table.name}.csv {lines(row['line'])}, column {column.name}"
        yield Fault(where, f"{home} {word!r} is not declared in {column.refers}.csv", did_you_mean(word, known))
    if column.kind != "pattern":
        return
    patterns = typed[table.name].filter(
        pl.col(column.name).str.contains("*", literal=True) & (pl.col(column.name) != "*")
    )
    for row in patterns.group_by(column.name, maintain_order=True).agg("line").iter_rows(named=True):
        word = row[column.name]
        if not matching(word, known):
            fix = did_you_mean(word.replace("*", ""), known)
            yield fault_at(table.name, row["line"][0], column.name, f"pattern {word!r} matches no {home}", fix)


def _known(typed: Typed, column: Column) -> list[str]:
    return typed[column.refers][TABLES[column.refers].columns[0].name].drop_nulls().to_list()


def _unknown(typed: Typed, column: Column) -> pl.Expr:
    """Whether a cell names a label that is not declared; patterns and empty cells name none."""
    name = pl.col(column.name)
    pattern = name.str.contains("*", literal=True) if column.kind == "pattern" else pl.lit(False)
    return (name.is_not_null() & (name != "") & ~pattern & ~name.is_in(_known(typed, column))).fill_null(False)
