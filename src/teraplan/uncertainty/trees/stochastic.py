"""One plan for all futures of a tree: what several futures share is decided once, everything else in each of its own.

    minimise  (1 - weight) sum over leaves of p cost(leaf) + weight x mean of the worst share of the leaves' costs

Each leaf is a case, and its problem is made as of any case. A column belongs to the node in which its period lies on
the leaf's path; columns with the same labels and node are one column, and rows that have only such columns, with the
same numbers in all these leaves, are one row. So no equation knows of trees. What one node shares with its parents is a
master of a decomposition as well: the extensive form and the decomposition are made from the same parts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from teraplan.model.problem import LinearProgram, Problem
from teraplan.uncertainty.stages.extensive import extensive
from teraplan.uncertainty.stages.parts import Part
from teraplan.uncertainty.stages.risk import Risk
from teraplan.uncertainty.trees.tree import Tree

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]


@dataclass(frozen=True)
class Shared:
    """The leaves of a tree as parts of a master that holds what several of them share.

    master: its program costs nothing itself; its columns and rows carry `node`, the columns of the root come first.
    parts: one a leaf, in the order of the tree's leaves, with all that the leaf costs. columns: of each leaf's problem,
    with the `node` in which each is decided. kept: for each leaf, which rows of its problem are its own.
    """

    tree: Tree
    problems: Mapping[str, Problem]
    columns: Mapping[str, pl.DataFrame]
    master: Problem
    parts: tuple[Part, ...]
    kept: Mapping[str, Integers]

    def place(self, leaf: str) -> Integers:
        """Return for each column of a leaf's problem which column of the extensive form it is."""
        after = self.master.columns.height
        for name, part in zip(self.tree.leaves, self.parts, strict=True):
            own = part.shared < 0
            if name == leaf:
                return np.where(own, after + np.cumsum(own) - 1, part.shared)
            after += int(own.sum())
        raise KeyError(leaf)


def shared(tree: Tree, problems: Mapping[str, Problem], starts: Mapping[str, float]) -> Shared:
    """Return what the leaves' problems share, and what each has of its own.

    starts: period -> its start [decimal year].
    """
    several = [node.name for node in tree.nodes if len(tree.below(node.name)) > 1]
    placed = {leaf: _with_node(tree, leaf, problems[leaf], starts) for leaf in tree.leaves}
    columns = pl.concat([one.filter(pl.col("node").is_in(several)) for one in placed.values()])
    columns = columns.unique(maintain_order=True)
    columns = columns.sort(pl.col("node") != tree.root.name, maintain_order=True)
    width = columns.height
    at = {leaf: _positions(columns, one) for leaf, one in placed.items()}
    rows = _Rows(columns)
    kept = {}
    for leaf in tree.leaves:
        kept[leaf] = rows.take(problems[leaf], at[leaf])
    lower, upper, whole = np.full(width, -np.inf), np.full(width, np.inf), np.zeros(width, dtype=bool)
    for leaf in tree.leaves:
        program, mine = problems[leaf].program, at[leaf] >= 0
        np.maximum.at(lower, at[leaf][mine], program.column_lower[mine])
        np.minimum.at(upper, at[leaf][mine], program.column_upper[mine])
        if program.integer is not None:
            np.logical_or.at(whole, at[leaf][mine], program.integer[mine])
    program = LinearProgram(
        cost=np.zeros(width),
        offset=0.0,
        matrix=rows.matrix(width),
        row_lower=np.array(rows.lower),
        row_upper=np.array(rows.upper),
        column_lower=lower,
        column_upper=upper,
        integer=whole if whole.any() else None,
    )
    master = Problem(program, columns, rows.names(), pl.DataFrame())
    parts = tuple(
        Part(_without(problems[leaf].program, kept[leaf]), at[leaf], tree.probability(leaf)) for leaf in tree.leaves
    )
    return Shared(tree, problems, placed, master, parts, kept)


