"""CSV text -> cells: a frame of text columns with the line of each row, ragged and broken rows told as faults.

What the csv module says is right, line by line. polars' own reader is faster and takes a row with too few cells for
whole; so lines without quotes are split by polars, lines with quotes by the csv module, and where that is not the same
as reading the text in one piece (a cell that goes over lines, a lone carriage return) the csv module reads all of it.
"""

import csv
import io

import polars as pl

from teraplan.case.faults import lines
from teraplan.errors import Fault

MOST_ROWS = 2_000_000
"""Rows of the largest table that is read, its header not counted."""
APART = "\0"
"""Stands between cells: no text has it, a file with a NUL byte is not read."""
Rows = pl.DataFrame
"""line, cells: the rows of a text that are not blank, and the line on which each starts."""


def rows_of(name: str, text: str, faults: list[Fault]) -> Rows:
    """Return the rows of a CSV text, the header first; what cannot be read is a fault, and ends them."""
    rows = _line_by_line(text)
    if rows is None:
        rows = _in_one_piece(name, text, faults)
    if rows.height > MOST_ROWS + 1:
        line = rows["line"][MOST_ROWS + 1]
        faults.append(Fault(f"{name} line {line}", f"has more than {MOST_ROWS:,} rows", "split the case"))
    return rows.head(MOST_ROWS + 1)


def cells_of(name: str, header: list[str], rows: Rows, faults: list[Fault]) -> pl.DataFrame:
    """Return every cell as text, trimmed, null where empty, with its row's line; a ragged row is left out, a fault."""
    width = len(header)
    whole = pl.col("cells").list.len() == width
    ragged = rows.filter(~whole & pl.col("cells").list.eval(pl.element().str.strip_chars() != "").list.any())
    counted = ragged.select("line", count=pl.col("cells").list.len())
    for count, at in counted.group_by("count", maintain_order=True).agg("line").iter_rows():
        what = f"{count} cells, and the header has {width}"
        faults.append(Fault(f"{name} {lines(at)}", what, "give every row one cell a column"))
    named = [title or f"\0{place}" for place, title in enumerate(header)]
    text = [pl.col("cells").list.get(place).str.strip_chars().alias(title) for place, title in enumerate(named)]
    frame = rows.filter(whole).select(*text, "line")
    filled = frame.with_columns(pl.when(pl.col(named) != "").then(pl.col(named)))
    return filled.filter(pl.any_horizontal(pl.col(named).is_not_null()))


def _line_by_line(text: str) -> Rows | None:
    """The rows of a text whose every line is a row; None where one is not, or may not be."""
    told = pl.Series("text", text.split("\n"), pl.String).str.strip_suffix("\r").to_frame()
    numbered = told.with_row_index("line", 1).filter(pl.col("text") != "")
    length = pl.col("text").str.len_bytes().max().fill_null(0) > csv.field_size_limit()
    if numbered.select(pl.col("text").str.contains("\r", literal=True).any() | length).item():
        return None
    has_quotes = pl.col("text").str.contains('"', literal=True)
    plain = numbered.filter(~has_quotes).select("line", cells=pl.col("text").str.split(","))
    quoted = numbered.filter(has_quotes)
    try:
        cells = list(csv.reader(quoted["text"], strict=True))
    except csv.Error:
        return None
    if len(cells) != quoted.height:
        return None
    split = quoted.select("line").with_columns(cells=_listed(cells))
    return pl.concat([plain, split]).cast({"line": pl.Int32}).sort("line")


def _in_one_piece(name: str, text: str, faults: list[Fault]) -> Rows:
    """The rows of a text up to the first mistake in its quotes, which is a fault."""
    rows, starts, line = [], [], 1
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if row:
                rows.append(row)
                starts.append(line)
            line = reader.line_num + 1
            if len(rows) > MOST_ROWS + 1:
                break
    except csv.Error as error:
        what = f"cannot be read from here on: {error}"
        faults.append(Fault(f"{name} line {line}", what, "mend the quotes of that row: a cell in quotes ends with one"))
    return pl.DataFrame({"line": pl.Series(starts, dtype=pl.Int32), "cells": _listed(rows)})


def _listed(rows: list[list[str]]) -> pl.Series:
    """Rows of cells as one column: joined and split again, a third of the time of handing lists to polars."""
    return pl.Series([APART.join(row) for row in rows], dtype=pl.String).str.split(APART)
