"""The solver room: the only file that knows HiGHS. Matrices in, a checked answer out.

Every option that is set is checked, every status of the solver is mapped to one of ours, and nothing is an answer unless
its residuals, recomputed here from the matrices, are within tolerance. Duals have one sign for minimising and maximising:
the change of the objective per unit of the right-hand side (or of the bound, for reduced costs).

Method by size: dual simplex up to SMALL columns, interior point with crossover above. On planning programs of 2 cores
interior point was the faster from about 5,000 columns (see docs/benchmarks.md).
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from teraplan.errors import Culprit, Infeasible, LimitReached, TeraplanError, Unbounded
from teraplan.model.problem import LinearProgram, Problem

SMALL = 5_000
NAMED = 20
TOLERATED = 1e-5
STATUSES: Mapping[str, str] = {
    "kOptimal": "optimal",
    "kInfeasible": "infeasible",
    "kUnbounded": "unbounded",
    "kUnboundedOrInfeasible": "unclear",
    "kTimeLimit": "limit",
    "kIterationLimit": "limit",
    "kSolutionLimit": "limit",
    "kMemoryLimit": "limit",
    "kObjectiveBound": "limit",
    "kObjectiveTarget": "limit",
    "kInterrupt": "interrupt",
    "kHighsInterrupt": "interrupt",
    "kModelEmpty": "optimal",
    "kUnknown": "unsure",
    "kNotset": "error",
    "kLoadError": "error",
    "kModelError": "error",
    "kPresolveError": "error",
    "kSolveError": "error",
    "kPostsolveError": "error",
}
METHODS = ("auto", "simplex", "ipx", "hipo", "pdlp")


@dataclass(frozen=True)
class Options:
    """How to solve. method: auto, simplex, ipx, hipo or pdlp; tolerances absolute; limits None for none.

    progress is called about once a second with iterations and seconds so far.
    """

    method: str = "auto"
    crossover: bool = True
    feasibility: float = 1e-7
    optimality: float = 1e-7
    time_limit: float | None = None
    iteration_limit: int | None = None
    threads: int = 2
    progress: Callable[[int, float], None] | None = None


@dataclass(frozen=True)
class Solution:
    """A checked answer: status, objective, bound, gap, and value, reduced_cost, row_value, row_dual in program order.

    primal_residual and dual_residual are the largest absolute violations, recomputed from the matrices.
    """

    problem: Problem
    status: str
    objective: float
    bound: float
    gap: float
    value: NDArray[np.float64]
    reduced_cost: NDArray[np.float64]
    row_value: NDArray[np.float64]
    row_dual: NDArray[np.float64]
    seconds: float
    method: str
    crossover: bool
    iterations: int
    primal_residual: float
    dual_residual: float
    options: Options

    def record(self) -> dict[str, object]:
        """Return what run.json says of the solver."""
        return {
            "name": "HiGHS",
            "version": _fresh().version(),
            "method": self.method,
            "crossover": self.crossover,
            "iterations": self.iterations,
            "tolerances": {"feasibility": self.options.feasibility, "optimality": self.options.optimality},
            "primal_residual": self.primal_residual,
            "dual_residual": self.dual_residual,
        }


def solve(problem: Problem, options: Options | None = None) -> Solution:
    """Return the optimum of a problem.

    Raises Infeasible with the rows that would have to give way, Unbounded with what runs away, LimitReached with the best
    bound where the solver stopped early or was never sure.
    """
    options = options or Options()
    if options.method not in METHODS:
        raise TeraplanError(f"there is no method {options.method!r}: use one of {', '.join(METHODS)}")
    crossed = np.flatnonzero(problem.program.column_lower > problem.program.column_upper)
    if crossed.size:
        raise Infeasible(
            "no plan can meet the case: bounds cross", tuple(_crossed(problem, int(at)) for at in crossed[:NAMED])
        )
    method = _method(problem.program, options)
    started = time.perf_counter()
    attempts = (
        [(method, True), ("simplex", True), ("simplex", False)]
        if method != "simplex"
        else [("simplex", True), ("simplex", False)]
    )
    status, bound = "unsure", None
    for attempt, presolve in attempts:
        highs = _loaded(problem.program, options, attempt, presolve)
        status = _run(highs, options)
        if status == "optimal":
            solution = _answer(problem, highs, options, attempt, time.perf_counter() - started)
            if solution is not None:
                return solution
            status = "unsure"
        bound = _bound(highs)
        if status in ("infeasible", "unbounded", "limit", "interrupt"):
            break
    _raise(problem, options, status, bound)
    raise AssertionError("unreachable")


def _raise(problem: Problem, options: Options, status: str, bound: float | None) -> None:
    if status == "interrupt":
        raise KeyboardInterrupt
    if status in ("infeasible", "unclear"):
        culprits = _culprits(problem, options)
        if culprits:
            raise Infeasible("no plan can meet the case; the least that would have to give way:", culprits)
        status = "unbounded" if status == "unclear" else status
    if status == "infeasible":
        raise Infeasible("no plan can meet the case, though only by less than the solver's tolerance")
    if status == "unbounded":
        raise Unbounded(
            "the case gives something for nothing: the objective has no end. What runs away:",
            _runaways(problem, options),
        )
    where = "" if bound is None else f"; the best bound was {bound:.9g}"
    raise LimitReached(f"the solver stopped before it was sure of an answer ({status}){where}", bound)


def _method(program: LinearProgram, options: Options) -> str:
    if options.method != "auto":
        return options.method
    return "simplex" if program.matrix.shape[1] <= SMALL or program.integer is not None else "ipx"


def _fresh() -> "highspy.Highs":
    """Return a HiGHS without its banner, which it prints from its constructor before any option can be set."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        return highspy.Highs()
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _loaded(program: LinearProgram, options: Options, method: str, presolve: bool) -> "highspy.Highs":
    highs = _fresh()
    settings: dict[str, object] = {
        "output_flag": False,
        "threads": options.threads,
        "solver": method,
        "presolve": "on" if presolve else "off",
        "run_crossover": "on" if options.crossover else "off",
        "primal_feasibility_tolerance": options.feasibility,
        "dual_feasibility_tolerance": options.optimality,
    }
    if options.time_limit is not None:
        settings["time_limit"] = options.time_limit
    if options.iteration_limit is not None:
        settings |= {"simplex_iteration_limit": options.iteration_limit, "ipm_iteration_limit": options.iteration_limit}
    for name, value in settings.items():
        if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise TeraplanError(
                f"this HiGHS does not take {name} = {value!r}"
                + (": its extra methods are not installed" if name == "solver" else "")
            )
    if highs.passModel(_model(program)) == highspy.HighsStatus.kError:
        raise TeraplanError("HiGHS refused the program: a coefficient or bound is out of range")
    return highs


