"""The best plan of a tree, by either way: its extensive form as one program, or decomposed at the root.

Decomposed, the master holds what is decided before the first branching, and each branch is a part: the extensive form
of what follows. Where the worst share of the leaves counts, a branch with several leaves has no cost of its own that
could be ranked, so there the master holds all that several leaves share, and each leaf is a part.
"""

import time
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from teraplan.errors import ArgumentError, Fault, Infeasible, did_you_mean
from teraplan.executor import Tell, silent
from teraplan.model.problem import LinearProgram, Problem
from teraplan.solver import Options, solve
from teraplan.uncertainty.stages.decomposition import Round, Settings, decompose
from teraplan.uncertainty.stages.extensive import extensive
from teraplan.uncertainty.stages.parts import Part, ask
from teraplan.uncertainty.stages.risk import Risk
from teraplan.uncertainty.trees.stochastic import Shared, extensive_form

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]
Method = Literal["auto", "extensive", "decomposition"]
EXTENSIVE, DECOMPOSED = "extensive form", "decomposition"
"""How a plan was found."""
LARGE = 60_000
"""Columns of the extensive form from which `auto` decomposes."""


@dataclass(frozen=True)
class Ways:
    """How the plan of a tree is sought.

    risk: how the leaves' costs are weighed. method: auto decomposes from LARGE columns on. tolerance: relative gap at
    which the decomposition ends. executor: where it solves its parts; the answer does not depend on it.
    """

    risk: Risk = field(default_factory=Risk)
    method: Method = "auto"
    tolerance: float = 1e-4
    executor: Executor | None = None
    seconds: float | None = None
    options: Options = field(default_factory=Options)

    def __post_init__(self) -> None:
        """Raise ArgumentError with everything that cannot be used."""
        faults = []
        for name, value in (("weight", self.risk.weight), ("share", self.risk.share)):
            if not 0.0 <= value <= 1.0:
                faults.append(Fault(name, f"is {value:g}", "give a number from 0 to 1"))
        if self.method not in get_args(Method):
            faults.append(Fault("method", f"there is no {self.method!r}", did_you_mean(self.method, get_args(Method))))
        if not self.tolerance > 0:
            faults.append(Fault("tolerance", f"is {self.tolerance:g}", "give a number above 0, such as 1e-4"))
        if faults:
            raise ArgumentError("hedge", tuple(faults))


@dataclass(frozen=True)
class TreePlan:
    """The plan of a tree: objective, the bound that shows how far it may be from the best, gap, and how it was found.

    value: for each leaf, of the columns of its problem. cost: of each leaf, in the unit of its problem's objective.
    near: whether it is the nearest to another plan among those of its cost.
    """

    objective: float
    bound: float
    gap: float
    method: str
    seconds: float
    value: Mapping[str, Floats]
    cost: Mapping[str, float]
    rounds: tuple[Round, ...] = ()
    near: bool = False


@dataclass(frozen=True)
class Branch:
    """A part of the decomposition at the root: the extensive form of what follows one node.

    place: for each leaf, which column of the part each column of its problem is.
    """

    part: Part
    place: Mapping[str, Integers]


@dataclass(frozen=True)
class Known:
    """What is known of a tree's plan before it is sought, which helps the decomposition and changes no answer.

    start: a first trial of the master's columns. alone: what each leaf costs if it is known from the start.
    """

    start: Floats | None = None
    alone: Mapping[str, float] | None = None


def plan_tree(
    form: Shared,
    ways: Ways,
    held: Mapping[int, float] | None = None,
    known: Known | None = None,
    tell: Tell = silent,
) -> TreePlan:
    """Return the best plan of a tree.

    held: columns of the master that are held, and at what. Raises Infeasible, Unbounded, LimitReached as `solve` does.
    """
    began = time.perf_counter()
    given = form if not held else replace(form, master=_holding(form.master, held))
    columns = given.master.columns.height + sum(int((part.shared < 0).sum()) for part in given.parts)
    whole_later = any(
        part.program.integer is not None and part.program.integer[part.shared < 0].any() for part in given.parts
    )
    if ways.method == "decomposition" and whole_later:
        fault = Fault("method", "cannot decompose a tree with whole numbers in a leaf", "use the extensive form")
        raise ArgumentError("hedge", (fault,))
    if ways.method == "decomposition" or (ways.method == "auto" and columns >= LARGE and not whole_later):
        found = _decomposed(given, ways, known or Known(), tell)
    else:
        found = _at_once(given, ways, tell)
    return replace(found, seconds=time.perf_counter() - began)


def _at_once(form: Shared, ways: Ways, tell: Tell) -> TreePlan:
    problem = extensive_form(form, ways.risk)
    tell("solving {:,} columns, {:,} rows".format(*reversed(problem.program.matrix.shape)))
    options = replace(ways.options, progress=lambda done, seconds: tell(f"solving: {seconds:.0f} s"))
    solution = solve(problem, replace(options, time_limit=ways.seconds) if ways.seconds else options)
    value = {leaf: solution.value[form.place(leaf)] for leaf in form.tree.leaves}
    cost = cost_by_leaf(form, value)
    return TreePlan(solution.objective, solution.bound, solution.gap, EXTENSIVE, 0.0, value, cost)


