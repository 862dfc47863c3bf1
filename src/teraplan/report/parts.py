"""What a page is made of: sections of pictures, grids and heat maps; and how tables become them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import plotly.graph_objects as go
import polars as pl

from teraplan.report.words import capital, number, period_words, plain, signed

NOISE = 1e-6
"""Share of the largest value below which a value is rounding of the solver."""
DIGITS = 4
"""Significant digits in the data of a figure."""


@dataclass(frozen=True)
class Key:
    """One entry of a legend: its text, its colour, whether it is hatched."""

    text: str
    colour: str
    hatched: bool = False


@dataclass(frozen=True)
class Grid:
    """A table of texts; `numeric` says which columns are numbers and stand to the right."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    kind: str = field(default="grid", init=False)


@dataclass(frozen=True)
class Picture:
    """A figure with its title, how to read it, its legend and the data that it draws; `leads`: it begins a row."""

    title: str
    note: str
    drawing: go.Figure
    data: Grid
    legend: tuple[Key, ...] = ()
    leads: bool = False
    kind: str = field(default="picture", init=False)


@dataclass(frozen=True)
class Cell:
    """One cell of a heat map: its text and its depth of colour, 0 to 1."""

    text: str
    depth: float


@dataclass(frozen=True)
class Heat:
    """A heat map that is a table: rows with a name and a place, a column for each period; `head`: what its rows are."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[Cell, ...]], ...]
    head: str = "Limit"
    kind: str = field(default="heat", init=False)


@dataclass(frozen=True)
class Section:
    """A part of the page with its own heading; `lead` is said before its parts."""

    name: str
    title: str
    lead: tuple[str, ...]
    parts: tuple[Picture | Grid | Heat, ...]


def grid_of(table: pl.DataFrame, caption: str, digits: int = DIGITS) -> Grid:
    """Return a table as it is: numbers rounded to significant digits, column names in plain letters."""
    numeric = tuple(kind.is_numeric() for kind in table.dtypes)
    rows = tuple(tuple(_text(value, digits) for value in row) for row in table.iter_rows())
    return Grid(caption, tuple(capital(plain(name)) for name in table.columns), rows, numeric)


def data_over_time(table: pl.DataFrame, caption: str) -> Grid:
    """Return a table over time with a row for each period and a column for each series; what is only noise is 0."""
    wide = table.sort("start", maintain_order=True).pivot(
        "series", index="period", values="value", aggregate_function="sum", maintain_order=True
    )
    order = table["series"].unique(maintain_order=True).to_list()
    peak = float(table["value"].abs().max() or 0.0)  # type: ignore[arg-type]
    wide = wide.with_columns(pl.when(pl.col(name).abs() > NOISE * peak).then(name).otherwise(0.0) for name in order)
    named = wide.select(pl.col("period").map_elements(period_words, return_dtype=pl.String), *order)
    return grid_of(named, caption)


def totalled(table: pl.DataFrame, difference: bool = False) -> pl.DataFrame:
    """Return a table of bars (label, value, transfer, ...) with each label's sum in it, transfers apart.

    `Accelerators` becomes `Accelerators: 845 and 9,890 transfers`; differences are told with their sign.
    """
    said = signed if difference else number
    sums = table.group_by("label").agg(
        real=pl.col("value").filter(~pl.col("transfer")).sum(), moved=pl.col("value").filter("transfer").sum()
    )
    texts = {}
    for label, real, moved in sums.iter_rows():
        told = [said(real)] if real or not moved else []
        texts[label] = f"{label}: {' and '.join([*told, *([f'{said(moved)} transfers'] if moved else [])])}"
    return table.with_columns(pl.col("label").replace_strict(texts, return_dtype=pl.String))


def keys(names: Sequence[str], colours: Mapping[str, str], hatched: Sequence[str] = ()) -> tuple[Key, ...]:
    """Return a legend of series in their order."""
    return tuple(Key(capital(plain(name)), colours[name], name in hatched) for name in names)


def heat_of(table: pl.DataFrame, periods: Sequence[str], caption: str, deepest: float) -> Heat:
    """Return a heat map of limits (rows, in their order) over periods; depth is the root of worth over the deepest."""
    rows = []
    for (limit, places), mine in table.group_by("limit", "places", maintain_order=True):
        worth = dict(zip(mine["period"], mine["worth"], strict=True))
        cells = tuple(_cell(float(worth.get(period, 0.0)), deepest) for period in periods)
        rows.append((str(limit), str(places), cells))
    return Heat(caption, tuple(period_words(period) for period in periods), tuple(rows))


def _cell(worth: float, deepest: float) -> Cell:
    depth = (max(worth, 0.0) / deepest) ** 0.5 if deepest > 0 else 0.0
    return Cell(number(worth, 2) if depth >= 0.05 else "", depth)


def _text(value: object, digits: int) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(float(value), digits) if isinstance(value, int | float) else str(value)
