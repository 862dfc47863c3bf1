"""The solver room: matrices in, a checked answer out. HiGHS is known here, in `highs`, `solver_live` and `mps` alone.

Every option that is set is checked, every status of the solver is mapped to one of ours, and nothing is an answer
unless it satisfies the conditions of an optimum when they are recomputed from the matrices. Duals have one sign for
minimising and maximising: the change of the objective per unit of the right-hand side (or of the bound, for reduced
costs).

Method by size: dual simplex up to SMALL columns, interior point with crossover above. On planning programs of 2 cores
interior point was the faster from about 5,000 columns (see docs/benchmarks.md); it is given a matrix in which repeated
sums are stated once (see model/repeated.py). What a method claims and cannot show is solved again by simplex, with and
without presolve.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import highspy
import numpy as np
from numpy.typing import NDArray

from teraplan.errors import Infeasible, LimitReached, TeraplanError, Unbounded
from teraplan.highs import SMALLEST, STATUSES, fresh, handed_over
from teraplan.model.elastic import boxed, crossing, culprits, elastic, not_numbers, runaways
from teraplan.model.optimality import dual_objective, dual_residual, lagrangian_bound, primal_residual
from teraplan.model.problem import LinearProgram, Problem
from teraplan.model.repeated import stated_once

SMALL = 5_000
TOLERATED = 1e-6
"""Largest violation of a condition of the optimum that is let through, relative to its row or column [1]."""
INTERIOR = ("ipx", "hipo")
"""Methods that factorise the matrix, and take a tenth to a fifth less time where repeated sums are stated once."""
METHODS = ("auto", "simplex", "ipx", "hipo", "pdlp")


@dataclass(frozen=True)
class Options:
    """How to solve. method: auto, simplex, ipx, hipo or pdlp; tolerances absolute; limits None for none.

    whole: how far from a whole number counts as one; whole_gap: relative distance to the bound at which the search for
    whole numbers ends.

    time_limit [s] is for finding the answer, iteration_limit for each attempt at it. progress is called about once a
    second with iterations (of simplex; interior point does not tell) and seconds so far.
    """

    method: str = "auto"
    crossover: bool = True
    feasibility: float = 1e-7
    optimality: float = 1e-7
    whole: float = 1e-9
    whole_gap: float = 1e-7
    time_limit: float | None = None
    iteration_limit: int | None = None
    threads: int = 2
    progress: Callable[[int, float], None] | None = None


@dataclass(frozen=True)
class Solution:
    """A checked answer: status, objective, bound, gap, and value, reduced_cost, row_value, row_dual in program order.

    bound is the dual objective, recomputed; gap the relative distance to it. primal_residual and dual_residual are the
    largest absolute violations, recomputed from the matrices. For a program with whole numbers the duals are those at
    the whole numbers found, bound and gap are the search's, and relaxation is the objective without whole numbers.
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
    relaxation: float | None = None

    def record(self) -> dict[str, object]:
        """Return what run.json says of the solver."""
        version = (highspy.HIGHS_VERSION_MAJOR, highspy.HIGHS_VERSION_MINOR, highspy.HIGHS_VERSION_PATCH)
        return {
            "name": "HiGHS",
            "version": ".".join(str(part) for part in version),
            "method": self.method,
            "crossover": self.crossover,
            "iterations": self.iterations,
            "tolerances": {"feasibility": self.options.feasibility, "optimality": self.options.optimality},
            "primal_residual": self.primal_residual,
            "dual_residual": self.dual_residual,
            **(
                {}
                if self.relaxation is None
                else {"relaxation": self.relaxation, "relaxation_gap": _gap(self.objective, self.relaxation)}
            ),
        }


def solve(problem: Problem, options: Options | None = None) -> Solution:
    """Return the optimum of a problem.

    A problem with whole numbers is solved three times: without them (which tells what they cost, and explains what
    cannot be met), with them, and with them held where they were found, for duals. Raises Infeasible with the rows that
    would have to give way, Unbounded with what runs away, LimitReached with the best bound where the solver stopped
    early or was never sure.
    """
    options = options or Options()
    if problem.program.integer is None:
        return solve_cold(problem, options)[0]
    check(problem, options)
    return _in_whole_numbers(problem, options)


def check(problem: Problem, options: Options) -> None:
    """Raise what can be said before solving: no such method, something that is no number, or bounds that cross."""
    _readable(problem, options)
    crossed = crossing(problem)
    if crossed:
        raise Infeasible("no plan can meet the case: bounds cross", crossed)


