"""A master and its parts written out as one program: the extensive form."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from teraplan.model.problem import LinearProgram
from teraplan.uncertainty.stages.parts import Part
from teraplan.uncertainty.stages.risk import Risk

Floats = NDArray[np.float64]


def extensive(master: LinearProgram, parts: Sequence[Part], risk: Risk | None = None) -> LinearProgram:
    """Return the program of a master and all its parts.

    Columns: the master's, each part's own in turn, then eta and one z a part where the worst share counts. Rows: the
    master's, each part's, then z + eta >= cost of the part.
    """
    risk, width = risk or Risk(), master.cost.size
    probability = np.array([part.probability for part in parts])
    where = places(width, parts)
    total = width + sum(int((part.shared < 0).sum()) for part in parts)
    tail = 1 + len(parts) if risk.weight else 0
    blocks = [_wide(master.matrix, np.arange(width), total + tail)]
    blocks += [_wide(part.program.matrix, at, total + tail) for part, at in zip(parts, where, strict=True)]
    cost = np.concatenate([master.cost, np.zeros(total - width)])
    offset = master.offset
    for part, at in zip(parts, where, strict=True):
        np.add.at(cost, at, (1 - risk.weight) * part.probability * part.program.cost)
        offset += (1 - risk.weight) * part.probability * part.program.offset
    limits = [(one.row_lower, one.row_upper) for one in (master, *(part.program for part in parts))]
    lower, upper = (_own(side, master, parts) for side in ("column_lower", "column_upper"))
    if risk.weight:
        rows = [
            sparse.csr_matrix((-part.program.cost, (np.zeros(at.size, dtype=int), at)), shape=(1, total + tail))
            for part, at in zip(parts, where, strict=True)
        ]
        unit = [np.arange(len(parts)), total + 1 + np.arange(len(parts))]
        ones = np.ones(len(parts))
        plus = sparse.csr_matrix((ones, (unit[0], unit[1])), shape=(len(parts), total + tail))
        eta = sparse.csr_matrix((ones, (unit[0], np.full(len(parts), total))), shape=plus.shape)
        blocks.append(sparse.vstack(rows) + plus + eta)
        limits.append((np.array([part.program.offset for part in parts]), np.full(len(parts), np.inf)))
        cost = np.concatenate([cost, [risk.weight], risk.weight / risk.counted(probability) * probability])
        lower = np.concatenate([lower, [-np.inf], np.zeros(len(parts))])
        upper = np.concatenate([upper, np.full(tail, np.inf)])
    return LinearProgram(
        cost=cost,
        offset=offset,
        matrix=sparse.vstack(blocks, format="csr"),
        row_lower=np.concatenate([low for low, _ in limits]),
        row_upper=np.concatenate([high for _, high in limits]),
        column_lower=lower,
        column_upper=upper,
        integer=_whole(master, parts, tail),
    )


def places(width: int, parts: Sequence[Part]) -> list[NDArray[np.intp]]:
    """Return for each part where its columns are in the one program."""
    found, after = [], width
    for part in parts:
        own = part.shared < 0
        at = part.shared.copy()
        at[own] = after + np.arange(int(own.sum()))
        after += int(own.sum())
        found.append(at)
    return found


def _wide(matrix: sparse.spmatrix, at: NDArray[np.intp], width: int) -> sparse.csr_matrix:
    entries = matrix.tocoo()
    return sparse.csr_matrix((entries.data, (entries.row, at[entries.col])), shape=(matrix.shape[0], width))


def _own(side: str, master: LinearProgram, parts: Sequence[Part]) -> Floats:
    return np.concatenate([getattr(master, side), *(getattr(part.program, side)[part.shared < 0] for part in parts)])


def _whole(master: LinearProgram, parts: Sequence[Part], tail: int) -> NDArray[np.bool_] | None:
    pieces = [_marked(master), *(_marked(part.program)[part.shared < 0] for part in parts), np.zeros(tail, dtype=bool)]
    whole = np.concatenate(pieces)
    return whole if whole.any() else None


def _marked(program: LinearProgram) -> NDArray[np.bool_]:
    return np.zeros(program.cost.size, dtype=bool) if program.integer is None else program.integer
