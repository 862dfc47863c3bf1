"""The hedge held against futures that nobody planned for: what its first decisions gain on those of other plans.

Each fresh future is a leaf of the tree, drawn by its probability, with its demand for the target and its prices moved
by factors of their own from the first branching on. What is decided before is held as in each plan; all later decisions
are the best for the future at hand, in every plan alike. So the difference is worth of the first decisions alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from teraplan.case.assemble import assemble
from teraplan.case.case import Case
from teraplan.case.edit import Edit, apply_edits
from teraplan.errors import ArgumentError, Fault, Infeasible
from teraplan.executor import Tell
from teraplan.model.build import build_problem
from teraplan.model.problem import Problem
from teraplan.model.remembered import Remembered
from teraplan.solver import solve
from teraplan.uncertainty.trees.stochastic import Shared
from teraplan.uncertainty.trees.tree import Tree

Floats = NDArray[np.float64]
SCHEMA: dict[str, type[pl.DataType]] = {
    "draw": pl.Int64,
    "leaf": pl.String,
    "demand": pl.Float64,
    "prices": pl.Float64,
    "plan": pl.String,
    "cost": pl.Float64,
}


@dataclass(frozen=True)
class Fresh:
    """How many fresh futures, and how far they lie from the leaves.

    spread: standard deviation of the logarithms of the factors of demand and prices [1].
    """

    count: int
    seed: int = 0
    spread: float = 0.1

    def __post_init__(self) -> None:
        """Raise ArgumentError with everything that cannot be used."""
        faults = []
        if self.count < 0:
            faults.append(Fault("fresh", f"is {self.count}", "give how many futures, 0 for none"))
        if not 0.0 <= self.spread <= 2.0:
            faults.append(Fault("spread", f"is {self.spread:g}", "give a number from 0 to 2"))
        if faults:
            raise ArgumentError("hedge", tuple(faults))


@dataclass(frozen=True)
class Draw:
    """A fresh future: its leaf, and the factors of its demand for the target and of its prices from then on [1]."""

    number: int
    leaf: str
    demand: float
    prices: float


def draws(tree: Tree, fresh: Fresh) -> Iterator[Draw]:
    """Yield fresh futures: leaves as often as they are likely, evenly spread; factors with logarithms about 0."""
    random = np.random.default_rng(fresh.seed)
    chances = np.cumsum([tree.probability(leaf) for leaf in tree.leaves])
    begin = random.random()
    for number in range(fresh.count):
        at = int(np.searchsorted(chances, (number + begin) / fresh.count * chances[-1], side="right"))
        demand, prices = np.exp(fresh.spread * random.standard_normal(2))
        yield Draw(number + 1, tree.leaves[min(at, len(tree.leaves) - 1)], float(demand), float(prices))


def fresh_case(case: Case, draw: Draw, since: float) -> Case:
    """Return a leaf's case with a draw's factors from a date on."""
    years, target = f"{int(since)}..", case.tables.settings.target.commodity
    edits = [
        Edit("demand_quantity", {"commodity": target, "year": years}, "multiply", draw.demand, origin="fresh demand"),
        Edit("costs", {"item": "capex", "year": years}, "multiply", draw.prices, origin="fresh prices"),
    ]
    return assemble(apply_edits(case.tables, edits))


def held_to_fresh_futures(
    cases: Mapping[str, Case], form: Shared, values: Mapping[str, Mapping[str, Floats]], fresh: Fresh, tell: Tell
) -> pl.DataFrame:
    """Return what each plan costs in each fresh future: draw, leaf, demand, prices, plan, cost [money unit].

    values: of each plan, for each leaf, of its columns. A cost is null where a plan's first decisions leave no plan.
    """
    rows, remembered = [], Remembered()
    for draw in draws(form.tree, fresh):
        tell(f"fresh future {draw.number} of {fresh.count}")
        case = fresh_case(cases[draw.leaf], draw, form.tree.first_branching)
        problem = build_problem(case, remembered=remembered)
        root = (form.columns[draw.leaf]["node"] == form.tree.root.name).to_numpy()
        for plan, by_leaf in values.items():
            cost = _cost(problem, root, by_leaf[draw.leaf])
            rows.append((draw.number, draw.leaf, draw.demand, draw.prices, plan, cost))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def gains(fresh: pl.DataFrame, over: str, of: str = "hedge") -> pl.DataFrame:
    """Return by how much a plan costs less than another in each fresh future that both can meet: draw, leaf, gain."""
    costs = {name: fresh.filter(pl.col("plan") == name).select("draw", "leaf", "cost") for name in (of, over)}
    both = costs[of].join(costs[over], on=["draw", "leaf"], suffix="_over")
    return both.select("draw", "leaf", gain=pl.col("cost_over") - pl.col("cost")).drop_nulls("gain")


def _cost(problem: Problem, root: NDArray[np.bool_], value: Floats) -> float | None:
    """Cost of a future with its first decisions held; None where that leaves no plan."""
    program, held = problem.program, np.maximum(value, 0.0)
    lower, upper = (np.where(root, held, side) for side in (program.column_lower, program.column_upper))
    try:
        return solve(replace(problem, program=replace(program, column_lower=lower, column_upper=upper))).objective
    except Infeasible:
        return None
