"""Problem: a linear program with names. The last thing the model room makes, the only thing the solver room reads."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from teraplan.model.coded import Labelled


@dataclass(frozen=True)
class LinearProgram:
    """Minimise (or maximise) cost x + offset, row_lower <= matrix x <= row_upper, column_lower <= x <= column_upper."""

    cost: NDArray[np.float64]
    offset: float
    matrix: sparse.csr_matrix
    row_lower: NDArray[np.float64]
    row_upper: NDArray[np.float64]
    column_lower: NDArray[np.float64]
    column_upper: NDArray[np.float64]
    integer: NDArray[np.bool_] | None = None
    maximise: bool = False


@dataclass(frozen=True)
class Problem:
    """A linear program and what its rows, columns and costs mean.

    columns: `variable` and its labels, in column order; rows: `equation` and its labels, in row order;
    cost_terms: the lines of the ledger per unit of a column (see objective.py); target: weights per column and constant
    of what most_compute maximises.
    """

    program: LinearProgram
    columns: Labelled = Labelled()
    rows: Labelled = Labelled()
    cost_terms: Labelled = Labelled()
    target: tuple[NDArray[np.float64], float] | None = None
