"""How faults in tables are told: the place, the lines, and no more of one kind than can be mended."""

from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from teraplan.errors import Fault

LINES_TOLD, FAULTS_TOLD = 6, 100
"""How many lines a fault names, and how many faults of one rule in one place are told."""


def fault_at(table: str, line: int, column: str, what: str, fix: str) -> Fault:
    """Return a fault in a cell of a table."""
    return Fault(f"{table}.csv line {line}, column {column}", what, fix)


def in_rows(place: tuple[str, str], rows: pl.DataFrame, what: str, fix: str) -> Iterator[Fault]:
    """Yield a fault for every row; place: table and column; what may name the row's labels as in `{process!r}`."""
    table, column = place
    for row in rows.iter_rows(named=True):
        yield fault_at(table, row["line"], column, what.format(**row), fix)


def first_of(found: Iterable[Fault], most: int = FAULTS_TOLD) -> Iterator[Fault]:
    """Yield the first faults of a rule; the last says that there are more, which are not looked for."""
    for number, fault in enumerate(found, start=1):
        if number > most:
            yield Fault(f"{fault.where} and further", "more of the same, not listed", "mend those above first")
            return
        yield fault


def lines(numbers: Sequence[int]) -> str:
    """Return lines in words: `line 4`, `lines 4 and 9`, `lines 4, 5, 6, 7, 8, 9 and 3 more`."""
    told = [str(number) for number in numbers[:LINES_TOLD]]
    more = [f"{len(numbers) - LINES_TOLD} more"] if len(numbers) > LINES_TOLD else []
    *first, last = [*told, *more]
    return f"lines {', '.join(first)} and {last}" if first else f"line {last}"
