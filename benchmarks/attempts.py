"""`python -m benchmarks.attempts [NAME ...]`: ways to solve a case faster, each with sizes, iterations and CPU time.

Every attempt gets the same program through highspy alone, with one thread, and its optimum is held against the first's;
`--case` names the case (world unless given). Time is user CPU time of the solve, because a shared machine's clock says
nothing. An attempt is a change of the program (`stated once`, `scaled`) and options of the solver.
"""

import argparse
import resource
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import highspy
import numpy as np
from scipy import sparse

from teraplan.model.build import build_problem
from teraplan.model.problem import LinearProgram, Problem
from teraplan.model.repeated import stated_once
from teraplan.plan import read_case
from teraplan.solver import SMALLEST

Change = Callable[[Problem], LinearProgram]
SAME = 1e-6
ROUNDS = 4


def as_it_is(problem: Problem) -> LinearProgram:
    """Return the program as the model states it."""
    return problem.program


def scaled(problem: Problem) -> LinearProgram:
    """Return the program with rows and columns scaled by powers of two towards coefficients of 1."""
    return _scaled(problem.program)


def stated_once_and_scaled(problem: Problem) -> LinearProgram:
    """Return the program with repeated sums stated once, scaled."""
    return _scaled(stated_once(problem))


@dataclass(frozen=True)
class Attempt:
    """A way to solve: what is done to the program, and options of HiGHS beside those that all attempts have."""

    change: Change = as_it_is
    options: Mapping[str, bool | int | float | str] = field(default_factory=dict)


ATTEMPTS: Mapping[str, Attempt] = {
    "interior point, crossover": Attempt(),
    "repeated sums stated once": Attempt(stated_once),
    "powers of two": Attempt(scaled),
    "stated once and powers of two": Attempt(stated_once_and_scaled),
    "without presolve": Attempt(options={"presolve": "off"}),
    "more fill-in in presolve": Attempt(options={"presolve_substitution_maxfillin": 50}),
    "early end of interior point": Attempt(
        options={"ipm_optimality_tolerance": 1e-5, "start_crossover_tolerance": 1e-5}
    ),
    "dual program": Attempt(options={"ipx_dualize_strategy": 1}),
    "centring": Attempt(options={"run_centring": True}),
    "objective over 1024": Attempt(options={"user_objective_scale": -10}),
    "bounds over 1024": Attempt(options={"user_bound_scale": -10}),
    "dual simplex": Attempt(options={"solver": "simplex"}),
    "primal simplex": Attempt(options={"solver": "simplex", "simplex_strategy": 4}),
    "dual simplex, plain prices": Attempt(options={"solver": "simplex", "simplex_dual_edge_weight_strategy": 0}),
    "dual simplex, strong scaling": Attempt(options={"solver": "simplex", "simplex_scale_strategy": 4}),
    "dual simplex, crash": Attempt(options={"solver": "simplex", "simplex_crash_strategy": 4}),
    "dual simplex, no perturbation": Attempt(
        options={"solver": "simplex", "dual_simplex_cost_perturbation_multiplier": 0.0}
    ),
    "hipo": Attempt(options={"solver": "hipo"}),
    "hipo, stated once": Attempt(stated_once, {"solver": "hipo"}),
    "pdlp, crossover": Attempt(options={"solver": "pdlp"}),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the attempts named, or all, and print a Markdown table line by line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"attempts: {', '.join(ATTEMPTS)}")
    parser.add_argument("--case", default="world")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds for each attempt, by the clock")
    given = parser.parse_args(arguments)
    problem, first = build_problem(read_case(given.case)), None
    print("| attempt | rows | columns | non-zeros | iterations: simplex, interior, crossover | CPU s | optimum |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for name in given.names or ATTEMPTS:
        attempt = ATTEMPTS[name]
        program = attempt.change(problem)
        highs, seconds = solved(program, attempt.options, given.limit)
        if highs is None:
            print(f"| {name} | this HiGHS does not take its options: its extra methods are not installed |", flush=True)
            continue
        info, status = highs.getInfo(), highs.modelStatusToString(highs.getModelStatus())
        value = float(info.objective_function_value)
        first = value if first is None else first
        same = status == "Optimal" and abs(value - first) <= SAME * max(1.0, abs(first))
        counts = (info.simplex_iteration_count, info.ipm_iteration_count, info.crossover_iteration_count)
        height, width = program.matrix.shape
        print(
            f"| {name} | {height:,} | {width:,} | {program.matrix.nnz:,} | {', '.join(map(str, counts))} "
            f"| {seconds:.2f} | {'the same' if same else f'{status}, {value:.9g}'} |",
            flush=True,
        )


def solved(
    program: LinearProgram, options: Mapping[str, bool | int | float | str], limit: float
) -> tuple["highspy.Highs | None", float]:
    """Return HiGHS after its run, and the user CPU seconds of the run; None where an option is not taken."""
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    settings: dict[str, bool | int | float | str] = {
        "output_flag": False,
        "threads": 1,
        "solver": "ipx",
        "time_limit": limit,
        "small_matrix_value": SMALLEST,
    }
    for name, value in {**settings, **options}.items():
        if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            return None, 0.0
    columns = program.matrix.tocsc()
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = columns.shape[1], columns.shape[0]
    model.col_cost_, model.offset_ = program.cost, program.offset
    model.col_lower_, model.col_upper_ = program.column_lower, program.column_upper
    model.row_lower_, model.row_upper_ = program.row_lower, program.row_upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = (
        columns.indptr,
        columns.indices,
        columns.data,
    )
    highs.passModel(model)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    highs.run()
    return highs, resource.getrusage(resource.RUSAGE_SELF).ru_utime - before


def _scaled(program: LinearProgram) -> LinearProgram:
    """Rows and columns over the geometric mean of their coefficients in turn, in powers of two."""
    rows, columns = (np.ones(size) for size in program.matrix.shape)
    for _ in range(ROUNDS):
        rows /= _means((sparse.diags(rows) @ program.matrix @ sparse.diags(columns)).tocsr())
        columns /= _means((sparse.diags(rows) @ program.matrix @ sparse.diags(columns)).T.tocsr())
    rows, columns = (2.0 ** np.round(np.log2(size)) for size in (rows, columns))
    return replace(
        program,
        matrix=(sparse.diags(rows) @ program.matrix @ sparse.diags(columns)).tocsr(),
        cost=program.cost * columns,
        column_lower=program.column_lower / columns,
        column_upper=program.column_upper / columns,
        row_lower=program.row_lower * rows,
        row_upper=program.row_upper * rows,
    )


def _means(matrix: sparse.csr_matrix) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    logs = matrix.copy()
    logs.data = np.log2(np.abs(logs.data))
    count = np.maximum(1, np.diff(matrix.indptr))
    return np.asarray(2.0 ** (np.asarray(logs.sum(axis=1)).ravel() / count))


if __name__ == "__main__":
    main()
