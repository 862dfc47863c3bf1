"""Two stages: what must be decided now, and what may wait until it is known which scenario comes.

    minimise  c x + sum over scenarios of p Q(x),   Q(x) = min {q y : rows of the scenario hold for x and y}

The core is one linear program (with whole numbers, if need be) whose columns are of the first or of the second stage; a
scenario changes some of its numbers. Two ways lead to the same answer: one large program with the second stage written
out for each scenario, or a master and one part a scenario, solved in turns (see decomposition.py).
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from teraplan.errors import ArgumentError, Fault, Unbounded, did_you_mean
from teraplan.model.problem import LinearProgram, Problem
from teraplan.solver import Options, solve
from teraplan.solver_cuts import Solver
from teraplan.uncertainty.stages.core import ScenarioChange, TwoStageCore, faults_of
from teraplan.uncertainty.stages.decomposition import Settings, decompose, relative_gap
from teraplan.uncertainty.stages.extensive import extensive, places
from teraplan.uncertainty.stages.parts import Part, cost_at
from teraplan.uncertainty.stages.splitting import split

Floats = NDArray[np.float64]
Method = Literal["auto", "extensive", "decomposition"]
LARGE = 30_000
"""Columns of the extensive form above which the parts are solved in turns, where that is left to us."""


@dataclass(frozen=True)
class TwoStageResult:
    """The answer: objective, a bound that no plan betters, their relative gap, and what is decided now.

    first_stage: values of the first-stage columns in their order. scenario_cost: what the first stage and the best
    second stage cost together in each scenario; the objective is its mean (or what the risk makes of it). method: how
    it was found; status: feasible where a limit came before the tolerance.
    """

    objective: float
    bound: float
    gap: float
    first_stage: Floats
    scenario_cost: Floats
    method: str
    status: Literal["optimal", "feasible"]


def solve_two_stage(
    core: TwoStageCore,
    scenarios: Sequence[ScenarioChange],
    tolerance: float = 1e-4,
    executor: Executor | None = None,
    method: Method = "auto",
    settings: Settings | None = None,
) -> TwoStageResult:
    """Return the first stage of least expected cost, to a relative gap of the tolerance.

    executor: where the scenarios of a decomposition are solved; none: in this process. settings: risk, limits,
    progress, checkpoints (its tolerance and executor are those given here). Raises ArgumentError with everything that
    is wrong with the input, Infeasible, Unbounded, and LimitReached where a limit came before any plan.
    """
    chosen = replace(settings or Settings(), tolerance=tolerance, executor=executor)
    faults = (*faults_of(core, scenarios), *_faults(method, chosen))
    if faults:
        raise ArgumentError("solve_two_stage", faults)
    master, parts = split(core, scenarios)
    width = master.cost.size + sum(int((part.shared < 0).sum()) for part in parts)
    whole = any(part.program.integer is not None for part in parts)
    if method == "extensive" or whole or (method == "auto" and width <= LARGE):
        return _at_once(master, parts, chosen)
    return _in_turns(master, parts, chosen)


def _faults(method: str, settings: Settings) -> Iterator[Fault]:
    if method not in get_args(Method):
        yield Fault("method", f"is {method!r}", did_you_mean(method, get_args(Method)))
    if not settings.tolerance > 0:
        yield Fault("tolerance", f"is {settings.tolerance}", "give a number above 0, such as 1e-4")
    for name in ("weight", "share"):
        value = getattr(settings.risk, name)
        if not 0 <= value <= 1:
            yield Fault(f"settings.risk.{name}", f"is {value}", "give a number from 0 to 1")


def _at_once(master: LinearProgram, parts: Sequence[Part], settings: Settings) -> TwoStageResult:
    """Solve the extensive form, then each scenario at what it decides now, which is what that costs."""
    program = extensive(master, parts, settings.risk)
    options = Options(whole_gap=settings.tolerance / 2, time_limit=settings.seconds)
    found = solve(_named(program, master, parts), options)
    value = found.value[: master.cost.size]
    cost = np.array([cost_at(part, value) for part in parts])
    as_found = [
        part.program.cost @ found.value[at] + part.program.offset
        for part, at in zip(parts, places(master.cost.size, parts), strict=True)
    ]
    # A first stage at the edge of what a scenario allows may miss it by rounding; then its plan is the one found.
    cost = np.where(np.isposinf(cost), as_found, cost)
    return _result(master, parts, settings, (value, cost, found.bound), "extensive")


def _in_turns(master: LinearProgram, parts: Sequence[Part], settings: Settings) -> TwoStageResult:
    start = _middle(master, parts) if settings.start is None else settings.start
    try:
        found = decompose(master, parts, replace(settings, start=start))
    except Unbounded:
        if settings.risk.weight < 1:
            raise
        # Where only the worst share counts, a gain without end may lie outside of it; cuts cannot tell.
        return _at_once(master, parts, settings)
    cost = [
        one if part.probability > 0 else cost_at(part, found.value) for part, one in zip(parts, found.cost, strict=True)
    ]
    return _result(master, parts, settings, (found.value, np.array(cost), found.bound), "decomposition")


def _middle(master: LinearProgram, parts: Sequence[Part]) -> Floats | None:
    """Return the best first stage if only the mean of all scenarios could come; None if there is none."""
    chances = np.array([part.probability for part in parts])
    programs = [part.program for part in parts]
    entries = chances @ np.array([program.matrix.data for program in programs])
    one = programs[0]
    cost, row_lower, row_upper, column_lower, column_upper = (
        _mean([getattr(program, name) for program in programs], chances)
        for name in ("cost", "row_lower", "row_upper", "column_lower", "column_upper")
    )
    matrix = sparse.csr_matrix((entries, one.matrix.indices, one.matrix.indptr), shape=one.matrix.shape)
    mean = LinearProgram(cost, 0.0, matrix, row_lower, row_upper, column_lower, column_upper)
    whole = extensive(master, [replace(parts[0], program=mean, probability=1.0)])
    ended = Solver().solve(replace(whole, integer=None), presolve=True)
    return ended.value[: master.cost.size] if ended.status == "optimal" else None


def _mean(numbers: Sequence[Floats], chances: Floats) -> Floats:
    """Return the mean of numbers that are finite in all scenarios, and else those of the first."""
    table = np.array(numbers)
    return np.where(np.isfinite(table).all(axis=0), chances @ np.where(np.isfinite(table), table, 0.0), table[0])


def _result(
    master: LinearProgram,
    parts: Sequence[Part],
    settings: Settings,
    found: tuple[Floats, Floats, float],
    method: str,
) -> TwoStageResult:
    value, cost, bound = found
    now = float(master.cost @ value + master.offset)
    objective = now + settings.risk.measure(cost, np.array([part.probability for part in parts]))
    gap = relative_gap(objective, bound)
    status: Literal["optimal", "feasible"] = "optimal" if gap <= settings.tolerance else "feasible"
    return TwoStageResult(objective, bound, gap, value, now + cost, method, status)


def _named(program: LinearProgram, master: LinearProgram, parts: Sequence[Part]) -> Problem:
    """Return the extensive form with names: stage, scenario and number of every column and row."""
    own = [int((part.shared < 0).sum()) for part in parts]
    columns = _names(("first_stage", "second_stage", "risk"), [master.cost.size, *own], program.cost.size)
    heights = [master.matrix.shape[0], *(part.program.matrix.shape[0] for part in parts)]
    rows = _names(("first_stage", "second_stage", "risk"), heights, program.matrix.shape[0])
    return Problem(
        program,
        columns.rename({"kind": "variable"}),
        rows.rename({"kind": "equation"}),
        pl.DataFrame(),
    )


def _names(kinds: tuple[str, str, str], sizes: list[int], total: int) -> pl.DataFrame:
    counted = [*sizes, total - sum(sizes)]
    kind = np.repeat([kinds[0], *[kinds[1]] * (len(sizes) - 1), kinds[2]], counted)
    scenario = np.repeat(np.arange(len(counted)) - 1, counted)
    number = np.concatenate([np.arange(size) for size in counted])
    return pl.DataFrame({"kind": kind, "scenario": scenario, "number": number})
