"""Linear programs of a few rows, written as lists, with names for what their rows and columns are."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy import sparse

from teraplan.model.problem import LinearProgram, Problem

INF = float("inf")
Numbers = Sequence[float]


def problem(
    cost: Numbers,
    rows: Sequence[tuple[float, Numbers, float]],
    columns: Sequence[tuple[float, float]] | None = None,
    maximise: bool = False,
    whole: bool = False,
) -> Problem:
    """rows: (lower, coefficients, upper); columns: (lower, upper), 0 and infinity if not given."""
    width = len(cost)
    bounds = columns or [(0.0, INF)] * width
    matrix = sparse.csr_matrix(np.array([row for _, row, _ in rows], dtype=float).reshape(len(rows), width))
    return named(
        LinearProgram(
            cost=np.array(cost, dtype=float),
            offset=0.0,
            matrix=matrix,
            row_lower=np.array([low for low, _, _ in rows], dtype=float),
            row_upper=np.array([high for _, _, high in rows], dtype=float),
            column_lower=np.array([low for low, _ in bounds], dtype=float),
            column_upper=np.array([high for _, high in bounds], dtype=float),
            integer=np.ones(width, dtype=bool) if whole else None,
            maximise=maximise,
        )
    )


def named(program: LinearProgram) -> Problem:
    """Rows are `rule [r0]`, `rule [r1]`, ...; columns are `order [p0]`, `order [p1]`, ..."""
    height, width = program.matrix.shape
    columns = pl.DataFrame(
        {
            "process": [f"p{at}" for at in range(width)],
            "column": range(width),
            "variable": ["order"] * width,
        },
        schema_overrides={"process": pl.String, "variable": pl.String},
    )
    rows = pl.DataFrame({"region": [f"r{at}" for at in range(height)], "equation": ["rule"] * height})
    return Problem(program=program, columns=columns, rows=rows, cost_terms=pl.DataFrame())


def covering(seed: int, height: int = 60, width: int = 80) -> Problem:
    """A program with an optimum: least cost of columns that cover every row, with capped columns."""
    random = np.random.default_rng(seed)
    matrix = sparse.random(height, width, 0.2, random_state=seed, format="lil")
    matrix[np.arange(height), np.arange(height)] = 1.0
    return named(
        LinearProgram(
            cost=random.uniform(1.0, 2.0, width),
            offset=3.0,
            matrix=sparse.csr_matrix(matrix),
            row_lower=random.uniform(1.0, 2.0, height),
            row_upper=np.full(height, INF),
            column_lower=np.zeros(width),
            column_upper=np.full(width, 2.5),
        )
    )
