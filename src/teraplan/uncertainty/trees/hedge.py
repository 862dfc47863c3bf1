"""The plan that is best over all futures of a tree, beside plans made for one future: a study.

    WS <= RP <= EEV      EVPI = RP - WS      VSS = EEV - RP

RP is what the tree's plan costs; WS what it would cost to know the future from the start; EEV what it costs to place
the orders before the first branching as in the plan for the mean of all futures, and to decide all later ones as well
as can be [1][2]. All three are weighed alike: by the mean of the leaves' costs, or by that and the worst share of them.

[1] Birge and Louveaux 2011, Introduction to Stochastic Programming, chapter 4.
[2] Escudero, Garin, Merino and Perez 2007, TOP 15, 48-64: the value of the stochastic solution with many stages; EEV
here fixes the orders of the first stage.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version

import numpy as np
import polars as pl
from numpy.typing import NDArray

from teraplan.case.case import Case
from teraplan.errors import CaseError, Fault, Infeasible
from teraplan.model.build import build_problem
from teraplan.model.problem import Problem
from teraplan.model.remembered import Remembered
from teraplan.plan import Tell, plan, silent
from teraplan.results.results import Results
from teraplan.solver import solve
from teraplan.uncertainty.trees.fresh import Fresh, held_to_fresh_futures
from teraplan.uncertainty.trees.futures import leaf_cases, mean_case
from teraplan.uncertainty.trees.hedge_tables import (
    compute_served,
    measures_of,
    nodes_of,
    orders_by_node,
    orders_now,
    price_of_orders,
)
from teraplan.uncertainty.trees.nearest import nearest
from teraplan.uncertainty.trees.recourse import EXTENSIVE, Known, TreePlan, Ways, of_master, plan_tree
from teraplan.uncertainty.trees.stochastic import Shared, shared
from teraplan.uncertainty.trees.tree import Tree, tree_of_case

Floats = NDArray[np.float64]
HEDGE, ALONE, MEAN, LIKELY = "hedge", "alone", "mean", "likely"
"""Plans: the tree's; each future's own; with the orders, before the first branching, of the mean and likeliest future.
"""
WORDS = ("periods", "processes", "commodities", "regions")


@dataclass(frozen=True)
class Futures:
    """The leaves of a tree as cases and problems, and what they share."""

    case: Case
    tree: Tree
    cases: Mapping[str, Case]
    form: Shared
    remembered: Remembered

    @property
    def likely(self) -> str:
        """The likeliest leaf."""
        return max(self.tree.leaves, key=self.tree.probability)

    @property
    def problems(self) -> Mapping[str, Problem]:
        """The problem of each leaf."""
        return self.form.problems


@dataclass(frozen=True)
class Rival:
    """What comes of the orders, before the first branching, of a plan that was made for one future.

    found: none where they leave no plan in some futures, which `fails` names (the tree itself, where each future alone
    could be met).
    """

    found: TreePlan | None
    fails: tuple[str, ...] = ()


def hedge(
    case: Case, tree: Tree | None = None, ways: Ways | None = None, fresh: Fresh | None = None, tell: Tell = silent
) -> Results:
    """Return the hedge of a case over a tree of futures, beside the plans for its mean and its likeliest future.

    case: without a scenario; the tree's nodes change it. tree: none: that of the case's table, for a case that ships.
    fresh: further futures that nobody planned for, to test the hedge on; none: no test.

    Frames: `nodes`, `leaves` (leaf, probability, plan, cost [money unit]), `measures`, `compute` (what of the target is
    served: plan, leaf, period), `orders` (plan, node, process, region, period), `now` (orders before the first
    branching beside those of the other plans), `fresh`. Raises CaseError for a tree or data with faults, Infeasible
    where no plan can meet all futures.
    """
    return hedge_and_plans(futures_of(case, tree, tell), ways or Ways(), fresh, tell)[0]


def futures_of(case: Case, tree: Tree | None = None, tell: Tell = silent) -> Futures:
    """Return the futures of a case, stated as problems; CaseError where that cannot be."""
    faults = []
    if case.tables.settings.objective != "least_cost":
        fix = "set objective = least_cost"
        faults.append(Fault("objective", "a hedge is planned at least cost, not for the most of the target", fix))
    if case.kept.height or case.programme is not None:
        faults.append(Fault("keep", "a hedge stands on no other plan", "give the case without what it keeps"))
    if faults:
        raise CaseError(case.name, tuple(faults))
    tree = tree or tree_of_case(case.tables)
    cases = leaf_cases(case, tree)
    remembered, problems = Remembered(), {}
    for leaf, one in cases.items():
        tell(f"stating the problem of {leaf}")
        problems[leaf] = build_problem(one, remembered=remembered)
    starts = dict(case.periods.select("period", "start").iter_rows())
    return Futures(case, tree, cases, shared(tree, problems, starts), remembered)


def hedge_and_plans(
    futures: Futures, ways: Ways, fresh: Fresh | None = None, tell: Tell = silent
) -> tuple[Results, dict[str, Results]]:
    """Return the hedge, and each leaf's path as a plan: audited, with what several futures share held."""
    form = futures.form
    tell("planning the mean of the futures")
    mean = build_problem(mean_case(futures.cases, futures.tree), remembered=futures.remembered)
    of_mean = solve(mean, ways.options).value
    alone, cost_alone = _each_alone(futures, ways, tell)
    known = Known(np.array(list(of_master(form, mean.columns, of_mean).values())), cost_alone)
    best = plan_tree(form, ways, None, known, lambda text: tell(f"hedge: {text}"))
    likely = futures.likely
    first = {
        MEAN: of_master(form, mean.columns, of_mean, root_orders=True),
        LIKELY: of_master(form, futures.problems[likely].columns, alone[likely], root_orders=True),
    }
    rivals = {name: _rival(futures, ways, held, name, tell) for name, held in first.items()}
    best = _better(best, rivals)
    if best.method == EXTENSIVE:
        tell("hedge: as near to the plan of the likely future as it can be")
        best = nearest(form, ways.risk, best, first[LIKELY], price_of_orders(futures.cases, form), ways.options)
    values = {HEDGE: best.value, ALONE: alone}
    costs = {HEDGE: best.cost, ALONE: cost_alone}
    for name, rival in rivals.items():
        if rival.found is not None:
            values[name], costs[name] = rival.found.value, rival.found.cost
    plans = _plans(futures, ways, best, tell)
    frames = {
        "nodes": nodes_of(futures.tree),
        "leaves": _leaves(futures.tree, costs),
        "measures": measures_of(futures.tree, costs, best.objective, ways.risk),
        "compute": compute_served(futures.cases, futures.problems, values),
        "orders": orders_by_node(futures.cases, form, values),
        "fresh": held_to_fresh_futures(
            futures.cases, form, {name: values[name] for name in values if name != ALONE}, fresh or Fresh(0), tell
        ),
    }
    frames["now"] = orders_now(frames["orders"], futures.tree)
    frames |= {name: plans[likely].frame(name) for name in WORDS}
    return Results(_record(futures, ways, best, rivals), frames), plans


