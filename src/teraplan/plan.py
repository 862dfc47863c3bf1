"""plan(case): the data path in a few lines, and how a plan stands on top of others that are kept."""

import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import cast

import numpy as np
import polars as pl

from teraplan.case.assemble import assemble
from teraplan.case.case import Case
from teraplan.case.edit import Edit, apply_edits, parse_set
from teraplan.case.read import load_tables
from teraplan.case.settings import Scenario
from teraplan.errors import AuditFailed
from teraplan.model.build import build_problem
from teraplan.model.problem import Problem
from teraplan.results.extract import read_results
from teraplan.results.keep import kept_bounds, programme_bounds, programme_of
from teraplan.results.results import Results
from teraplan.results.verify import audit
from teraplan.solver import Options, Solution, solve

REACHED = 1.0 - 1e-6
Tell = Callable[[str], None]
"""Something that is told what goes on: progress on a screen, lines in a log."""
Find = Callable[[Problem, str], Solution]
"""Something that finds the optimum of a problem at a step: `largest` (the first of most_compute) or `cheapest`."""


def silent(text: str) -> None:
    """Tell nobody."""


def read_case(name: str | Path, scenario: str | None = None, edits: Sequence[Edit] = ()) -> Case:
    """Return a case that ships with the package, or one in a folder, under a scenario's edits and further ones.

    Raises CaseError with every fault found.
    """
    started = time.perf_counter()
    case = assemble(load_tables(name, scenario, edits))
    return replace(case, seconds_read=time.perf_counter() - started)


def edit(case: Case, *expressions: str) -> Case:
    """Return a new case with `table[key=value] = x`, `*= x`, `+= x` applied in order; the old one is untouched."""
    return assemble(apply_edits(case.tables, [parse_set(expression) for expression in expressions]))


def on_top_of(case: Case, scenario: Scenario, baselines: Mapping[str, Results]) -> Case:
    """Return the case with what its scenario keeps of stored plans, and its programme, if it has one.

    baselines: the plans that the scenario's `keep` blocks name. A programme stands on the first of them.
    """
    kept = kept_bounds(case, scenario.keep, baselines)
    if scenario.programme is None:
        return replace(case, kept=kept)
    baseline = baselines[scenario.keep[0].run]
    around = programme_bounds(case, scenario.programme, baseline).with_columns(run=pl.lit(scenario.keep[0].run))
    bounds = pl.concat([kept, around], how="diagonal_relaxed")
    return replace(case, kept=bounds, programme=programme_of(case, scenario.programme, baseline))


def plan(case: Case, options: Options | None = None, tell: Tell = silent) -> Results:
    """Return the plan of a case: built, solved, read and audited.

    tell: is told each step, and about once a second how far the solver is.

    least_cost is one solve; most_compute is two: the largest amount, then the cheapest plan that reaches it.
    Raises Infeasible, Unbounded, LimitReached, and AuditFailed if the plan does not hold when recomputed.
    """
    told = replace(options or Options(), progress=_watch(tell))
    return plan_by(case, build_problem, lambda problem, step: solve(problem, told), tell)


def plan_by(case: Case, build: Callable[[Case], Problem], find: Find, tell: Tell = silent) -> Results:
    """Return the plan of a case with another way to build its problem and to find its optima; see `plan`."""
    clock = {"read": case.seconds_read}
    started = time.perf_counter()
    tell("stating the problem")
    problem = build(case)
    clock["build"] = time.perf_counter() - started
    tell("solving {:,} columns, {:,} rows".format(*reversed(problem.program.matrix.shape)))
    first, solution = solve_steps(problem, find)
    clock["solve"] = solution.seconds + (first.seconds if first else 0.0)
    started = time.perf_counter()
    tell("reading and auditing the plan")
    results = read_results(case, solution, _record(case, problem, solution, first), marginal=first)
    checks = audit(case, results)
    clock["extract"] = time.perf_counter() - started
    run = {**results.run, "seconds": clock, "audit": checks, "peak_memory_bytes": _peak_memory()}
    if not checks["passed"]:
        worst = "; ".join(cast("Mapping[str, str]", checks["worst"]).values())
        raise AuditFailed(f"the plan of {case.name} does not hold when recomputed: {worst}")
    return replace(results, run=run)