def extensive_form(form: Shared, risk: Risk) -> Problem:
    """Return the whole tree as one problem; its columns and rows carry `node`, a leaf's own the leaf's name."""
    program = extensive(form.master.program, form.parts, risk)
    columns, rows = [form.master.columns], [form.master.rows]
    for leaf, part in zip(form.tree.leaves, form.parts, strict=True):
        problem = form.problems[leaf]
        own = pl.Series(part.shared < 0)
        columns.append(problem.columns.filter(own).drop("column").with_columns(node=pl.lit(leaf)))
        rows.append(problem.rows[form.kept[leaf]].with_columns(node=pl.lit(leaf)))
    if risk.weight:
        named = ["worst share begins", *form.tree.leaves]
        columns.append(pl.DataFrame({"variable": ["risk"] * len(named), "node": named}))
        rows.append(pl.DataFrame({"equation": ["cost above the worst share"] * (len(named) - 1), "node": named[1:]}))
    every = pl.concat(columns, how="diagonal").with_row_index("column")
    return Problem(program, every, pl.concat(rows, how="diagonal"), pl.DataFrame())


class _Rows:
    """Rows that have only shared columns, each once: their entries, limits, and names."""

    def __init__(self, columns: pl.DataFrame) -> None:
        self._node = columns["node"].to_list()
        self._depth = columns["depth"].to_numpy()
        self._known: dict[bytes, int] = {}
        self._entries: list[tuple[Integers, Floats]] = []
        self._names: list[pl.DataFrame] = []
        self.lower: list[float] = []
        self.upper: list[float] = []

    def take(self, problem: Problem, at: Integers) -> Integers:
        """Take in the rows of a leaf that it shares; return which rows are its own."""
        program, matrix = problem.program, problem.program.matrix
        place = at[matrix.indices]
        sizes = np.diff(matrix.indptr)
        row = np.repeat(np.arange(sizes.size), sizes)
        own = np.bincount(row[place < 0], minlength=sizes.size) > 0
        taken: list[int] = []
        for number in np.flatnonzero(~own):
            entries = slice(matrix.indptr[number], matrix.indptr[number + 1])
            low, high = program.row_lower[number], program.row_upper[number]
            key = b"".join((place[entries].tobytes(), matrix.data[entries].tobytes(), np.array([low, high]).tobytes()))
            if key not in self._known:
                self._known[key] = len(self._entries)
                self._entries.append((place[entries], matrix.data[entries]))
                self.lower.append(float(low))
                self.upper.append(float(high))
                taken.append(int(number))
        self._names.append(problem.rows[taken])
        return np.flatnonzero(own)

    def matrix(self, width: int) -> sparse.csr_matrix:
        """Return the rows as a matrix over the shared columns."""
        start = np.cumsum([0, *(at.size for at, _ in self._entries)])
        at = np.concatenate([np.zeros(0, dtype=np.intp), *(at for at, _ in self._entries)])
        data = np.concatenate([np.zeros(0), *(data for _, data in self._entries)])
        return sparse.csr_matrix((data, at, start), shape=(len(self._entries), width))

    def names(self) -> pl.DataFrame:
        """Return equation and labels of each row, and the last node that it reaches."""
        last = [max(at, key=self._depth.__getitem__, default=-1) for at, _ in self._entries]
        nodes = ["" if one < 0 else self._node[one] for one in last]
        return pl.concat(self._names, how="diagonal").with_columns(node=pl.Series(nodes, dtype=pl.String))


def _with_node(tree: Tree, leaf: str, problem: Problem, starts: Mapping[str, float]) -> pl.DataFrame:
    """The columns of a leaf's problem with the node in which each is decided, and how deep that lies."""
    path = tree.path(leaf)
    known = [node.known_from for node in path[1:]]
    depth = {period: sum(at is not None and at <= start + 1e-9 for at in known) for period, start in starts.items()}
    placed = pl.DataFrame(
        {
            "period": list(depth),
            "node": [path[deep].name for deep in depth.values()],
            "depth": list(depth.values()),
        }
    )
    return problem.columns.drop("column").join(placed, on="period", how="left", maintain_order="left")


def _positions(columns: pl.DataFrame, mine: pl.DataFrame) -> Integers:
    """Which shared column each column of a leaf is; -1 for its own."""
    numbered = columns.with_row_index("at")
    found = mine.join(numbered, on=mine.columns, how="left", nulls_equal=True, maintain_order="left")
    return found["at"].cast(pl.Int64).fill_null(-1).to_numpy().astype(np.intp)


def _without(program: LinearProgram, rows: Integers) -> LinearProgram:
    """A leaf's program with only these rows."""
    return replace(
        program, matrix=program.matrix[rows], row_lower=program.row_lower[rows], row_upper=program.row_upper[rows]
    )