def solve_cold(problem: Problem, options: Options, once: bool = True) -> "tuple[Solution, highspy.Highs]":
    """Return the optimum of a problem without whole numbers, and the HiGHS that holds it; raises what `solve` does.

    once: whether repeated sums may be stated once, which leaves rows and columns in HiGHS that the problem has not.
    Never where a target is sought: crossover lost its way where a plan is held to the largest amount.
    """
    check(problem, options)
    started, claims, bound = time.perf_counter(), [], None
    for method, presolve in _attempts(_method(problem.program, options)):
        whole = not once or problem.target is not None or method not in INTERIOR
        program = problem.program if whole else stated_once(problem)
        highs = loaded(program, _remaining(options, started), method, presolve)
        claims.append(run(highs, options))
        if claims[-1] == "optimal":
            solution = answer(problem, highs, options, method, time.perf_counter() - started)
            if solution is not None:
                return solution, highs
            claims[-1] = "unsure"
        bound = _bound(problem.program, highs)
        if claims[-1] in ("limit", "interrupt"):
            break
        explain(problem, options, claims[-1])
    _unanswered(problem, claims, bound)
    raise AssertionError("unreachable")


def _in_whole_numbers(problem: Problem, options: Options) -> Solution:
    started, program = time.perf_counter(), problem.program
    relaxed = solve(replace(problem, program=replace(program, integer=None)), options)
    highs = loaded(program, _remaining(options, started), "choose", True)
    claim = run(highs, options)
    info = highs.getInfo()
    if claim != "optimal":
        _unanswered(problem, [claim], float(info.mip_dual_bound) if np.isfinite(info.mip_dual_bound) else None)
    assert program.integer is not None
    value = _column_values(highs)
    lower, upper = (
        np.where(program.integer, np.round(value), side) for side in (program.column_lower, program.column_upper)
    )
    held = replace(program, integer=None, column_lower=lower, column_upper=upper)
    found = solve(replace(problem, program=held), _remaining(options, started))
    bound = float(info.mip_dual_bound)
    return replace(
        found,
        problem=problem,
        bound=bound,
        gap=_gap(found.objective, bound),
        seconds=time.perf_counter() - started,
        method="branch and bound",
        iterations=int(info.mip_node_count),
        relaxation=relaxed.objective,
    )


def _readable(problem: Problem, options: Options) -> None:
    """Say which method is not there, or which row or column has something that is not a number."""
    if options.method not in METHODS:
        raise TeraplanError(f"there is no method {options.method!r}: use one of {', '.join(METHODS)}")
    for wrong in not_numbers(problem):
        raise TeraplanError(f"{wrong}, which no solver can take")


def _attempts(method: str) -> tuple[tuple[str, bool], ...]:
    """Which methods are tried in turn, with or without presolve."""
    simplex = (("simplex", True), ("simplex", False))
    return simplex if method == "simplex" else ((method, True), *simplex)


def explain(problem: Problem, options: Options, claim: str) -> None:
    """Raise what a claim says, once it is shown: rows that must give way, or columns that run away.

    A claim that is shown to be wrong raises nothing, so that another method is asked.
    """
    if claim in ("infeasible", "unclear"):
        value = _diagnosed(elastic(problem.program), options)
        found = () if value is None else culprits(problem, value)
        if found:
            raise Infeasible("no plan can meet the case; the least that would have to give way:", found)
        if value is None and claim == "infeasible":
            raise Infeasible("no plan can meet the case; which rows would have to give way could not be found")
    if claim in ("unbounded", "unclear"):
        value = _diagnosed(boxed(problem.program), options)
        out = () if value is None else runaways(problem, value)
        if out:
            raise Unbounded("the case gives something for nothing: the objective has no end. What runs away:", out)
        if value is None and claim == "unbounded":
            raise Unbounded("the objective has no end; what runs away could not be found")


def _unanswered(problem: Problem, claims: list[str], bound: float | None) -> None:
    if claims[-1] == "interrupt":
        raise KeyboardInterrupt
    if set(claims) == {"infeasible"}:
        whole = problem.program.integer is not None
        only = "in whole numbers" if whole else "though only by less than the solver's tolerance"
        raise Infeasible(f"no plan can meet the case, {only}")
    where = "" if bound is None else f"; the best bound was {bound:.9g}"
    raise LimitReached(f"the solver stopped before it was sure of an answer ({claims[-1]}){where}", bound)


def _method(program: LinearProgram, options: Options) -> str:
    if options.method != "auto":
        return options.method
    return "simplex" if program.matrix.shape[1] <= SMALL else "ipx"


def _remaining(options: Options, started: float) -> Options:
    if options.time_limit is None:
        return options
    return replace(options, time_limit=max(0.0, options.time_limit - (time.perf_counter() - started)))


def _diagnosed(program: LinearProgram, options: Options) -> NDArray[np.float64] | None:
    """Return the optimum of a program that explains another, or None where there is none within the time limit."""
    unwatched = replace(options, progress=None, iteration_limit=None, crossover=True)
    highs = loaded(program, unwatched, _method(program, replace(options, method="auto")), True)
    return _column_values(highs) if run(highs, unwatched) == "optimal" else None


