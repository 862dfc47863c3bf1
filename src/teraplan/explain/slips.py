"""Numbers that look like a slip of units: far from those of other years in the same series."""

import polars as pl

from teraplan.case.case import Case
from teraplan.explain.explanation import Condition, Line
from teraplan.explain.lines import BEHIND
from teraplan.report.words import as_given
from teraplan.results.numbers import TABLE_OF

FAR = 50.0
"""How many times the median of the other years a number is, or they are of it, to be asked about [1]."""
MEASURES = ("year", "value", "low", "high", "grade", "source", "line")


def slips(case: Case, condition: Condition) -> tuple[str, ...]:
    """Return a question for each number behind a condition that is far from the rest of its series.

    Numbers are told in the unit that the program has inside, as the file may write each in another.
    """
    tables = dict.fromkeys(lookup.table for lookup in BEHIND[condition.name] if lookup.dated)
    found = [_asked(case.tables.frames[table], table, line) for table in tables for line in condition.lines]
    return tuple(text for text in found if text)


def _asked(frame: pl.DataFrame, table: str, line: Line) -> str:
    if TABLE_OF.get(table, table) != line.table or "value" not in frame.columns:
        return ""
    mine = frame.filter(pl.col("line") == line.line)
    labels = [label for label in frame.columns if label not in MEASURES]
    series = frame.join(mine.select(labels).unique(), on=labels, nulls_equal=True).filter(pl.col("value") > 0)
    given = series.sort("year").unique("line", keep="first", maintain_order=True)
    own, others = given.filter(pl.col("line") == line.line)["value"], given.filter(pl.col("line") != line.line)["value"]
    middle = others.median()
    if not own.len() or not isinstance(middle, float) or 1 / FAR < own[0] / middle < FAR:
        return ""
    low, high = as_given(others.min()), as_given(others.max())  # type: ignore[arg-type]
    rest = low if low == high else f"{low} to {high}"
    return f"{line.table}.csv line {line.line} says {as_given(own[0])} and the other years {rest}: is its unit right?"
