"""Parts of a decomposed program: what each costs at a trial of the shared columns, and the cut that it sends back.

A part is a linear program of its own, some of whose columns are the master's. At a trial these are held, the rest is
solved from the basis where the part ended last. The cut is recomputed from the duals and the bounds of the part's own
columns; so it is valid for any duals, the solver's word is not taken for it:

    cost(x) >= y b(y) + sum over own columns of min(d z: lower <= z <= upper) + d_shared x,   d = cost - y A

with b(y) the limits that the duals pull at [1]. For a part without a solution the same with no costs, y a ray, and 0 on
the left is what every trial must satisfy. Duals that are no good for that are found again, at the last by a program
that lets rows give way at a price.

[1] Geoffrion 1972, Journal of Optimization Theory and Applications 10(4), 237-260; Neumaier and Shcherbina 2004,
Mathematical Programming 99, 283-296, for bounds that hold in spite of rounding.
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from teraplan.errors import TeraplanError, Unbounded
from teraplan.executor import run_cases
from teraplan.model.optimality import primal_residual
from teraplan.model.problem import LinearProgram
from teraplan.solver_cuts import Basis, Ended, Solver

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]
ROUNDING = 1e-9
"""A reduced cost below this share of its cost (or of 1) is rounding [1]."""
SLIGHT = 1e-6
"""A reduced cost up to this share of its cost (or of 1) may pull at a bound that is not there: rounding of duals."""
REACH = 10.0
"""Such a column is taken to stay within this many times where it is, or of 1 [1]."""
SHOWN = 1e-8
"""By how much a trial must break a rule, relative, for that to be no rounding: ten times the master's tolerance [1]."""
TOLERATED = 1e-6
"""Largest violation of a row that is let through, relative to the amounts in it [1]."""
NEAR = 1e-7
"""How far, relative to its cost, the cut of a part may lie below the part at the trial before it is found again [1]."""
WHOLE_GAP = 1e-7
"""To which relative gap a part in whole numbers is solved."""
CHUNKS = 32
"""Into how many tasks the parts are put: several a worker, so that all end at about the same time."""


@dataclass(frozen=True)
class Part:
    """A program that shares columns with a master, and how likely it is.

    shared: for each column of the program the column of the master that it is, or -1 for a column of its own. The
    bounds of a shared column are the master's; its cost in the program is added to what it costs in the master.
    Minimised. A part may be a whole tree of later stages, with its own chances inside.
    """

    program: LinearProgram
    shared: Integers
    probability: float


@dataclass(frozen=True)
class Cut:
    """constant + gradient x[at] is at most the part's cost; where not feasible, x must keep it at most 0."""

    feasible: bool
    at: Integers
    gradient: Floats
    constant: float

    def value(self, x: Floats) -> float:
        """Return its left side at a trial."""
        return self.constant + float(self.gradient @ x[self.at])


@dataclass(frozen=True)
class Answer:
    """What a part says to a trial: its cut, its cost (infinite if it has no solution), where it ended, and values."""

    cut: Cut
    cost: float
    basis: Basis | None
    iterations: int
    value: Floats | None = None


