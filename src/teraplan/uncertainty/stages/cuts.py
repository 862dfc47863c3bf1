"""The master of a decomposition: the shared columns, one column for the cost of each part, and the cuts so far.

minimise  cost x + (1 - w) sum p_i theta_i + w (eta + sum p_i z_i / share)
theta_i >= constant + gradient x      for every cut of part i
      0 >= constant + gradient x      for every cut that x must obey
    z_i >= theta_i - eta, z_i >= 0    where the worst share counts
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from teraplan.errors import TeraplanError
from teraplan.model.problem import LinearProgram
from teraplan.solver_cuts import Ended, Master, Solver
from teraplan.uncertainty.stages.parts import Answer, Cut
from teraplan.uncertainty.stages.risk import Risk

Floats = NDArray[np.float64]
SHALLOW = 1e-9
"""A cut that rises less than this above what the master knew, relative, tells nothing new [1]."""


class CutMaster:
    """The master; it starts with no cut, and the costs of parts that have said nothing yet are held at 0."""

    def __init__(self, program: LinearProgram, probability: Floats, risk: Risk) -> None:
        """Hold the program with a column for each part."""
        self.width, self.count = program.cost.size, probability.size
        self._relaxed = replace(_with_parts(program, probability, risk), integer=None)
        self._integer = program.integer
        self._master = Master(self._relaxed)
        self._known, self._told = np.full(self.count, -np.inf), np.zeros(self.count, dtype=bool)
        self.cuts: list[tuple[int, Cut]] = []

    @property
    def complete(self) -> bool:
        """Whether every part has given a cut to its cost, so that the master's optimum is a bound."""
        return bool(self._told.all())

    def learn(self, answers: Sequence[Answer], trial: Floats) -> int:
        """Take in the cuts that say more about the trial than is known; return how many."""
        new = [
            (part, answer.cut)
            for part, answer in enumerate(answers)
            if answer.cut.value(trial)
            > (self._known[part] + _rounding(self._known[part]) if answer.cut.feasible else SHALLOW)
        ]
        if new:
            self._master.add(*self._rows(new))
        self._told[[part for part, cut in new if cut.feasible]] = True
        self.cuts += new
        return len(new)

    def solve(self, lower: Floats, upper: Floats) -> tuple[str, float, Floats]:
        """Return status, optimum and x with x between these; what is known of the parts is that at this x from now."""
        ended = self._master_between(lower, upper)
        if ended.status == "optimal":
            self._known = np.where(self._told, ended.value[self.width : self.width + self.count], -np.inf)
        return ended.status, ended.objective, ended.value[: self.width]

    def least(self, lower: Floats, upper: Floats) -> tuple[str, float]:
        """Return status and optimum with x between these."""
        ended = self._master_between(lower, upper)
        return ended.status, ended.objective

    def solve_whole(self, gap: float) -> tuple[str, float, Floats]:
        """Return status, bound and x of the master in whole numbers, to a relative gap."""
        assert self._integer is not None
        rows, lower, upper = self._rows(self.cuts)
        extra = np.zeros(self._relaxed.cost.size - self.width, dtype=bool)
        low, high = self._bounds(self._relaxed.column_lower[: self.width], self._relaxed.column_upper[: self.width])
        program = replace(
            self._relaxed,
            matrix=sparse.vstack([self._relaxed.matrix, rows], format="csr"),
            row_lower=np.concatenate([self._relaxed.row_lower, lower]),
            row_upper=np.concatenate([self._relaxed.row_upper, upper]),
            column_lower=low,
            column_upper=high,
            integer=np.concatenate([self._integer, extra]),
        )
        ended = Solver().solve_whole(program, gap)
        self._known[:] = -np.inf
        return ended.status, ended.bound, ended.value[: self.width]

    def _master_between(self, lower: Floats, upper: Floats) -> Ended:
        self._master.bound(*self._bounds(lower, upper))
        ended = self._master.solve()
        if ended.status not in ("optimal", "infeasible", "unbounded", "unclear"):
            raise TeraplanError(f"the master could not be solved ({ended.status})")
        return ended

    def _bounds(self, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
        low, high = self._relaxed.column_lower.copy(), self._relaxed.column_upper.copy()
        low[: self.width], high[: self.width] = lower, upper
        free = np.flatnonzero(self._told) + self.width
        low[free], high[free] = -np.inf, np.inf
        return low, high

    def _rows(self, cuts: Sequence[tuple[int, Cut]]) -> tuple[sparse.csr_matrix, Floats, Floats]:
        """Return cuts as rows: theta - gradient x >= constant, or - gradient x >= constant."""
        index = [np.append(cut.at, self.width + part) if cut.feasible else cut.at for part, cut in cuts]
        value = [np.append(-cut.gradient, 1.0) if cut.feasible else -cut.gradient for _, cut in cuts]
        start = np.concatenate([[0], np.cumsum([one.size for one in index])])
        shape = (len(cuts), self._relaxed.cost.size)
        flat = [np.concatenate(pieces) if pieces else np.zeros(0) for pieces in (value, index)]
        rows = sparse.csr_matrix((flat[0], flat[1].astype(np.int32), start.astype(np.int32)), shape=shape)
        rows.eliminate_zeros()
        return rows, np.array([cut.constant for _, cut in cuts]), np.full(len(cuts), np.inf)


def _rounding(known: float) -> float:
    return SHALLOW * max(1.0, abs(known)) if np.isfinite(known) else 0.0


def _with_parts(program: LinearProgram, probability: Floats, risk: Risk) -> LinearProgram:
    """Return the program with theta, held at 0, and with eta and z where the worst share counts."""
    count, weight = probability.size, risk.weight
    height = program.matrix.shape[0]
    held = np.zeros(count)
    extra, upper = [(1 - weight) * probability], [held]
    blocks = [[program.matrix, sparse.csr_matrix((height, count))]]
    lower = [held]
    if weight:
        extra.append(np.concatenate([[weight], weight / risk.counted(probability) * probability]))
        lower.append(np.concatenate([[-np.inf], held]))
        upper.append(np.full(1 + count, np.inf))
        unit = sparse.identity(count, format="csr")
        blocks[0].append(sparse.csr_matrix((height, 1 + count)))
        tail = sparse.hstack([sparse.csr_matrix(np.ones((count, 1))), unit])
        blocks.append([sparse.csr_matrix((count, program.cost.size)), -unit, tail])
    tails = sum(block[0].shape[0] for block in blocks[1:])
    return replace(
        program,
        cost=np.concatenate([program.cost, *extra]),
        matrix=sparse.bmat(blocks, format="csr"),
        row_lower=np.concatenate([program.row_lower, np.zeros(tails)]),
        row_upper=np.concatenate([program.row_upper, np.full(tails, np.inf)]),
        column_lower=np.concatenate([program.column_lower, *lower]),
        column_upper=np.concatenate([program.column_upper, *upper]),
    )
