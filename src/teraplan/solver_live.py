"""A program that is solved again and again: its numbers change, its rows and columns do not, the basis is kept.

A warm solve has two stages. The basis is optimal for the costs that it was found with: under these, dual simplex takes
in the new bounds, limits and coefficients; then primal simplex takes in the new costs. After 5 % noise on costs and
demands that needed less than half the time of dual simplex on everything at once (docs/benchmarks.md). Devex weights,
because they need no set-up; no scaling and no perturbation in the second stage, which starts so near to its end that
both only lengthen the way. Every solve starts from the basis that was last set, by the first solve or by `set_basis`,
and forgets what came after: an answer depends on its own program alone, not on those that were solved before it. So the
program is handed over whole each time, in arrays (a fiftieth of the time of a solve): HiGHS keeps scale factors of a
program that is changed in place, and with them the last bits of what was solved before. An answer is held to the same
conditions as a cold one.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import highspy
import numpy as np
from numpy.typing import NDArray

from teraplan.errors import TeraplanError
from teraplan.highs import handed_over
from teraplan.model.problem import LinearProgram, Problem
from teraplan.solver import Options, Solution, answer, check, explain, run, solve_cold

Basis = highspy.HighsBasis
Floats = NDArray[np.float64]
SIMPLEX: Mapping[str, str | int | float] = {
    "solver": "simplex",
    "presolve": "off",
    "simplex_dual_edge_weight_strategy": 1,
    "primal_simplex_bound_perturbation_multiplier": 0.0,
}
"""Options of HiGHS for every warm solve."""
DUAL: Mapping[str, int] = {"simplex_strategy": 1, "simplex_scale_strategy": 2}
PRIMAL: Mapping[str, int] = {"simplex_strategy": 4, "simplex_scale_strategy": 0}
"""Options of its two stages."""


@dataclass(frozen=True)
class Change:
    """How many numbers of a program differ from those held, and by how much.

    size: root mean square of the relative differences, each counted as at most 1 [1].
    """

    costs: int
    bounds: int
    limits: int
    coefficients: int
    size: float


class LiveProgram:
    """A program without whole numbers, held in HiGHS, with the basis that its solves start from.

    problem: the one that is held. first: the optimum that it was made with, found cold.
    """

    def __init__(self, problem: Problem, options: Options | None = None) -> None:
        """Solve the problem cold and hold it; raises what `solver.solve` does."""
        self.options = options or Options()
        self.first, self._highs = solve_cold(problem, self.options, once=False)
        self.problem = problem
        self._basis: Basis = self._highs.getBasis()
        self._basis_cost = problem.program.cost
        _set(self._highs, SIMPLEX)

    def close(self) -> None:
        """Free the memory that HiGHS holds; the program cannot be solved after that."""
        self._highs.clear()

    def get_basis(self) -> Basis:
        """Return the basis at which the last solve ended."""
        return self._highs.getBasis()

    def set_basis(self, basis: Basis) -> None:
        """Let the solves that follow start from a basis, best one that was optimal for the costs that are held now."""
        _accepted(self._highs.setBasis(basis), "the basis")
        self._basis, self._basis_cost = basis, self.problem.program.cost

    def change(self, problem: Problem) -> Change | None:
        """Hold another problem and return which numbers differ.

        None, and nothing is changed, where its columns or rows are not those held.
        """
        if not _same_structure(self.problem, problem):
            return None
        old, new = self.problem.program, problem.program
        self.problem = problem
        return difference(old, new)

    def solve(self, seconds: float | None = None, iterations: int | None = None) -> Solution | None:
        """Return the optimum of the problem that is held, from the basis that is set.

        None where that takes more than these seconds, more than these iterations in a stage (none: those that the
        options allow), or where what was found cannot be shown to be an optimum. Raises Infeasible and Unbounded as
        `solver.solve` does.
        """
        check(self.problem, self.options)
        started = time.perf_counter()
        given = [limit for limit in (seconds, self.options.time_limit) if limit is not None]
        # HiGHS counts its seconds from the first solve on.
        most = self._highs.getRunTime() + min(given) if given else float("inf")
        _accepted(self._highs.setOptionValue("time_limit", most), "time_limit")
        longest = iterations if iterations is not None else self.options.iteration_limit
        if longest is not None:
            _accepted(self._highs.setOptionValue("simplex_iteration_limit", longest), "simplex_iteration_limit")
        claim, needed = self._stages()
        if claim == "interrupt":
            raise KeyboardInterrupt
        if claim != "optimal":
            explain(self.problem, self.options, claim)
            return None
        found = answer(self.problem, self._highs, self.options, "simplex", time.perf_counter() - started)
        return None if found is None else replace(found, iterations=needed)

    def solve_anew(self) -> Solution:
        """Return the optimum of the problem that is held, found cold; raises what `solver.solve` does."""
        solution, highs = solve_cold(self.problem, self.options, once=False)
        _accepted(self._highs.setBasis(highs.getBasis()), "the basis")
        return solution

    def _stages(self) -> tuple[str, int]:
        """Run dual simplex on what is not costs, then primal simplex on the costs; return a status and iterations."""
        highs, quiet, program = self._highs, replace(self.options, progress=None), self.problem.program
        if not handed_over(highs, replace(program, cost=self._basis_cost)):
            raise TeraplanError("HiGHS refused the program: a coefficient or bound is out of range")
        _accepted(highs.setBasis(self._basis), "the basis")
        other = np.flatnonzero(program.cost != self._basis_cost).astype(np.int32)
        _set(highs, DUAL)
        claim = run(highs, quiet)
        iterations = int(highs.getInfo().simplex_iteration_count)
        _accepted(highs.changeColsCost(other.size, other, program.cost[other]), "costs")
        if claim != "optimal" or not other.size:
            return claim, iterations
        _set(highs, PRIMAL)
        claim = run(highs, quiet)
        return claim, iterations + int(highs.getInfo().simplex_iteration_count)


def _same_structure(held: Problem, other: Problem) -> bool:
    """Whether rows and columns mean the same, one by one, none is whole, and the direction is the same."""
    one, two = held.program, other.program
    whole = one.integer is not None or two.integer is not None
    named = all(
        a is b or (a.shape == b.shape and a.columns == b.columns and a.equals(b))
        for a, b in ((held.columns, other.columns), (held.rows, other.rows))
    )
    return not whole and named and one.maximise == two.maximise and one.matrix.shape == two.matrix.shape


def difference(old: LinearProgram, new: LinearProgram) -> Change:
    """Return how far one program is from another of the same columns and rows."""
    differ = _differing(old, new)
    at = differ.coefficients
    count = at.size if at is not None else int((old.matrix != new.matrix).nnz)
    return Change(differ.costs.size, differ.bounds.size, differ.limits.size, count, _size(old, new))


@dataclass(frozen=True)
class _Differing:
    """Which columns, rows and entries of the matrix differ; coefficients None: one appears or disappears."""

    costs: NDArray[np.intp]
    bounds: NDArray[np.intp]
    limits: NDArray[np.intp]
    coefficients: NDArray[np.intp] | None


def _differing(old: LinearProgram, new: LinearProgram) -> _Differing:
    a, b, entries = old.matrix, new.matrix, None
    if a is b:
        entries = np.zeros(0, dtype=np.intp)
    elif np.array_equal(a.indptr, b.indptr) and np.array_equal(a.indices, b.indices):
        entries = np.flatnonzero(a.data != b.data)
    return _Differing(
        costs=np.flatnonzero(old.cost != new.cost),
        bounds=np.flatnonzero((old.column_lower != new.column_lower) | (old.column_upper != new.column_upper)),
        limits=np.flatnonzero((old.row_lower != new.row_lower) | (old.row_upper != new.row_upper)),
        coefficients=entries,
    )


def _size(old: LinearProgram, new: LinearProgram) -> float:
    """Root mean square of the relative differences of what differs; 0 where nothing does."""
    pairs = [
        (getattr(old, name), getattr(new, name))
        for name in ("cost", "column_lower", "column_upper", "row_lower", "row_upper")
    ]
    if old.matrix.data.size == new.matrix.data.size:
        pairs.append((old.matrix.data, new.matrix.data))
    moved = [_relative(a[differ], b[differ]) for a, b in pairs if (differ := a != b).any()]
    return float(np.sqrt(np.mean(np.square(np.concatenate(moved))))) if moved else 0.0


def _relative(a: Floats, b: Floats) -> Floats:
    largest = np.maximum(np.abs(a), np.abs(b))
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(np.minimum(np.abs(a - b) / largest, 1.0), nan=1.0)


def _set(highs: "highspy.Highs", options: Mapping[str, str | int | float]) -> None:
    for name, value in options.items():
        _accepted(highs.setOptionValue(name, value), name)


def _accepted(status: "highspy.HighsStatus", what: str) -> None:
    if status == highspy.HighsStatus.kError:
        raise TeraplanError(f"HiGHS refused a change of {what}")
