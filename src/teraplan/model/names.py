"""Names of rows and columns for other programs: `activity[fab,main,TWN,2028]`, each of them once."""

import polars as pl

from teraplan.model.problem import Problem
from teraplan.model.variables import VARIABLES

LABELS = {variable.name: list(variable.labels) for variable in VARIABLES}


def column_names(problem: Problem) -> list[str]:
    """Return a name for each column, in column order: its variable and labels."""
    kinds = problem.columns.partition_by("variable", maintain_order=True)
    return _once(pl.concat([_named(part, "variable", LABELS[part["variable"][0]]) for part in kinds]))


def row_names(problem: Problem) -> list[str]:
    """Return a name for each row, in row order: its equation and labels."""
    return _once(_named(problem.rows, "equation", [name for name in problem.rows.columns if name != "equation"]))


def _named(frame: pl.DataFrame, kind: str, labels: list[str]) -> pl.Series:
    """Kind and labels of each row of a frame in one word; labels that a row does not have are left out."""
    inside = pl.concat_str([pl.col(label).cast(pl.String) for label in labels], separator=",", ignore_nulls=True)
    name = pl.col(kind) + "[" + inside + "]"
    return frame.select(name.str.replace_all(r"\s", "_").alias("name")).to_series()


def _once(names: pl.Series) -> list[str]:
    """The names, with `#2`, `#3`, ... behind those that stood before."""
    frame = names.to_frame("name").with_columns(place=pl.int_range(1, pl.len() + 1).over("name"))
    again = pl.col("name") + "#" + pl.col("place").cast(pl.String)
    return frame.select(pl.when(pl.col("place") > 1).then(again).otherwise("name")).to_series().to_list()