def _decomposed(form: Shared, ways: Ways, known: Known, tell: Tell) -> TreePlan:
    if ways.risk.weight:
        master, branches = form.master.program, _by_leaf(form)
    else:
        master, branches = at_root(form)
    parts = [branch.part for branch in branches]
    settings = Settings(
        tolerance=ways.tolerance,
        risk=ways.risk,
        executor=ways.executor,
        start=None if known.start is None else known.start[: master.cost.size],
        least=None if known.alone is None else np.array([_at_least(form, branch, known.alone) for branch in branches]),
        seconds=ways.seconds,
        tell=tell,
    )
    found = decompose(master, parts, settings)
    tell("reading what each future decides")
    answers = ask(parts, found.value, found.bases or [None] * len(parts), ways.executor, values=True)
    value: dict[str, Floats] = {}
    for branch, answer in zip(branches, answers, strict=True):
        if answer.value is None:
            raise Infeasible("a branch has no plan after what is shared")
        value |= {leaf: answer.value[place] for leaf, place in branch.place.items()}
    cost = cost_by_leaf(form, value)
    return TreePlan(found.objective, found.bound, found.gap, DECOMPOSED, 0.0, value, cost, found.rounds)


def _at_least(form: Shared, branch: Branch, alone: Mapping[str, float]) -> float:
    """What a branch costs at least: the mean of what its leaves cost if each is known from the start."""
    chances = np.array([form.tree.probability(leaf) for leaf in branch.place])
    chances = chances / chances.sum() if chances.sum() else np.full(chances.size, 1.0 / chances.size)
    return float(chances @ np.array([alone[leaf] for leaf in branch.place]))


def at_root(form: Shared) -> tuple[LinearProgram, tuple[Branch, ...]]:
    """Return what is decided before the first branching as a master, and the branches as its parts."""
    tree, program = form.tree, form.master.program
    in_root = (form.master.columns["node"] == tree.root.name).to_numpy()
    root_rows = form.master.rows["node"].is_in(["", tree.root.name]).to_numpy()
    root = _cut_out(program, np.flatnonzero(root_rows), np.flatnonzero(in_root))
    return root, tuple(_branch(form, child.name, in_root) for child in tree.children(tree.root.name))


def _branch(form: Shared, child: str, in_root: NDArray[np.bool_]) -> Branch:
    tree, chance = form.tree, form.tree.probability(child)
    inside = {node.name for node in tree.nodes if any(one.name == child for one in tree.path(node.name))}
    mine = in_root | form.master.columns["node"].is_in(inside).to_numpy()
    rows = form.master.rows["node"].is_in(inside).to_numpy()
    at = np.cumsum(mine) - 1
    parts, place, after = [], {}, int(mine.sum())
    for leaf, part in zip(tree.leaves, form.parts, strict=True):
        if leaf in inside:
            own = part.shared < 0
            moved = np.where(own, -1, at[part.shared])
            place[leaf] = np.where(own, after + np.cumsum(own) - 1, moved)
            after += int(own.sum())
            conditional = part.probability / chance if chance else 1.0 / len(tree.below(child))
            parts.append(replace(part, shared=moved, probability=conditional))
    master = _cut_out(form.master.program, np.flatnonzero(rows), np.flatnonzero(mine))
    shared = np.full(after, -1)
    shared[: int(mine.sum())] = np.where(in_root[mine], np.cumsum(in_root)[mine] - 1, -1)
    return Branch(Part(extensive(master, parts), shared, chance), place)


def _by_leaf(form: Shared) -> tuple[Branch, ...]:
    return tuple(
        Branch(part, {leaf: np.arange(part.shared.size)})
        for leaf, part in zip(form.tree.leaves, form.parts, strict=True)
    )


def _cut_out(program: LinearProgram, rows: Integers, columns: Integers) -> LinearProgram:
    """Return some rows and columns of a program."""
    return LinearProgram(
        cost=program.cost[columns],
        offset=program.offset,
        matrix=program.matrix[rows][:, columns],
        row_lower=program.row_lower[rows],
        row_upper=program.row_upper[rows],
        column_lower=program.column_lower[columns],
        column_upper=program.column_upper[columns],
        integer=None if program.integer is None else program.integer[columns],
    )


def _holding(master: Problem, held: Mapping[int, float]) -> Problem:
    lower, upper = master.program.column_lower.copy(), master.program.column_upper.copy()
    at, value = np.fromiter(held, dtype=np.intp), np.fromiter(held.values(), dtype=np.float64)
    lower[at] = upper[at] = np.clip(value, lower[at], upper[at])
    return replace(master, program=replace(master.program, column_lower=lower, column_upper=upper))


def cost_by_leaf(form: Shared, value: Mapping[str, Floats]) -> dict[str, float]:
    """Return what each leaf costs at the values of its columns [money unit]."""
    programs = {leaf: form.problems[leaf].program for leaf in form.tree.leaves}
    return {leaf: float(one.cost @ value[leaf] + one.offset) for leaf, one in programs.items()}


def values_of_master(form: Shared, value: Mapping[str, Floats]) -> Floats:
    """Return the values of the master's columns, from those of the leaves' columns."""
    found = np.zeros(form.master.columns.height)
    for leaf, part in zip(form.tree.leaves, form.parts, strict=True):
        mine = part.shared >= 0
        found[part.shared[mine]] = value[leaf][mine]
    return found


def of_master(form: Shared, columns: pl.DataFrame, value: Floats, root_orders: bool = False) -> dict[int, float]:
    """Return what the columns of the master are in another plan; what that does not have is 0.

    columns, value: of that plan's problem. root_orders: only the orders that are placed before the first branching.
    """
    mine = form.master.columns.drop("depth").with_row_index("at")
    if root_orders:
        mine = mine.filter((pl.col("variable") == "order") & (pl.col("node") == form.tree.root.name))
    theirs = columns.drop("column", strict=False).with_columns(value=pl.Series(value))
    labels = [name for name in theirs.columns if name != "value"]
    both = mine.join(theirs, on=labels, how="left", nulls_equal=True)
    return dict(both.select("at", pl.col("value").fill_null(0.0).clip(0.0)).iter_rows())