def _model(program: LinearProgram) -> "highspy.HighsLp":
    columns = program.matrix.tocsc()
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = columns.shape[1], columns.shape[0]
    model.col_cost_, model.offset_ = program.cost, program.offset
    model.col_lower_, model.col_upper_ = program.column_lower, program.column_upper
    model.row_lower_, model.row_upper_ = program.row_lower, program.row_upper
    model.sense_ = highspy.ObjSense.kMaximize if program.maximise else highspy.ObjSense.kMinimize
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = (
        columns.indptr,
        columns.indices,
        columns.data,
    )
    if program.integer is not None:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[int(whole)] for whole in program.integer]
    return model


def _run(highs: "highspy.Highs", options: Options) -> str:
    """Run in a thread, so that an interrupt reaches us at once and progress can be told; return one of our statuses."""
    failed: list[BaseException] = []

    def work() -> None:
        try:
            highs.run()
        except BaseException as error:  # noqa: BLE001  handed to the caller below
            failed.append(error)

    worker = threading.Thread(target=work, daemon=True)
    started = told = time.perf_counter()
    worker.start()
    try:
        while worker.is_alive():
            worker.join(0.05)
            if options.progress is not None and time.perf_counter() - told > 1.0:
                told = time.perf_counter()
                options.progress(_iterations(highs), told - started)
    except KeyboardInterrupt:
        highs.cancelSolve()
        worker.join(5.0)
        raise
    if failed:
        raise TeraplanError(f"HiGHS failed: {failed[0]}")
    return STATUSES[highs.getModelStatus().name]


