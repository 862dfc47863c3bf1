"""mpi-sppy on the two-stage program of benchmarks/two_stage.py: all at once, or by progressive hedging; in one process.

`python -m benchmarks.in_mpi_sppy SCENARIOS extensive` or `SCENARIOS ROUNDS [RHO]`. Scenarios are stated in Pyomo and
solved by the same HiGHS. `make bench` does not install mpi-sppy. Progressive hedging wants a quadratic term, which
Pyomo does not hand to this solver: mpi-sppy states it by tangents.
RHO: penalty of a first-stage column, as a share of its own cost (at least 1e-3 of the median cost).
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyomo.environ as pyo
from mpisppy.opt.ef import ExtensiveForm
from mpisppy.opt.ph import PH
from mpisppy.utils import sputils
from pyomo.core.expr import LinearExpression
from scipy import sparse

from benchmarks.two_stage import futures
from teraplan.uncertainty import ScenarioChange, TwoStageCore


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1])
    core, scenarios = futures(count)
    names = [f"scen{number}" for number in range(count)]

    def stated(name: str) -> Any:
        return in_pyomo(core, scenarios[sputils.extract_num(name)], 1 / count)

    started, clock = time.process_time(), time.perf_counter()
    if sys.argv[2] == "extensive":
        figures = extensive(names, stated)
    else:
        figures = hedged(names, stated, core, int(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else 1.0)
    spent = {"CPU s": time.process_time() - started, "s": time.perf_counter() - clock}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"scenarios": count, **figures, **spent, "peak MB": peak}, indent=2))


def extensive(names: list[str], stated: Callable[[str], Any]) -> dict[str, object]:
    """Solve all scenarios as one program, by the method that Teraplan's own extensive form takes."""
    whole = ExtensiveForm({"solver": "appsi_highs"}, names, stated)
    whole.solve_extensive_form(solver_options={"solver": "ipm", "threads": 1})
    return {"objective": whole.get_objective_value()}


def hedged(
    names: list[str], stated: Callable[[str], Any], core: TwoStageCore, rounds: int, share: float
) -> dict[str, object]:
    """Let first stages come together by progressive hedging."""
    options = {
        "solver_name": "appsi_highs",
        "PHIterLimit": rounds,
        "defaultPHrho": 1.0,
        "convthresh": 1e-6,
        "verbose": False,
        "display_progress": False,
        "display_timing": False,
        "iter0_solver_options": {},
        "iterk_solver_options": {},
        "linearize_proximal_terms": True,
    }

    def rho(model: Any) -> list[tuple[int, float]]:
        least = 1e-3 * float(np.median(np.abs(core.cost[core.cost != 0])))
        return [(id(model.x[at]), share * max(least, abs(float(core.cost[at])))) for at in model.first]

    distance, expected, trivial = PH(options, names, stated, rho_setter=rho).ph_main()
    return {
        "rounds": rounds,
        "rho share": share,
        "distance of the first stages": distance,
        "mean of the scenarios' costs": expected,
        "bound": trivial,
    }


def in_pyomo(core: TwoStageCore, change: ScenarioChange, probability: float) -> Any:
    """Return one scenario as mpi-sppy takes it."""
    program = _whole(core, change)
    model = pyo.ConcreteModel()
    model.first = [int(at) for at in np.flatnonzero(core.first_stage)]
    lower, upper = program["column_lower"], program["column_upper"]

    def bounds(_: Any, at: int) -> tuple[float | None, float | None]:
        return tuple(float(side[at]) if np.isfinite(side[at]) else None for side in (lower, upper))  # type: ignore[return-value]

    model.x = pyo.Var(range(core.cost.size), bounds=bounds)
    model.rows = pyo.ConstraintList()
    matrix = program["matrix"]
    for row in range(matrix.shape[0]):
        at = slice(matrix.indptr[row], matrix.indptr[row + 1])
        terms = [model.x[int(column)] for column in matrix.indices[at]]
        left = LinearExpression(linear_coefs=matrix.data[at].tolist(), linear_vars=terms)
        low, high = float(program["row_lower"][row]), float(program["row_upper"][row])
        if low == high:
            model.rows.add(left == low)
        elif np.isfinite(low) or np.isfinite(high):
            model.rows.add((low if np.isfinite(low) else None, left, high if np.isfinite(high) else None))
    everything = [model.x[at] for at in range(core.cost.size)]
    total = LinearExpression(linear_coefs=program["cost"].tolist(), linear_vars=everything)
    model.total = pyo.Objective(expr=total)
    sputils.attach_root_node(model, 0.0, [model.x[at] for at in model.first])
    model._mpisppy_probability = probability
    return model


def _whole(core: TwoStageCore, change: ScenarioChange) -> dict[str, Any]:
    """Return the numbers of one scenario, in the core's order of columns."""
    matrix = sparse.lil_matrix(core.matrix)
    for (row, column), value in change.coefficient.items():
        matrix[row, column] = value
    program: dict[str, Any] = {"matrix": sparse.csr_matrix(matrix)}
    for name in ("cost", "row_lower", "row_upper", "column_lower", "column_upper"):
        program[name] = np.array(getattr(core, name), dtype=float)
        for at, value in getattr(change, name).items():
            program[name][at] = value
    return program


if __name__ == "__main__":
    main()
