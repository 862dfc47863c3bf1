"""Rows of a problem as text, as one would write them on paper: what the golden tests and a curious reader look at."""

from collections.abc import Mapping

import polars as pl

from teraplan.model.problem import Problem
from teraplan.model.variables import VARIABLES

LABELS = {variable.name: variable.labels for variable in VARIABLES}


def row_text(problem: Problem, equation: str, **labels: str) -> str:
    """Return one row: `+1 activity[asm, main, TWN, 2028] -0.5 order[asm, TWN, 2026] <= 4.5`.

    Raises KeyError unless exactly one row of the equation has these labels.
    """
    chosen = pl.col("equation") == equation
    for label, text in labels.items():
        chosen = chosen & (pl.col(label) == text)
    found = problem.rows.with_row_index("row").filter(chosen)
    if found.height != 1:
        raise KeyError(f"{found.height} rows of {equation} match {labels}")
    return _text(problem, found["row"][0])


def rows_text(problem: Problem, equation: str) -> str:
    """Return every row of an equation, one a line, with its labels in front."""
    found = problem.rows.with_row_index("row").filter(pl.col("equation") == equation)
    labels = [label for label in found.columns if label not in ("row", "equation")]
    return "\n".join(
        f"[{_named(row, labels)}]  {_text(problem, int(row['row']))}" for row in found.iter_rows(named=True)
    )


def _text(problem: Problem, row: int) -> str:
    program = problem.program
    start, end = program.matrix.indptr[row], program.matrix.indptr[row + 1]
    entries = sorted(zip(program.matrix.indices[start:end], program.matrix.data[start:end], strict=True))
    left = " ".join(f"{value:+.6g} {_column(problem, int(column))}" for column, value in entries) or "0"
    lower, upper = program.row_lower[row], program.row_upper[row]
    if lower == upper:
        return f"{left} == {upper:.6g}"
    return f"{left} <= {upper:.6g}" if upper < float("inf") else f"{left} >= {lower:.6g}"


def _column(problem: Problem, column: int) -> str:
    row = problem.columns.row(column, named=True)
    return f"{row['variable']}[{_named(row, LABELS[row['variable']])}]"


def _named(row: Mapping[str, object], labels: tuple[str, ...] | list[str]) -> str:
    return ", ".join(str(row[label]) for label in labels if row[label] is not None)