def solve_steps(problem: Problem, find: Find) -> tuple[Solution | None, Solution]:
    """Return the optimum of the first step of most_compute, None for least_cost, and that of the last step."""
    if problem.target is None:
        return None, find(problem, "cheapest")
    first = find(largest(problem), "largest")
    return first, find(reaching(problem, first.objective), "cheapest")


def _watch(tell: Tell) -> Callable[[int, float], None]:
    def watch(iterations: int, seconds: float) -> None:
        tell(f"solving: {seconds:.0f} s" + (f", {iterations:,} iterations" if iterations else ""))

    return watch


def largest(problem: Problem) -> Problem:
    """Return the first step of most_compute: the largest weighted amount of the target."""
    assert problem.target is not None
    weights, constant = problem.target
    return replace(problem, program=replace(problem.program, cost=weights, offset=constant, maximise=True))


def reaching(problem: Problem, largest: float) -> Problem:
    """Return the second step of most_compute: at least (1 - 1e-6) of the largest amount, at least cost."""
    assert problem.target is not None
    constant = problem.target[1]
    row = problem.rows["equation"].to_numpy() == "target_reached"
    lower = np.where(row, largest * REACHED - constant, problem.program.row_lower)
    return replace(problem, program=replace(problem.program, row_lower=lower))


def record_of(case: Case) -> dict[str, object]:
    """Return what run.json says of the case that a plan, or a study of many plans, was made from."""
    tables, settings = case.tables, case.tables.settings
    return {
        "schema": 1,
        "case": case.name,
        "title": settings.title,
        "scenario": tables.scenario,
        "case_hash": tables.fingerprint,
        "as_of": str(settings.as_of),
        "edits": list(tables.edits),
        "view": settings.view,
        "objective_name": settings.objective,
        "target": settings.target.commodity,
        "money_unit": settings.money_unit,
        "base_year": settings.base_year,
        "teraplan_version": version("teraplan"),
    }


def _record(case: Case, problem: Problem, solution: Solution, first: Solution | None) -> dict[str, object]:
    """What run.json says of a run, before its audit."""
    settings, program = case.tables.settings, problem.program
    return {
        **record_of(case),
        "known_by": None if settings.known_by is None else str(settings.known_by),
        "kept": case.kept.height,
        "programme": _programme_record(case, solution, first),
        "horizon_end": settings.horizon_end,
        "solved_until": case.horizon_end,
        "solver": solution.record(),
        "status": solution.status,
        "objective": solution.objective,
        "bound": solution.bound,
        "gap": solution.gap,
        "most_compute": None if first is None else {"value": first.objective},
        "rows": program.matrix.shape[0],
        "columns": program.matrix.shape[1],
        "nonzeros": int(program.matrix.nnz),
    }


def _programme_record(case: Case, solution: Solution, first: Solution | None) -> dict[str, object] | None:
    """Budget and what of it is spent [money unit], the years of its orders, and what one more unit of money would add.

    spent: beyond the baseline; none where the plan costs less than that: `saved` says by how much. The second step may
    give back a millionth of the target, and saves what that costs, which shows where the budget is 0.
    worth_of_one_more: the budget's dual in the first step [weighted target / money unit]; 0 where money is left over.
    """
    if case.programme is None:
        return None
    at = solution.problem.rows["equation"].to_numpy() == "programme_within_budget"
    beyond = case.programme.budget - float((solution.problem.program.row_upper[at] - solution.row_value[at]).sum())
    return {
        "budget": case.programme.budget,
        "spent": max(beyond, 0.0),
        "saved": max(-beyond, 0.0),
        "from": case.programme.first,
        "until": case.programme.last,
        "worth_of_one_more": None if first is None else float(first.row_dual[at].sum()),
    }


def _peak_memory() -> int:
    """Return the most memory this process has held [byte]; macOS counts in bytes, Linux in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
