"""Yearly values -> the few rows that say them, and rows -> the text of a CSV file."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from teraplan.case.tables import TABLES

STRAIGHT = 1e-7
"""How far a value may be from the straight line between its neighbours, relative to the largest of the series [1]."""
DIGITS = 7
EVERYWHERE = "*"
SAID = ("value", "low", "high", "unit", "source", "grade", "note")
NOT_SAID = ("low", "high", "source", "grade", "note")
"""What may differ between regions that say the same."""
UNRANKED = 10_000
Row = dict[str, Any]


def rows_of(
    frame: pl.DataFrame, keys: Sequence[str], years: Sequence[int], *, norm: bool = False, stepwise: bool = False
) -> list[Row]:
    """Return the rows that say a table by year: those between which it runs straight, one without year if it is flat.

    frame: keys, year and what is in SAID; years: all calendar years of the case. norm: nothing holds before the first
    year, and an empty value is written where it ends. stepwise: a value holds until the next.
    """
    found = []
    for key, part in frame.sort("year").group_by(keys, maintain_order=True):
        named = dict(zip(keys, key, strict=True))
        cells = part.select("year", *SAID).rows(named=True)
        for run in _without_gaps(cells):
            whole = run[0]["year"] <= years[0] and run[-1]["year"] >= years[-1]
            kept = _steps(run) if stepwise else _knots(run, norm)
            if len(kept) == 1 and (whole or not norm):
                kept = [{**kept[0], "year": None}]
            found += [{**named, **row} for row in kept]
            if norm and run[-1]["year"] < years[-1]:
                end = run[-1]["year"] + 1
                found.append({**named, **run[-1], "year": end, "value": None, "low": None, "high": None})
    return found


def with_patterns(rows: Iterable[Row], keys: Sequence[str], places: Mapping[Any, set[str]]) -> list[Row]:
    """Return the rows with `*` for the region where most regions say the same, the others by name.

    places: the regions that exist for the first of the keys; a pattern is written only where all of them say something.
    """
    blocks: dict[tuple[Any, ...], dict[str, list[Row]]] = {}
    for row in rows:
        blocks.setdefault(tuple(row[key] for key in keys), {}).setdefault(row["region"], []).append(row)
    found: list[Row] = []
    for key, by_region in blocks.items():
        said = {region: tuple(_words(row) for row in own) for region, own in by_region.items()}
        common, times = Counter(said.values()).most_common(1)[0]
        if times < 2 or set(by_region) != places[key[0]]:
            found += [row for own in by_region.values() for row in own]
            continue
        first = next(region for region, one in said.items() if one == common)
        found += [{**row, "region": EVERYWHERE} for row in by_region[first]]
        found += [row for region, own in by_region.items() if said[region] != common for row in own]
    return found


def in_order(table: str, rows: Iterable[Row], ranks: Mapping[str, Mapping[str, int]]) -> list[Row]:
    """Return rows sorted by the columns of their key, the year last; ranks: place of the labels of some columns."""

    def place(row: Row) -> list[tuple[int, str]]:
        columns = sorted(TABLES[table].key, key=lambda name: name == "year")
        return [(ranks.get(name, {}).get(str(row.get(name)), UNRANKED), _sortable(row.get(name))) for name in columns]

    return sorted(rows, key=place)


def csv_text(table: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the text of a table's CSV file: the columns of the schema that hold something, numbers in 7 digits."""
    listed = list(rows)
    columns = [
        column.name
        for column in TABLES[table].all_columns
        if column.required or any(row.get(column.name) is not None for row in listed)
    ]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([shown(row.get(name)) for name in columns] for row in listed)
    return out.getvalue()


def shown(cell: object) -> str:
    """Return a cell as it stands in a file: yes and no, numbers in 7 digits, nothing for none."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return f"{cell:.{DIGITS}g}" if isinstance(cell, float) else str(cell)


def _sortable(cell: object) -> str:
    return f"{cell:020.6f}" if isinstance(cell, int | float) else shown(cell)


def _words(row: Row) -> tuple[str, ...]:
    """What a row says, whatever its region."""
    return tuple(shown(cell) for name, cell in row.items() if name not in ("region", *NOT_SAID))


def _without_gaps(cells: Sequence[Row]) -> list[list[Row]]:
    """The runs of years that follow each other."""
    runs: list[list[Row]] = []
    for cell in cells:
        if runs and cell["year"] == runs[-1][-1]["year"] + 1:
            runs[-1].append(cell)
        else:
            runs.append([cell])
    return runs


def _steps(run: Sequence[Row]) -> list[Row]:
    """The cells at which a value changes."""
    return [cell for before, cell in zip([None, *run], run, strict=False) if not before or differ(before, cell)]


def _knots(run: Sequence[Row], norm: bool) -> list[Row]:
    """The cells between which the values run straight; a flat beginning or end is one cell."""
    most = max(abs(cell["value"]) for cell in run)
    bent = [
        abs(one["value"] + next_["value"] - 2 * cell["value"]) > STRAIGHT * most
        for one, cell, next_ in zip(run, run[1:], run[2:], strict=False)
    ]
    kept = [run[0], *(cell for cell, bends in zip(run[1:], bent, strict=False) if bends), *run[1:][-1:]]
    while len(kept) > 1 and not differ(kept[-1], kept[-2]):
        kept.pop()
    while len(kept) > 1 and not norm and not differ(kept[0], kept[1]):
        kept.pop(0)
    return kept


def differ(one: Row, other: Row) -> bool:
    """Return whether two cells are written with different values."""
    return shown(one["value"]) != shown(other["value"])
