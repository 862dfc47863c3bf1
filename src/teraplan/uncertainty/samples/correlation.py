"""Facts that move together: groups of the table `uncertainties`, as a Gaussian copula.

A group of value 1 moves as one: its facts share a quantile. Of other groups each two facts have the correlation that
the group names, between the normal numbers that stand behind their quantiles; facts of no common group are independent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.special import ndtr, ndtri

from teraplan.case.edit import cells_of
from teraplan.case.resolve import Tables
from teraplan.errors import ArgumentError, CaseError, Fault
from teraplan.uncertainty.samples.draws import EDGE, Floats
from teraplan.uncertainty.samples.facts import DRAWN

LEAST = 1e-9
"""Smallest eigenvalue of a correlation matrix that can be drawn from."""


@dataclass(frozen=True)
class Inputs:
    """What a design draws for, and how the facts follow from it.

    input_of: for each fact the number of its input; names: of the inputs, that of the group that moves as one or of
    its one fact. factor_of: for each input the number of its factor, a set of inputs that is independent of all others;
    factors: their names. root: lower triangle L with L L' = the correlation of the inputs; None where all are
    independent.
    """

    input_of: tuple[int, ...]
    names: tuple[str, ...]
    factor_of: tuple[int, ...]
    factors: tuple[str, ...]
    root: Floats | None

    def facts(self, quantiles: Floats) -> Floats:
        """Return the quantiles of the facts, shape (draws, facts), of independent ones of inputs, (draws, inputs)."""
        return self.correlated(quantiles)[:, list(self.input_of)]

    def correlated(self, quantiles: Floats) -> Floats:
        """Return correlated quantiles of the inputs of independent ones, shape (draws, inputs)."""
        if self.root is None:
            return quantiles
        normal = ndtri(np.clip(quantiles, EDGE, 1.0 - EDGE))
        mixed = np.abs(self.root).sum(axis=1) != 1.0
        found = quantiles.copy()
        # Row by row, so that a draw is the same to the last bit in a sample of any size.
        for at in np.flatnonzero(mixed):
            found[:, at] = ndtr((normal * self.root[at]).sum(axis=1))
        return found


@dataclass(frozen=True)
class _Group:
    name: str
    value: float
    facts: tuple[int, ...]


def inputs_of(tables: Tables, facts: pl.DataFrame) -> Inputs:
    """Return the inputs that move the facts of a case, as its table `uncertainties` groups them.

    Raises CaseError with every fault: cells that do not exist or that no fact stands on, a group that says two values,
    two groups that disagree about a pair, correlations that cannot all hold.
    """
    faults: list[Fault] = []
    groups = list(_groups(tables, facts, faults))
    labels = facts["fact"].to_list()
    input_of, names = _inputs(labels, [group for group in groups if group.value == 1.0])
    matrix = np.eye(len(names))
    said: dict[tuple[int, int], _Group] = {}
    for group in groups:
        if group.value == 1.0:
            continue
        for one, other in _pairs(sorted({input_of[fact] for fact in group.facts})):
            before = said.setdefault((one, other), group)
            if before.value != group.value:
                what = (
                    f"groups {before.name!r} and {group.name!r} give {names[one]} and {names[other]} two correlations"
                )
                faults.append(Fault("uncertainties.csv", what, "let one of them alone name this pair"))
            matrix[one, other] = matrix[other, one] = group.value
    if faults:
        raise CaseError(tables.settings.name, tuple(dict.fromkeys(faults)))
    factor_of, factors = _factors(matrix, names, [group for group in groups if group.value != 1.0], input_of)
    root = None if not said else _root(matrix, tables.settings.name)
    return Inputs(input_of, names, factor_of, factors, root)


def root_of(matrix: Floats) -> Floats:
    """Return the lower triangle L with L L' = the correlation matrix; raises ArgumentError where it is none."""
    faults = []
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not np.array_equal(matrix, matrix.T):
        faults.append(Fault("matrix", "is not symmetric", "give each pair one correlation"))
    elif not np.array_equal(np.diag(matrix), np.ones(len(matrix))):
        faults.append(Fault("matrix", "does not have 1 on its diagonal", "a number moves with itself"))
    elif (least := float(np.linalg.eigvalsh(matrix)[0])) < LEAST:
        what = f"is not positive definite: its smallest eigenvalue is {least:.3g}, so these cannot all hold"
        faults.append(Fault("matrix", what, "bring the correlations nearer to 0"))
    if faults:
        raise ArgumentError("root_of", tuple(faults))
    return np.asarray(np.linalg.cholesky(matrix), dtype=np.float64)