def ask(
    parts: Sequence[Part],
    trial: Floats,
    bases: Sequence[Basis | None],
    executor: Executor | None = None,
    values: bool = False,
) -> list[Answer]:
    """Return what every part says to a trial of the master's columns, each started from its own basis.

    An answer depends on its part, the trial and the basis alone: executor and number of workers change nothing.
    values: whether answers carry the values of the part's columns. Raises Unbounded where a part has no end.
    """
    given = [(part, trial[part.shared[part.shared >= 0]], basis) for part, basis in zip(parts, bases, strict=True)]
    work = partial(_ask_some, values)
    if executor is None:
        return work(given)
    size = max(1, -(-len(given) // CHUNKS))
    chunks = {str(at): given[at : at + size] for at in range(0, len(given), size)}
    done = run_cases(work, chunks, executor)
    for failure in done.failures.values():
        raise (Unbounded if failure.kind == "Unbounded" else TeraplanError)(failure.message)
    return [answer for name in chunks for answer in done.results[name]]


def cost_at(part: Part, trial: Floats) -> float:
    """Return what a part costs at a trial of the master's columns, whole numbers and all.

    Infinite where the trial does not suit it; minus infinite where its cost has no end, which only a part that cannot
    come may have in a plan that is an answer.
    """
    certain, held = replace(part, probability=1.0), trial[part.shared[part.shared >= 0]]
    if part.program.integer is None:
        try:
            return _ask_one(Solver(), certain, held, None).cost
        except Unbounded:
            return float("-inf")
    ended = Solver().solve_whole(_held(part, held), WHOLE_GAP)
    return ended.objective if ended.status == "optimal" else float("inf")


def _ask_some(values: bool, given: Sequence[tuple[Part, Floats, Basis | None]]) -> list[Answer]:
    solver = Solver()
    answers = [_ask_one(solver, part, held, basis) for part, held, basis in given]
    return answers if values else [replace(answer, value=None) for answer in answers]


def _ask_one(solver: Solver, part: Part, held: Floats, basis: Basis | None) -> Answer:
    """Solve a part at a trial; try again without the basis, then with presolve, where the answer cannot be shown."""
    cost = part.program.cost if part.probability > 0 else np.zeros_like(part.program.cost)
    program = replace(_held(part, held), cost=cost, integer=None)
    for start, presolve in ((basis, basis is None), (None, True), (None, False)):
        ended = solver.solve(program, start, presolve)
        if ended.status == "optimal":
            answer = _costed(part, program, held, ended)
        elif ended.status == "infeasible":
            answer = _ruled_out(part, program, held, ended)
        else:
            answer = None
        if answer is not None:
            return answer
    return _given_way(solver, part, program, held)


def _held(part: Part, held: Floats) -> LinearProgram:
    """Return the program of a part with its shared columns held."""
    shared = part.shared >= 0
    lower, upper = part.program.column_lower.copy(), part.program.column_upper.copy()
    lower[shared] = upper[shared] = held
    return replace(part.program, column_lower=lower, column_upper=upper)


def _costed(part: Part, program: LinearProgram, held: Floats, ended: Ended) -> Answer | None:
    """Return the answer of a part that has a solution; None if that, or its duals, do not hold."""
    cut = cut_from(part, program, ended.dual, ended.value)
    if cut is None or primal_residual(program, ended.value).relative > TOLERATED:
        return None
    cost = float(program.cost @ ended.value + program.offset)
    if cost - (cut.constant + float(cut.gradient @ held)) > NEAR * max(1.0, abs(cost)):
        return None
    return Answer(cut, cost, ended.basis, ended.iterations, ended.value)


def _ruled_out(part: Part, program: LinearProgram, held: Floats, ended: Ended) -> Answer | None:
    """Return the answer of a part that has no solution; None if its ray does not show that."""
    free = replace(program, cost=np.zeros_like(program.cost), offset=0.0)
    for ray in (ended.dual, -ended.dual) if ended.dual.size and np.isfinite(ended.dual).all() else ():
        cut = cut_from(part, free, ray / max(1e-300, float(np.abs(ray).max())), None)
        if cut is None:
            continue
        rule = _rule(cut)
        if rule.constant + float(rule.gradient @ held) > SHOWN * max(1.0, abs(rule.constant)):
            return Answer(rule, float("inf"), ended.basis, ended.iterations)
    return None


def _rule(cut: Cut) -> Cut:
    """Return a cut as what a trial must obey, its largest coefficient 1."""
    size = max(float(np.abs(cut.gradient).max(initial=0.0)), 1e-12)
    return Cut(False, cut.at, cut.gradient / size, cut.constant / size)


def _given_way(solver: Solver, part: Part, program: LinearProgram, held: Floats) -> Answer:
    """Return the answer of a part that the solver is not sure of.

    Rows may first give way at a price: if any must, the least that they must is the cut. If none must, or by less than
    is tolerated, the part is solved with its rows moved by that much.
    """
    height, width = program.matrix.shape
    unit, none = sparse.identity(height, format="csr"), np.zeros(2 * height)
    loose = LinearProgram(
        cost=np.concatenate([np.zeros(width), none + 1.0]),
        offset=0.0,
        matrix=sparse.hstack([program.matrix, unit, -unit], format="csr"),
        row_lower=program.row_lower,
        row_upper=program.row_upper,
        column_lower=np.concatenate([program.column_lower, none]),
        column_upper=np.concatenate([program.column_upper, none + np.inf]),
    )
    ended = solver.solve(loose, presolve=True)
    if ended.status != "optimal":
        raise TeraplanError(f"a part could not be solved at a trial ({ended.status})")
    value = ended.value[:width]
    if primal_residual(program, value).relative > TOLERATED:
        whole = replace(part, shared=np.concatenate([part.shared, np.full(2 * height, -1)]))
        found = _costed(whole, loose, held, ended)
        if found is None:
            raise TeraplanError("what rules a trial out could not be shown")
        return Answer(_rule(found.cut), float("inf"), None, ended.iterations)
    return _moved(solver, part, program, np.asarray(program.matrix @ value).ravel())


def _moved(solver: Solver, part: Part, program: LinearProgram, rows: Floats) -> Answer:
    """Return the answer of a part whose limits are moved to these values of its rows where they lie outside."""
    lower, upper = np.minimum(program.row_lower, rows), np.maximum(program.row_upper, rows)
    ended = solver.solve(replace(program, row_lower=lower, row_upper=upper), presolve=True)
    if ended.status in ("unbounded", "unclear"):
        raise Unbounded(
            "the cost of a second stage has no end: some of its columns can be had without limit, at a gain"
        )
    cut = cut_from(part, program, ended.dual, ended.value) if ended.status == "optimal" else None
    if cut is None:
        raise TeraplanError(f"a part could not be solved at a trial ({ended.status})")
    return Answer(cut, float(program.cost @ ended.value + program.offset), ended.basis, ended.iterations, ended.value)


def cut_from(part: Part, program: LinearProgram, dual: Floats, value: Floats | None) -> Cut | None:
    """Return the cut that these duals give; None if they pull at bounds that are not there.

    value: where the columns are, which says how much a slight pull at no bound may take off; none: not even that.
    """
    pulled = np.where(dual > 0, program.row_lower, program.row_upper)
    y = np.where(np.isfinite(pulled), dual, 0.0)
    reduced = program.cost - program.matrix.T @ y
    own = part.shared < 0
    d, size = reduced[own], np.maximum(1.0, np.abs(program.cost[own]))
    bound = np.where(d > 0, program.column_lower[own], program.column_upper[own])
    nowhere = ~np.isfinite(bound) & (np.abs(d) > ROUNDING * size)
    lost = 0.0
    if nowhere.any():
        if value is None or (np.abs(d[nowhere]) > SLIGHT * size[nowhere]).any():
            return None
        lost = float(np.abs(d[nowhere]) @ (REACH * np.maximum(1.0, np.abs(value[own][nowhere]))))
    constant = float(y @ np.where(y != 0, pulled, 0.0)) + float(d @ np.where(np.isfinite(bound), bound, 0.0))
    return Cut(True, part.shared[~own], reduced[~own], constant + program.offset - lost)
