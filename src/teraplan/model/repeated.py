"""Repeated sums of columns, stated once: a smaller matrix for the solver with the same values and the same duals.

Capacity in service is a sum of orders that stands in every row that it limits: in each slice, for each mode, in stores.
Where rows hold multiples of one such sum, it becomes a free column with a row of its own,

    sum of share x order - repeated == 0

and a multiple of `repeated` takes the place of the orders in each row: k rows of n orders take k + n + 1 entries in
place of k x n. Rows and columns of the program keep their places, the new ones stand after them. Duals of the old rows
and reduced costs of the old columns are those of the program as it was: the free column has a reduced cost of 0, so the
dual of its row is the sum of multiple x dual over the rows that it is in.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from teraplan.model.problem import LinearProgram, Problem

REPEATED = "order"
"""The variable whose sums are looked for."""
SAME = 1e-12
"""Two sums are multiples of each other if their coefficients over their largest differ by no more than this [1]."""
SEED = 8


def stated_once(problem: Problem) -> LinearProgram:
    """Return the program with every sum of orders that pays to be stated once stated once."""
    program = problem.program
    height, width = program.matrix.shape
    if "variable" not in problem.columns.columns:
        return program
    orders = (problem.columns["variable"] == REPEATED).to_numpy()
    inside = (program.matrix @ sparse.diags(orders.astype(np.float64))).tocsr()
    inside.eliminate_zeros()
    inside.sort_indices()
    rows = np.flatnonzero(np.diff(inside.indptr) > 1)
    if not rows.size:
        return program
    sums = inside[rows]
    scale = _largest(sums)
    shape = sparse.diags(1.0 / scale) @ sums
    group, first, chosen = _groups(shape.tocsr())
    if not first.size:
        return program
    at = (rows[chosen], group[chosen])
    link = sparse.csr_matrix((scale[chosen], at), shape=(height, first.size))
    left = sparse.csr_matrix(program.matrix - sparse.diags(np.isin(np.arange(height), at[0]).astype(float)) @ inside)
    left.eliminate_zeros()
    free = np.full(first.size, np.inf)
    none = np.zeros(first.size)
    return replace(
        program,
        matrix=sparse.csr_matrix(sparse.bmat([[left, link], [shape.tocsr()[first], -sparse.identity(first.size)]])),
        cost=np.concatenate([program.cost, none]),
        row_lower=np.concatenate([program.row_lower, none]),
        row_upper=np.concatenate([program.row_upper, none]),
        column_lower=np.concatenate([program.column_lower, -free]),
        column_upper=np.concatenate([program.column_upper, free]),
        integer=None if program.integer is None else np.concatenate([program.integer, none.astype(np.bool_)]),
    )


def _largest(sums: sparse.csr_matrix) -> NDArray[np.float64]:
    """The largest coefficient of every row, with the sign of its first."""
    starts = sums.indptr[:-1]
    return np.asarray(np.maximum.reduceat(np.abs(sums.data), starts) * np.sign(sums.data[starts]))


def _groups(shape: sparse.csr_matrix) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Which sum each row holds, a row that shows each sum, and which rows hold one that pays to be stated once.

    Rows are brought together by two random weighted sums of theirs, and then compared entry by entry.
    """
    count = np.diff(shape.indptr)
    marks = shape @ np.random.default_rng(SEED).random((shape.shape[1], 2))
    keys = np.column_stack([count, np.round(marks, 9)])
    _, first, group = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    group = group.ravel()
    apart = abs(shape - shape[first[group]]).max(axis=1).toarray().ravel()
    same = apart <= SAME
    held, long = np.bincount(group[same], minlength=first.size), count[first]
    pays = held * long > held + long + 1
    number = np.cumsum(pays) - 1
    return number[group], first[pays], same & pays[group]