def _each_alone(futures: Futures, ways: Ways, tell: Tell) -> tuple[dict[str, Floats], dict[str, float]]:
    """Plan every future as if it were known from the start."""
    values, costs = {}, {}
    for leaf, problem in futures.problems.items():
        tell(f"planning {leaf} as if it were known")
        try:
            solution = solve(problem, ways.options)
        except Infeasible as error:
            raise Infeasible(f"no plan can meet the future {leaf!r}, known or not", error.culprits) from None
        values[leaf], costs[leaf] = solution.value, solution.objective
    return values, costs


def _rival(futures: Futures, ways: Ways, held: Mapping[int, float], name: str, tell: Tell) -> Rival:
    """Plan the tree with the orders before the first branching held; say which futures they leave without a plan."""
    form = futures.form
    start = np.zeros(form.master.columns.height)
    start[list(held)] = list(held.values())
    try:
        told = f"orders of the {name} future"
        return Rival(plan_tree(form, ways, held, Known(start), lambda text: tell(f"{told}: {text}")))
    except Infeasible:
        pass
    fails = []
    for leaf, part in zip(futures.tree.leaves, form.parts, strict=True):
        tell(f"whether {leaf} can be met with the orders of the {name} future")
        problem = futures.problems[leaf]
        value = np.array([held.get(int(at), np.nan) for at in part.shared])
        lower, upper = (
            np.where(np.isnan(value), side, value)
            for side in (problem.program.column_lower, problem.program.column_upper)
        )
        program = replace(problem.program, column_lower=lower, column_upper=upper)
        try:
            solve(replace(problem, program=program), ways.options)
        except Infeasible:
            fails.append(leaf)
    return Rival(None, tuple(fails))


