"""A core and its scenarios as a master and parts: which rows and columns stand where, and with which numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from teraplan.model.problem import LinearProgram
from teraplan.uncertainty.stages.core import ScenarioChange, TwoStageCore
from teraplan.uncertainty.stages.parts import Part

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]


def split(core: TwoStageCore, scenarios: Sequence[ScenarioChange]) -> tuple[LinearProgram, list[Part]]:
    """Return the master, whose columns are those of the first stage in their order, and one part a scenario.

    A row that no scenario gives a second-stage column to is the master's, with the narrowest limits of all scenarios,
    or once for each scenario where its coefficients change. What a first-stage column costs more in a scenario is in
    that scenario's part.
    """
    pattern = _pattern(core, scenarios)
    first = np.asarray(core.first_stage, dtype=bool)
    later = np.zeros(pattern.shape[0], dtype=bool)
    rows = np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr))
    later[rows[~first[pattern.indices]]] = True
    numbers = [_numbers(core, pattern, change) for change in scenarios]
    linked = np.zeros(first.size, dtype=bool)
    linked[pattern.indices[later[rows]]] = True
    for change in scenarios:
        linked[list(change.cost)] = True
    return _master(core, pattern, later, numbers), _parts(core, pattern, (later, linked), scenarios, numbers)


@dataclass(frozen=True)
class _Numbers:
    """The numbers of a scenario: entries of the common pattern, costs, limits, bounds."""

    entries: Floats
    cost: Floats
    row_lower: Floats
    row_upper: Floats
    column_lower: Floats
    column_upper: Floats


def _pattern(core: TwoStageCore, scenarios: Sequence[ScenarioChange]) -> sparse.csr_matrix:
    """Return the core's matrix with an entry, if need be of 0, wherever a scenario has one."""
    matrix = sparse.csr_matrix(core.matrix, dtype=np.float64, copy=True)
    matrix.sum_duplicates()
    new = {at for change in scenarios for at in change.coefficient}
    if new:
        rows, columns = np.array(sorted(new), dtype=np.intp).T
        held = matrix.tocoo()
        matrix = sparse.csr_matrix(
            (
                np.concatenate([held.data, np.zeros(rows.size)]),
                (np.concatenate([held.row, rows]), np.concatenate([held.col, columns])),
            ),
            shape=matrix.shape,
        )
        matrix.sum_duplicates()
    matrix.sort_indices()
    return matrix


def _numbers(core: TwoStageCore, pattern: sparse.csr_matrix, change: ScenarioChange) -> _Numbers:
    entries = pattern.data
    if change.coefficient:
        height, width = pattern.shape
        keys = np.repeat(np.arange(height) * width, np.diff(pattern.indptr)) + pattern.indices
        at = np.array(list(change.coefficient), dtype=np.intp)
        entries = entries.copy()
        entries[np.searchsorted(keys, at[:, 0] * width + at[:, 1])] = list(change.coefficient.values())
    return _Numbers(
        entries,
        _changed(core.cost, change.cost),
        _changed(core.row_lower, change.row_lower),
        _changed(core.row_upper, change.row_upper),
        _changed(core.column_lower, change.column_lower),
        _changed(core.column_upper, change.column_upper),
    )


def _changed(numbers: Floats, change: Mapping[int, float]) -> Floats:
    """Return the numbers with some of them changed; the same array where none is."""
    held = np.asarray(numbers, dtype=np.float64)
    if not change:
        return held
    out = held.copy()
    out[np.fromiter(change, dtype=np.intp, count=len(change))] = list(change.values())
    return out


def _master(
    core: TwoStageCore, pattern: sparse.csr_matrix, later: NDArray[np.bool_], numbers: Sequence[_Numbers]
) -> LinearProgram:
    first = np.asarray(core.first_stage, dtype=bool)
    rows = np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr))
    varied = np.zeros(pattern.shape[0], dtype=bool)
    for one in numbers:
        varied[rows[one.entries != pattern.data]] = True
    once, often = np.flatnonzero(~later & ~varied), np.flatnonzero(~later & varied)
    lower = [np.max([one.row_lower[once] for one in numbers], axis=0)]
    upper = [np.min([one.row_upper[once] for one in numbers], axis=0)]
    blocks = [pattern[once][:, first]]
    for one in numbers if often.size else ():
        whole = sparse.csr_matrix((one.entries, pattern.indices, pattern.indptr), shape=pattern.shape)
        blocks.append(whole[often][:, first])
        lower.append(one.row_lower[often])
        upper.append(one.row_upper[often])
    integer = np.asarray(core.integer, dtype=bool)[first]
    return LinearProgram(
        cost=np.asarray(core.cost, dtype=np.float64)[first],
        offset=0.0,
        matrix=sparse.vstack(blocks, format="csr"),
        row_lower=np.concatenate(lower),
        row_upper=np.concatenate(upper),
        column_lower=np.max([one.column_lower[first] for one in numbers], axis=0),
        column_upper=np.min([one.column_upper[first] for one in numbers], axis=0),
        integer=integer if integer.any() else None,
    )


def _parts(
    core: TwoStageCore,
    pattern: sparse.csr_matrix,
    chosen: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    scenarios: Sequence[ScenarioChange],
    numbers: Sequence[_Numbers],
) -> list[Part]:
    """Return the parts; their matrices share the places of their entries, and where nothing differs the numbers too."""
    later, linked = chosen
    first = np.asarray(core.first_stage, dtype=bool)
    columns = np.flatnonzero(~first | linked)
    place = sparse.csr_matrix((np.arange(pattern.nnz), pattern.indices, pattern.indptr), shape=pattern.shape)
    place = place[later][:, columns]
    shared = np.where(first, np.cumsum(first) - 1, -1)[columns]
    whole = np.asarray(core.integer, dtype=bool)[columns] & (shared < 0)
    common = np.where(first, core.cost, 0.0)[columns]
    same = pattern.data[place.data]
    total = sum(change.probability for change in scenarios)
    return [
        Part(
            LinearProgram(
                cost=one.cost[columns] - common,
                offset=0.0,
                matrix=sparse.csr_matrix(
                    (
                        same if one.entries is pattern.data else one.entries[place.data],
                        place.indices,
                        place.indptr,
                    ),
                    shape=place.shape,
                ),
                row_lower=one.row_lower[later],
                row_upper=one.row_upper[later],
                column_lower=one.column_lower[columns],
                column_upper=one.column_upper[columns],
                integer=whole if whole.any() else None,
            ),
            shared,
            change.probability / total,
        )
        for change, one in zip(scenarios, numbers, strict=True)
    ]