def _root(matrix: Floats, case: str) -> Floats:
    try:
        return root_of(matrix)
    except ArgumentError as error:
        wrong = [Fault("uncertainties.csv, column value", one.what, one.fix) for one in error.faults]
        raise CaseError(case, tuple(wrong)) from None


def _groups(tables: Tables, facts: pl.DataFrame, faults: list[Fault]) -> Iterator[_Group]:
    """The groups with the numbers of their facts."""
    of_line = {
        (table, line): at
        for at, (table, lines) in enumerate(facts.select("table", "lines").iter_rows())
        for line in lines
    }
    rows = tables.frames["uncertainties"]
    for (name,), mine in rows.group_by("group", maintain_order=True):
        values = mine["value"].unique().to_list()
        if len(values) > 1:
            what = f"group {name!r} has values {', '.join(f'{value:g}' for value in sorted(values))}"
            faults.append(Fault(_at(mine["line"][0], "value"), what, "give all its rows one correlation"))
        members: set[int] = set()
        for expression, line in mine.select("cells", "line").iter_rows():
            found = cells_of(tables, expression)
            if isinstance(found, Fault):
                faults.append(Fault(_at(line, "cells"), f"{found.where}: {found.what}", found.fix))
                continue
            frame, cells = found
            table = DRAWN.get(frame, frame)
            hit = {of_line[table, one] for one in cells["line"].unique() if (table, one) in of_line}
            if not hit:
                what = f"{expression} selects no number with a range"
                faults.append(Fault(_at(line, "cells"), what, "give its rows low and high, or take it out"))
            members |= hit
        yield _Group(str(name), float(values[0]), tuple(sorted(members)))


def _at(line: int, column: str) -> str:
    return f"uncertainties.csv line {line}, column {column}"


def _inputs(labels: Sequence[str], groups: Sequence[_Group]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The input of each fact, numbered in the order of the facts, and the names of the inputs."""
    pairs = [(group.facts[0], fact) for group in groups for fact in group.facts]
    joined = _joined(len(labels), pairs)
    name = {joined[group.facts[0]]: group.name for group in reversed(groups) if group.facts}
    return _numbered(joined, name, labels)


def _factors(
    matrix: Floats, names: Sequence[str], groups: Sequence[_Group], input_of: Sequence[int]
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The factor of each input, and the names of the factors: inputs that are correlated are one."""
    row, column = np.nonzero(matrix)
    joined = _joined(len(names), list(zip(row.tolist(), column.tolist(), strict=True)))
    name = {joined[input_of[group.facts[0]]]: group.name for group in reversed(groups) if group.facts}
    return _numbered(joined, name, names)


def _numbered(
    joined: Sequence[int], name: Mapping[int, str], own: Sequence[str]
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The part of each thing, numbered as they come, and the name of each part: its own, or that of its first thing."""
    order: dict[int, int] = {}
    names = []
    for one, part in enumerate(joined):
        if part not in order:
            order[part] = len(order)
            names.append(name.get(part, own[one]))
    return tuple(order[part] for part in joined), tuple(names)


def _joined(size: int, pairs: Sequence[tuple[int, int]]) -> list[int]:
    """Which part each of `size` things belongs to, where pairs belong together."""
    one, other = ([pair[at] for pair in pairs] for at in (0, 1))
    graph = coo_array((np.ones(len(pairs)), (one, other)), shape=(size, size))
    return [int(part) for part in connected_components(graph, directed=False)[1]]


def _pairs(members: Sequence[int]) -> Iterator[tuple[int, int]]:
    for at, one in enumerate(members):
        for other in members[at + 1 :]:
            yield one, other