def _answer(problem: Problem, highs: "highspy.Highs", options: Options, method: str, seconds: float) -> Solution | None:
    """Return the solution if its residuals, recomputed from the matrices, are within tolerance; None if they are not."""
    program, found, info = problem.program, highs.getSolution(), highs.getInfo()
    value = np.array(found.col_value, dtype=np.float64)
    whole = program.integer is not None
    reduced = np.zeros_like(value) if whole else np.array(found.col_dual, dtype=np.float64)
    dual = np.zeros(program.matrix.shape[0]) if whole else np.array(found.row_dual, dtype=np.float64)
    row_value = np.asarray(program.matrix @ value).ravel()
    primal = max(
        _outside(row_value, program.row_lower, program.row_upper),
        _outside(value, program.column_lower, program.column_upper),
    )
    stationary = 0.0 if whole else float(np.abs(program.cost - program.matrix.T @ dual - reduced).max(initial=0.0))
    signs = 0.0 if whole else _wrong_sign(program, row_value, dual, value, reduced)
    scale = max(1.0, float(np.abs(value).max(initial=0.0)))
    if primal > TOLERATED * scale or max(stationary, signs) > TOLERATED * max(
        1.0, float(np.abs(program.cost).max(initial=0.0))
    ):
        if method != "pdlp":
            return None
    objective = float(program.cost @ value + program.offset)
    bound = float(info.mip_dual_bound) if whole else objective
    return Solution(
        problem, "optimal", objective, bound, abs(objective - bound) / max(1.0, abs(objective)), value, reduced, row_value, dual,
        seconds, method, options.crossover and method in ("ipx", "hipo"), _iterations(highs), primal, max(stationary, signs), options,
    )  # fmt: skip


def _outside(x: NDArray[np.float64], lower: NDArray[np.float64], upper: NDArray[np.float64]) -> float:
    return float(np.maximum(np.maximum(lower - x, x - upper), 0.0).max(initial=0.0))


def _wrong_sign(
    program: LinearProgram,
    rows: NDArray[np.float64],
    dual: NDArray[np.float64],
    x: NDArray[np.float64],
    reduced: NDArray[np.float64],
) -> float:
    """The largest dual that pulls away from a bound that is not there (minimising: positive at lower, negative at upper)."""
    sign = -1.0 if program.maximise else 1.0
    worst = 0.0
    for y, lower, upper in (
        (sign * dual, program.row_lower, program.row_upper),
        (sign * reduced, program.column_lower, program.column_upper),
    ):
        up = np.where(np.isneginf(lower), np.maximum(y, 0.0), 0.0)
        down = np.where(np.isposinf(upper), np.maximum(-y, 0.0), 0.0)
        worst = max(worst, float(up.max(initial=0.0)), float(down.max(initial=0.0)))
    return worst


def _iterations(highs: "highspy.Highs") -> int:
    info = highs.getInfo()
    counts = (
        info.simplex_iteration_count,
        info.ipm_iteration_count,
        info.crossover_iteration_count,
        info.pdlp_iteration_count,
    )
    return int(sum(max(0, count) for count in counts))


def _bound(highs: "highspy.Highs") -> float | None:
    value = float(highs.getInfo().objective_function_value)
    return value if np.isfinite(value) and abs(value) < 1e100 else None