def _better(best: TreePlan, rivals: Mapping[str, Rival]) -> TreePlan:
    """Return the best plan there is: a rival's orders may cost less than a search found that ended at its tolerance."""
    for rival in rivals.values():
        if rival.found is not None and rival.found.objective < best.objective:
            found = rival.found
            gap = abs(found.objective - best.bound) / max(1.0, abs(found.objective))
            best = replace(best, objective=found.objective, gap=gap, value=found.value, cost=found.cost)
    return best


def _plans(futures: Futures, ways: Ways, best: TreePlan, tell: Tell) -> dict[str, Results]:
    """Plan each leaf with all that it shares held at the hedge.

    What is held has no price: prices and limits of the periods that a leaf shares are left out.
    """
    plans = {}
    for leaf, part in zip(futures.tree.leaves, futures.form.parts, strict=True):
        held = part.shared >= 0
        value = pl.Series(np.maximum(best.value[leaf], 0.0))
        columns = futures.problems[leaf].columns.drop("column")
        kept = columns.with_columns(lower=value, upper=value).filter(pl.Series(held))
        found = plan(replace(futures.cases[leaf], kept=kept), ways.options, lambda text, at=leaf: tell(f"{at}: {text}"))  # type: ignore[misc]
        run = {**found.run, "hedge": futures.tree.probability(leaf)}
        own = futures.case.periods.filter(pl.col("start") >= (futures.tree.node(leaf).known_from or 0.0))
        told = {name: found.frame(name).join(own, on="period", how="semi") for name in ("prices", "bottlenecks")}
        plans[leaf] = replace(found, run=run, frames={**found.frames, **told})
    return plans


def _leaves(tree: Tree, costs: Mapping[str, Mapping[str, float]]) -> pl.DataFrame:
    rows = [
        {"leaf": leaf, "probability": tree.probability(leaf), "plan": name, "cost": cost[leaf]}
        for name, cost in costs.items()
        for leaf in tree.leaves
    ]
    return pl.DataFrame(rows)


def _record(futures: Futures, ways: Ways, best: TreePlan, rivals: Mapping[str, Rival]) -> dict[str, object]:
    tables, tree = futures.case.tables, futures.tree
    settings = tables.settings
    return {
        "schema": 1,
        "kind": "hedge",
        "case": futures.case.name,
        "title": settings.title,
        "case_hash": tables.fingerprint,
        "as_of": str(settings.as_of),
        "edits": list(tables.edits),
        "target": settings.target.commodity,
        "money_unit": settings.money_unit,
        "base_year": settings.base_year,
        "teraplan_version": version("teraplan"),
        "weight": ways.risk.weight,
        "share": ways.risk.share,
        "objective": best.objective,
        "bound": best.bound,
        "gap": best.gap,
        "method": best.method,
        "near": best.near,
        "seconds": {"solve": best.seconds},
        "stages": tree.stages,
        "first_branching": tree.first_branching,
        "likely": futures.likely,
        "cannot_meet": {name: list(rival.fails) for name, rival in rivals.items() if rival.found is None},
    }
