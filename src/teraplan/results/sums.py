"""Sums that have the same last bit each time: floats are added in one order, whatever order joins gave their rows."""

import polars as pl
from polars.dataframe.group_by import GroupBy


def grouped(frame: pl.DataFrame, *by: str | pl.Expr) -> GroupBy:
    """Return the groups of a table, its rows in the order of their values, for sums: `frame.pipe(grouped, "x")`."""
    return frame.sort(frame.columns).group_by(*by, maintain_order=True)