def _culprits(problem: Problem, options: Options) -> tuple[Culprit, ...]:
    """Re-solve with a slack in every row, and in every bound above zero, at a price; name those that are used."""
    program = problem.program
    height, width = program.matrix.shape
    norm = np.sqrt(np.asarray(program.matrix.multiply(program.matrix).sum(axis=1)).ravel()) + 1e-12
    floored = np.flatnonzero(program.column_lower > 0)
    unit = sparse.identity(height, format="csr")
    hold = sparse.csr_matrix((np.ones(floored.size), (np.arange(floored.size), floored)), shape=(floored.size, width))
    blocks = [[program.matrix, unit, -unit, None], [hold, None, None, sparse.identity(floored.size, format="csr")]]
    matrix = sparse.bmat(blocks if floored.size else [blocks[0][:3]], format="csr")
    slack = 2 * height + floored.size
    lower = program.column_lower.copy()
    lower[floored] = 0.0
    elastic = LinearProgram(
        cost=np.concatenate([np.zeros(width), 1 / norm, 1 / norm, np.ones(floored.size)]),
        offset=0.0,
        matrix=matrix,
        row_lower=np.concatenate([program.row_lower, program.column_lower[floored]]),
        row_upper=np.concatenate([program.row_upper, np.full(floored.size, np.inf)]),
        column_lower=np.concatenate([lower, np.zeros(slack)]),
        column_upper=np.concatenate([program.column_upper, np.full(slack, np.inf)]),
    )
    highs = _loaded(elastic, replace(options, iteration_limit=None), _method(elastic, options), True)
    if _run(highs, replace(options, progress=None)) != "optimal":
        return ()
    x = np.array(highs.getSolution().col_value)
    lack, excess, held = x[width : width + height], x[width + height : width + 2 * height], x[width + 2 * height :]
    rows = [_row_culprit(problem, int(at), float(lack[at] - excess[at])) for at in np.flatnonzero(lack + excess > 1e-6)]
    columns = [_column_culprit(problem, int(floored[at]), float(held[at])) for at in np.flatnonzero(held > 1e-6)]
    return tuple(sorted([*rows, *columns], key=lambda culprit: -abs(culprit.amount))[:NAMED])


def _row_culprit(problem: Problem, at: int, amount: float) -> Culprit:
    row = {label: text for label, text in problem.rows.row(at, named=True).items() if text is not None}
    equation = str(row.pop("equation"))
    named = ", ".join(str(text) for text in row.values())
    verb = "lacks" if amount > 0 else "has too much by"
    return Culprit(equation, row, amount, f"{equation} [{named}] {verb} {abs(amount):.6g}")


def _column_culprit(problem: Problem, at: int, amount: float) -> Culprit:
    row = _labels(problem, at)
    kept = problem.program.column_lower[at]
    sentence = (
        f"{row['variable']} [{_named(row)}] is kept at {kept:.6g} or more, and {kept - amount:.6g} is all that can be"
    )
    return Culprit(str(row["variable"]), row, amount, sentence)


def _crossed(problem: Problem, at: int) -> Culprit:
    row, program = _labels(problem, at), problem.program
    low, high = program.column_lower[at], program.column_upper[at]
    return Culprit(
        str(row["variable"]),
        row,
        low - high,
        f"{row['variable']} [{_named(row)}] must be at least {low:.6g} and at most {high:.6g}",
    )


def _runaways(problem: Problem, options: Options) -> tuple[str, ...]:
    """Re-solve in a box and name the columns that lie at its wall."""
    program = problem.program
    wall = 1e6 * max(1.0, float(np.abs(program.row_lower[np.isfinite(program.row_lower)]).max(initial=1.0)))
    boxed = replace(
        program,
        column_upper=np.minimum(program.column_upper, wall),
        column_lower=np.maximum(program.column_lower, -wall),
    )
    highs = _loaded(boxed, options, _method(program, options), True)
    if _run(highs, replace(options, progress=None)) != "optimal":
        return ()
    x = np.abs(np.array(highs.getSolution().col_value))
    out = np.flatnonzero((x > 0.99 * wall) & ~np.isfinite(program.column_upper))
    return tuple(f"{_labels(problem, int(at))['variable']} [{_named(_labels(problem, int(at)))}]" for at in out[:NAMED])


def _labels(problem: Problem, at: int) -> dict[str, object]:
    return {
        label: text
        for label, text in problem.columns.row(at, named=True).items()
        if text is not None and label != "column"
    }


def _named(row: Mapping[str, object]) -> str:
    return ", ".join(str(text) for label, text in row.items() if label != "variable")