def loaded(program: LinearProgram, options: Options, method: str, presolve: bool) -> "highspy.Highs":
    """Return a HiGHS that holds the program and takes the options; TeraplanError where it refuses one of them."""
    highs = fresh()
    settings: dict[str, bool | int | float | str] = {
        "output_flag": False,
        "threads": options.threads,
        "solver": method,
        "presolve": "on" if presolve else "off",
        "run_crossover": "on" if options.crossover else "off",
        "primal_feasibility_tolerance": options.feasibility,
        "dual_feasibility_tolerance": options.optimality,
        "pdlp_optimality_tolerance": options.optimality,
        "small_matrix_value": SMALLEST,
        "mip_rel_gap": options.whole_gap,
        "mip_feasibility_tolerance": options.whole,
    }
    if options.time_limit is not None:
        settings["time_limit"] = options.time_limit
    if options.iteration_limit is not None:
        settings |= dict.fromkeys(
            ("simplex_iteration_limit", "ipm_iteration_limit", "pdlp_iteration_limit"), options.iteration_limit
        )
    for name, value in settings.items():
        if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise TeraplanError(
                f"this HiGHS does not take {name} = {value!r}"
                + (": its extra methods are not installed" if name == "solver" else "")
            )
    if not handed_over(highs, program):
        raise TeraplanError("HiGHS refused the program: a coefficient or bound is out of range")
    return highs


def run(highs: "highspy.Highs", options: Options) -> str:
    """Run in a thread, so that an interrupt reaches us at once and progress can be told; return one of our statuses."""
    failed: list[BaseException] = []

    def work() -> None:
        try:
            highs.run()
        except BaseException as error:  # noqa: BLE001  handed to the caller below
            failed.append(error)

    highs.HandleUserInterrupt = True
    counted = _counter(highs) if options.progress is not None else [0]
    worker = threading.Thread(target=work, daemon=True)
    started = told = time.perf_counter()
    worker.start()
    try:
        while worker.is_alive():
            worker.join(0.05)
            if options.progress is not None and time.perf_counter() - told > 1.0:
                told = time.perf_counter()
                options.progress(counted[0], told - started)
    except BaseException:
        highs.cancelSolve()  # type: ignore[no-untyped-call]
        worker.join(5.0)
        raise
    if failed:
        raise TeraplanError(f"HiGHS failed: {failed[0]}")
    return STATUSES[highs.getModelStatus().name]


def _counter(highs: "highspy.Highs") -> list[int]:
    """Return a cell that holds the simplex iterations so far while HiGHS runs; its interior point tells none."""
    cell = [0]

    def count(event: object) -> None:
        cell[0] = max(0, event.data_out.simplex_iteration_count)  # type: ignore[attr-defined]

    highs.cbSimplexInterrupt += count
    return cell


def answer(problem: Problem, highs: "highspy.Highs", options: Options, method: str, seconds: float) -> Solution | None:
    """Return the solution if it is an optimum when that is recomputed from the matrices; None if it is not."""
    program, found = problem.program, highs.getSolution()
    height, width = program.matrix.shape
    value = _column_values(highs)[:width]
    reduced = np.array(found.col_dual, dtype=np.float64)[:width]
    dual = np.array(found.row_dual, dtype=np.float64)[:height]
    objective = float(program.cost @ value + program.offset)
    bound = dual_objective(program, dual, reduced)
    gap = _gap(objective, bound)
    primal, stationary = primal_residual(program, value), dual_residual(program, dual, reduced)
    if max(primal.relative, stationary.relative, gap) > TOLERATED:
        return None
    return Solution(
        problem=problem,
        status="optimal",
        objective=objective,
        bound=bound,
        gap=gap,
        value=value,
        reduced_cost=reduced,
        row_value=np.asarray(program.matrix @ value).ravel(),
        row_dual=dual,
        seconds=seconds,
        method=method,
        crossover=options.crossover and method in INTERIOR,
        iterations=_iterations(highs),
        primal_residual=primal.absolute,
        dual_residual=stationary.absolute,
        options=options,
    )


def _gap(objective: float, other: float) -> float:
    """How far another objective lies from this one, relative [1]."""
    return abs(objective - other) / max(1.0, abs(objective))


def _column_values(highs: "highspy.Highs") -> NDArray[np.float64]:
    return np.array(highs.getSolution().col_value, dtype=np.float64)


def _iterations(highs: "highspy.Highs") -> int:
    info, names = highs.getInfo(), ("simplex", "ipm", "crossover", "pdlp")
    return sum(max(0, int(getattr(info, f"{name}_iteration_count"))) for name in names)


def _bound(program: LinearProgram, highs: "highspy.Highs") -> float | None:
    """Return what no plan can better, whatever the solver had reached; None if that is not known."""
    dual = np.array(highs.getSolution().row_dual, dtype=np.float64)
    return lagrangian_bound(program, dual[: program.matrix.shape[0]])
