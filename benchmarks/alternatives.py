"""Near-optimal ranges: what they take, from the basis of the optimum and cold.

`python -m benchmarks.alternatives [CASE] [COLD] [RANDOM]`. The least and the most of every group of orders by stage and
region at 2 and 5 % slack; COLD of these searches, drawn at random, are made again cold, to compare times and answers;
then RANDOM directions, for a cloud. One thread, one process.
"""

import json
import sys
import time

import numpy as np
import polars as pl

from teraplan.model.build import build_problem
from teraplan.plan import read_case
from teraplan.solver import Options
from teraplan.uncertainty import alternatives, near_optimal
from teraplan.uncertainty.alternatives import Cloud, groups_of

SLACKS, SEED = (0.02, 0.05), 20261126


def main() -> None:
    """Measure and print."""
    given = [*sys.argv[1:], "", "", ""]
    print(json.dumps(measured(given[0] or "world-coarse", int(given[1] or 20), int(given[2] or 50)), indent=2))


def measured(name: str, cold: int, random: int) -> dict[str, object]:
    """Return counts, CPU seconds a search, the ratio to cold ones, and the largest difference of what they find."""
    case = read_case(name)
    problem = build_problem(case)
    groups = groups_of(case, ("stage",))
    told, measures = alternatives.members(case, problem, groups)
    started = time.process_time()
    near = near_optimal.NearOptimal(problem.program, Options(threads=1))
    once = time.process_time() - started
    aims = [(at, sign) for at in range(told.height) for sign in (-1.0, 1.0)]
    taken, found = [], {}
    for at, sign in aims:
        weights = sign * np.asarray(measures[at].todense()).ravel()
        started = time.process_time()
        plans = near.most(weights, SLACKS)
        taken.append(time.process_time() - started)
        found[at, sign] = [None if plan is None else float(weights @ plan) for plan in plans]
    drawn = np.random.default_rng(SEED).choice(len(aims), min(cold, len(aims)), replace=False)
    again, apart = [], 0.0
    for pick in drawn:
        at, sign = aims[pick]
        weights = sign * np.asarray(measures[at].todense()).ravel()
        for slack, warm in zip(SLACKS, found[at, sign], strict=True):
            started = time.process_time()
            plan = near.most_anew(weights, slack)
            again.append(time.process_time() - started)
            apart = max(apart, abs(float(weights @ plan) - warm) / max(1.0, abs(warm)))
    result = {
        "case": name,
        "columns": problem.program.matrix.shape[1],
        "groups": told.height,
        "searches": len(aims) * len(SLACKS),
        "optimum, CPU s": once,
        "all searches, CPU s": sum(taken),
        "a search, mean CPU s": sum(taken) / len(aims) / len(SLACKS),
        "searches made cold as well": len(again),
        "a cold search, mean CPU s": float(np.mean(again)),
        "cold / warm, these": float(np.sum(again) / np.sum([taken[pick] for pick in drawn])),
        "largest relative difference": apart,
    }
    started = time.process_time()
    if random:
        study = alternatives.alternatives(case, SLACKS, groups, Cloud(random, 0, SEED))
        result["ranges and cloud, CPU s"] = time.process_time() - started
        result["plans"] = study.frame("plans").height
        kinds = study.frame("ranges").group_by("slack", "kind").agg(pl.len()).sort("slack", "kind")
        result["kinds"] = kinds.rows()
    return result


if __name__ == "__main__":
    main()
