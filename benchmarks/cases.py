"""The cases that ship: seconds of each stage beside the bare solver on the same matrices.

Every figure is a median over several runs in one process per case; ratios are taken pair by pair within a run, because
machines drift. The bare solver gets the same matrices through highspy alone, with the same options.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import highspy

from benchmarks.measuring import in_fresh_process, peak
from teraplan.model.build import build_problem
from teraplan.model.problem import Problem
from teraplan.plan import plan, read_case
from teraplan.results.store import save

Made = TypeVar("Made")
CASES = ("starter", "world")
AROUND = "read + build + extract and audit + write"
LIMITS = {"columns": 40_000, "rows": 30_000, "nonzeros": 350_000}


def study() -> list[str]:
    """Measure every case in a process of its own and return the section."""
    measured = {}
    for case in CASES:
        print(f"  {case}", flush=True)
        measured[case] = in_fresh_process("benchmarks.cases", [case, "3" if case == "world" else "7"])
    measured["demo"] = {"warm seconds": demo_seconds()}
    return section(measured)


def measure(name: str, runs: int) -> dict[str, float]:
    """Return medians of one case: seconds of each stage, sizes, peak memory, and the ratio to the bare solver."""
    stages: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(runs):
            once(name, Path(folder) / "run", stages)
    case = read_case(name)
    problem = build_problem(case)
    figures = {stage: statistics.median(seconds) for stage, seconds in stages.items()}
    matrix = problem.program.matrix
    coefficients = abs(matrix.data)
    return figures | {
        "rows": matrix.shape[0],
        "columns": matrix.shape[1],
        "nonzeros": int(matrix.nnz),
        "smallest coefficient": float(coefficients.min()),
        "largest coefficient": float(coefficients.max()),
        "peak memory MB": peak(),
        "runs": runs,
    }


def once(name: str, folder: Path, stages: dict[str, list[float]]) -> None:
    """One pass along the path of the data as `plan` times itself, and the bare solver on the same matrices."""
    case = timed(stages, "read", lambda: read_case(name))
    results = plan(case)
    seconds = cast("dict[str, float]", results.run["seconds"])
    for stage, told in (("build", "build"), ("solve", "solve"), ("extract and audit", "extract")):
        stages.setdefault(stage, []).append(seconds[told])
    timed(stages, "write", lambda: save(results, folder))
    problem = build_problem(case)
    bare = timed(stages, "bare solver", lambda: bare_solve(problem))
    gap = abs(bare - float(str(results.run["objective"]))) / max(1.0, abs(bare))
    assert gap < 1e-6, f"the bare solver found {bare}, we found {results.run['objective']}"
    around = sum(stages[stage][-1] for stage in ("read", "build", "extract and audit", "write"))
    stages.setdefault(AROUND, []).append(around)
    stages.setdefault("whole path / bare solver", []).append((around + stages["solve"][-1]) / stages["bare solver"][-1])


def timed(stages: dict[str, list[float]], stage: str, work: Callable[[], Made]) -> Made:
    """Run the work and note its seconds under the stage."""
    started = time.perf_counter()
    made = work()
    stages.setdefault(stage, []).append(time.perf_counter() - started)
    return made


def bare_solve(problem: Problem) -> float:
    """Give the matrices to HiGHS as a user without Teraplan would; return the objective."""
    program, columns = problem.program, problem.program.matrix.tocsc()
    highs, model = highspy.Highs(), highspy.HighsLp()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 2)
    highs.setOptionValue("solver", "ipx" if columns.shape[1] > 5_000 else "simplex")
    model.num_col_, model.num_row_ = columns.shape[1], columns.shape[0]
    model.col_cost_, model.col_lower_, model.col_upper_ = program.cost, program.column_lower, program.column_upper
    model.row_lower_, model.row_upper_, model.offset_ = program.row_lower, program.row_upper, program.offset
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = (
        columns.indptr,
        columns.indices,
        columns.data,
    )
    highs.passModel(model)
    highs.run()
    return float(highs.getInfo().objective_function_value)


def demo_seconds() -> float:
    """Return the seconds of `teraplan demo` as a whole process, the second time it runs."""
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(2):
            started = time.perf_counter()
            subprocess.run([sys.executable, "-m", "teraplan", "demo", "--out", folder], capture_output=True, check=True)
            seconds = time.perf_counter() - started
    return seconds


def section(measured: dict[str, dict[str, float]]) -> list[str]:
    """Return the table and what it says of the goals."""
    lines = [
        "Medians of several runs in one process a case. The bare solver gets the same matrices through highspy alone,",
        "in the same run, with the same method (dual simplex up to 5,000 columns, interior point with crossover above,",
        "tolerances 1e-7).",
        "",
        "| figure | " + " | ".join(CASES) + " |",
        "|---|" + "---|" * len(CASES),
    ]
    for figure in measured[CASES[0]]:
        lines.append(f"| {figure} | " + " | ".join(shown(figure, measured[case][figure]) for case in CASES) + " |")
    world = measured["world"]
    lines += [
        "",
        f"`teraplan demo`, whole process, warm: {measured['demo']['warm seconds']:.1f} s.",
        "",
        "Against the goals:",
        "",
        f"- Size of `world`: {world['columns']:,.0f} columns (at most {LIMITS['columns']:,}), "
        f"{world['rows']:,.0f} rows ({LIMITS['rows']:,}), {world['nonzeros']:,.0f} non-zeros ({LIMITS['nonzeros']:,}).",
        f"- Build {world['build']:.2f} s (limit 3 s, goal 1 s); read + build + extract and audit + write "
        f"{world[AROUND]:.2f} s (limit 8 s, goal 4 s).",
        f"- Cold solve with exact duals (interior point, crossover) {world['solve']:.1f} s (limit 20 s).",
        f"- Peak memory of the measuring process, all stages: {world['peak memory MB']:.0f} MB (limit 1,000 MB).",
    ]
    return lines


def shown(figure: str, value: float) -> str:
    """Return a figure as text: counts whole, small coefficients in powers, everything else to three digits."""
    if figure in ("rows", "columns", "nonzeros", "runs"):
        return f"{value:,.0f}"
    if "coefficient" in figure:
        return f"{value:.1e}"
    unit = "" if "/" in figure or "MB" in figure else " s"
    return f"{value:.3g}{unit}"


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
