"""A tree of three stages by both ways: bound, gap, time, memory.

`python -m benchmarks.trees [CASE] [BRANCHES] [TWIGS] [METHOD] [TOLERANCE] [SECONDS]`: from the root, BRANCHES nodes
known in 2028, after each TWIGS known in 2031. Each node moves the demand for the target, overnight costs, running costs
and the availability of fabs from then on, each by a seeded factor of its own (lognormal, 20, 10, 10 and 10 %).
"""

import json
import sys
import time

import numpy as np

from benchmarks.measuring import peak
from teraplan.case.case import Case
from teraplan.case.edit import Edit
from teraplan.model.build import build_problem
from teraplan.plan import read_case
from teraplan.solver import solve
from teraplan.uncertainty.trees.futures import mean_case
from teraplan.uncertainty.trees.hedge import futures_of
from teraplan.uncertainty.trees.recourse import Known, Ways, of_master, plan_tree
from teraplan.uncertainty.trees.tree import Node, Tree, tree_of_nodes

SEED = 20261126
FIRST, SECOND = 2028, 2031
SPREAD = {"demand": 0.2, "capex": 0.1, "running": 0.1, "fabs": 0.1}


def main() -> None:
    """Measure and print."""
    case, branches, twigs, method, tolerance, seconds = [
        *sys.argv[1:],
        *["world-coarse", "8", "4", "decomposition", "0.01", "1800"][len(sys.argv) - 1 :],
    ]
    print(json.dumps(measured(case, (int(branches), int(twigs)), method, float(tolerance), float(seconds)), indent=2))


def measured(name: str, shape: tuple[int, int], method: str, tolerance: float, seconds: float) -> dict[str, object]:
    """Return the figures of one tree by one way."""
    case, started = read_case(name), time.perf_counter()
    futures = futures_of(case, grown(case, *shape))
    form = futures.form
    mean = build_problem(mean_case(futures.cases, futures.tree), remembered=futures.remembered)
    first = of_master(form, mean.columns, solve(mean).value)
    alone = {leaf: solve(problem).objective for leaf, problem in futures.problems.items()}
    stated = time.perf_counter() - started
    ways = Ways(method=method, tolerance=float(tolerance), seconds=seconds)  # type: ignore[arg-type]
    began = time.process_time()
    known = Known(np.array(list(first.values())), alone)
    found = plan_tree(
        form,
        ways,
        None,
        known,
        lambda text: print(f"{time.perf_counter() - started:6.0f} s  {text}", file=sys.stderr, flush=True),
    )
    root = form.master.columns.filter(node=futures.tree.root.name)
    return {
        "leaves": len(futures.tree.leaves),
        "columns a leaf": next(iter(futures.problems.values())).columns.height,
        "columns": form.master.columns.height + sum(int((part.shared < 0).sum()) for part in form.parts),
        "orders of the first stage": root.filter(variable="order").height,
        "method": found.method,
        "objective": found.objective,
        "bound": found.bound,
        "gap": found.gap,
        "rounds": len(found.rounds),
        "seconds to state, and for the leaves alone": stated,
        "seconds to solve": found.seconds,
        "cpu seconds to solve": time.process_time() - began,
        "peak MB": peak(),
    }


def grown(case: Case, branches: int, twigs: int) -> Tree:
    """Return the tree."""
    nodes = [Node("root")]
    for branch in range(branches):
        name = f"b{branch + 1}"
        nodes.append(Node(name, "root", FIRST, 1 / branches, edits=moved(case, FIRST, branch)))
        for twig in range(twigs):
            edits = moved(case, SECOND, branches + branch * twigs + twig)
            nodes.append(Node(f"{name}t{twig + 1}", name, SECOND, 1 / twigs, edits=edits))
    return tree_of_nodes(nodes, case.tables.settings)


def moved(case: Case, since: int, number: int) -> tuple[Edit, ...]:
    """Return the edits of a node."""
    random, years = np.random.default_rng([SEED, number]), f"{since}.."
    factor = {name: float(np.exp(spread * random.standard_normal())) for name, spread in SPREAD.items()}
    target = case.tables.settings.target.commodity
    less = min(1.0, factor["fabs"])
    return (
        Edit("demand_quantity", {"commodity": target, "year": years}, "multiply", factor["demand"]),
        Edit("costs", {"item": "capex", "year": years}, "multiply", factor["capex"]),
        Edit("costs", {"item": "variable|fuel", "year": years}, "multiply", factor["running"]),
        Edit("availability", {"process": "fab_*", "year": years}, "multiply", less),
    )


if __name__ == "__main__":
    main()
