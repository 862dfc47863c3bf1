"""Two stages at scale: `world-coarse` in many futures, decided before 2028, in turns and all at once.

`python -m benchmarks.two_stage SCENARIOS [decomposition | extensive] [WORKERS] [TOLERANCE]`. A future moves, from 2028
on, every cost of a process and item by one factor, every demand of a commodity, region and buyer by another, and the
availability of every process by a third: lognormal, 15 %, 15 % and 10 % (an availability stays at 1 or below). First
stage: all columns of periods before 2028. Prints what it took: clock, CPU, memory of all processes.
"""

import json
import os
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import polars as pl

from benchmarks.measuring import peak
from teraplan.case.assemble import assemble
from teraplan.case.resolve import Tables
from teraplan.model.build import build_problem
from teraplan.model.problem import Problem
from teraplan.model.remembered import Remembered
from teraplan.plan import read_case
from teraplan.uncertainty import ScenarioChange, TwoStageCore, solve_two_stage
from teraplan.uncertainty.stages.decomposition import Settings

SEED, FROM = 20261126, 2028
SPREAD = {"costs": 0.15, "demand_quantity": 0.15, "availability": 0.10}
MOVED = {
    "costs": ("process", "item"),
    "demand_quantity": ("commodity", "region", "buyer"),
    "availability": ("process",),
}


def main() -> None:
    """Measure and print."""
    count, method = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "decomposition"
    workers, tolerance = (
        (int(sys.argv[3]) if len(sys.argv) > 3 else 1),
        float(sys.argv[4]) if len(sys.argv) > 4 else 1e-2,
    )
    started = time.perf_counter()
    core, scenarios = futures(count)
    print(f"{count} futures made in {time.perf_counter() - started:.0f} s", flush=True)
    pool = ProcessPoolExecutor(workers, get_context("spawn")) if workers > 1 else nullcontext()
    wall, cpu = time.perf_counter(), _processor()
    with pool as executor:
        settings = Settings(tell=lambda line: print(line, flush=True))
        result = solve_two_stage(core, scenarios, tolerance, executor, method, settings)
    figures = {
        "scenarios": count,
        "method": result.method,
        "workers": workers,
        "first-stage columns": int(core.first_stage.sum()),
        "second-stage columns": int((~core.first_stage).sum()),
        "objective": result.objective,
        "bound": result.bound,
        "gap": result.gap,
        "clock s": time.perf_counter() - wall,
        "CPU s": _processor() - cpu,
        "most memory MB": peak(),
        "load": os.getloadavg()[0],
    }
    print(json.dumps(figures, indent=2))


def futures(count: int, first: int = 0) -> tuple[TwoStageCore, list[ScenarioChange]]:
    """Return the base case as a core, and this many futures of equal chances."""
    base, remembered = read_case("world-coarse"), Remembered()
    problem = build_problem(base, remembered=remembered)
    scenarios = []
    for number in range(first, first + count):
        case = assemble(moved(base.tables, np.random.default_rng([SEED, number])))
        scenarios.append(changed(problem, build_problem(case, remembered=remembered), 1 / count))
    program = problem.program
    early = problem.columns["period"].str.slice(0, 4).cast(pl.Int32).to_numpy() < FROM
    core = TwoStageCore(
        program.cost,
        program.matrix,
        program.row_lower,
        program.row_upper,
        program.column_lower,
        program.column_upper,
        early,
        np.zeros(early.size, dtype=bool),
    )
    return core, scenarios


def moved(tables: Tables, rng: np.random.Generator) -> Tables:
    """Return the tables of a future."""
    frames = dict(tables.frames)
    for name, key in MOVED.items():
        who = frames[name].select(key).unique().sort(key)
        factors = who.with_columns(factor=pl.Series(rng.lognormal(0.0, SPREAD[name], who.height)))
        joined = frames[name].join(factors, on=key, how="left", nulls_equal=True, maintain_order="left")
        value = pl.col("value") * pl.col("factor")
        if name == "availability":
            value = pl.min_horizontal(value, pl.max_horizontal(pl.col("value"), pl.lit(1.0)))
        later = pl.when(pl.col("year") >= FROM).then(value).otherwise("value")
        frames[name] = joined.with_columns(value=later).drop("factor")
    return replace(tables, frames=frames)


def changed(base: Problem, other: Problem, probability: float) -> ScenarioChange:
    """Return what of a problem is another number in the other, whose rows and columns are the same."""
    assert base.columns.equals(other.columns) and base.rows.equals(other.rows)
    one, two = base.program, other.program
    gap = (two.matrix - one.matrix).tocoo()
    entries = np.asarray(two.matrix[gap.row, gap.col]).ravel() if gap.nnz else np.zeros(0)
    numbers = {
        name: _differing(getattr(one, name), getattr(two, name))
        for name in ("cost", "row_lower", "row_upper", "column_lower", "column_upper")
    }
    coefficient = dict(zip(zip(gap.row.tolist(), gap.col.tolist(), strict=True), entries.tolist(), strict=True))
    return ScenarioChange(probability, coefficient=coefficient, **numbers)


def _differing(one: np.ndarray, two: np.ndarray) -> dict[int, float]:
    at = np.flatnonzero(one != two)
    return dict(zip(at.tolist(), two[at].tolist(), strict=True))


def _processor() -> float:
    mine, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return mine.ru_utime + mine.ru_stime + others.ru_utime + others.ru_stime


if __name__ == "__main__":
    main()
