"""Near-optimal plans: how far sums of columns can go while a linear program costs hardly more than it must.

    step 1: optimum = min cost x over all plans x of the program
    step 2: max (or min) of weights x over those plans with cost x <= optimum + slack |optimum|

(modelling to generate alternatives, Brill 1979; DeCarolis 2011). Where a program maximises, its objective is held at
optimum - slack |optimum| or more. Every search starts from the basis of the optimum, at which the new limit holds
already, so that primal simplex alone moves on from there; one that is not done soon is made cold. The slacks of one
search follow each other, the smallest first, each from the basis of the one before. So an answer depends on its own
weights and slacks, not on what was asked before, nor on a clock.

Whole numbers: the optimum is found with them, the plans near it without. Without them there are more plans, so a least
amount above 0 and a largest of 0 are certain; what lies between may be less free than it looks.
"""

import hashlib
import pickle
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import TypeVar

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from teraplan.errors import ArgumentError, Fault, TeraplanError, Unbounded
from teraplan.executor import Outcome, run_cases
from teraplan.model.problem import LinearProgram, Problem
from teraplan.solver import Options, solve
from teraplan.solver_live import LiveProgram
from teraplan.uncertainty.ensemble import Means

Item = TypeVar("Item")
Floats = NDArray[np.float64]
Weights = tuple[float, ...]
"""How much each measure counts in what a plan is to have most of; the least of one is the most of it with weight -1."""
IN_USE = 1e-6
"""A measure above this share of the largest amount that it has is in use [1]."""
PATIENCE = 0.5
"""A search is given up, and made cold, after this many iterations of simplex for each row (docs/benchmarks.md) [1]."""
FUNCTION = "near-optimal plans"
HERE = Means()


@dataclass(frozen=True)
class Hops:
    """An aim of several plans in a row, each with as little as it can have of what those before it used.

    counted: which measures it looks at; empty: all.
    """

    plans: int
    counted: tuple[bool, ...] = ()


class NearOptimal:
    """The plans near the optimum of a program, held in HiGHS. optimum: the objective; best: a plan that has it."""

    def __init__(self, program: LinearProgram, options: Options | None = None) -> None:
        """Solve the program cold; raises what `solver.solve` does, and ArgumentError where the optimum is 0."""
        self._options = options or Options()
        self._held = named(_with_limit(replace(program, integer=None)))
        self._live = LiveProgram(self._held, self._options)
        self._start = self._live.get_basis()
        self._patience = round(PATIENCE * program.matrix.shape[0])
        found = self._live.first if program.integer is None else solve(named(program), self._options)
        self.optimum, self.best = found.objective, found.value
        if abs(self.optimum) < IN_USE:
            what = "is 0: no share of it is a slack"
            raise ArgumentError(FUNCTION, (Fault("optimum", what, "give the program costs that it cannot avoid"),))

    def most(self, weights: Floats, slacks: Sequence[float]) -> list[Floats | None]:
        """Return for each slack a plan with the most of a weighted sum of columns; None where it grows without end.

        slacks: rising shares of the optimum [1].
        """
        found: list[Floats | None] = []
        try:
            for slack in slacks:
                found.append(self._most(weights, slack))
                self._live.set_basis(self._live.get_basis())
        finally:
            self._live.change(self._held)
            self._live.set_basis(self._start)
        return found

    def most_anew(self, weights: Floats, slack: float) -> Floats | None:
        """Return what `most` does at one slack, found cold: to compare with."""
        self._aim(weights, slack)
        try:
            return self._live.solve_anew().value
        except Unbounded:
            return None
        finally:
            self._live.change(self._held)

    def objective(self, plan: Floats) -> float:
        """Return the objective of a plan."""
        return float(self._held.program.cost @ plan) + self._held.program.offset

    def _aim(self, weights: Floats, slack: float) -> None:
        """Hold the program that seeks the most of the weights within a slack."""
        held = self._held.program
        sign = -1.0 if held.maximise else 1.0
        limit = self.optimum - held.offset + sign * slack * abs(self.optimum)
        aimed = replace(held, cost=-sign * weights, offset=0.0)
        if held.maximise:
            aimed = replace(aimed, row_lower=np.append(held.row_lower[:-1], limit))
        else:
            aimed = replace(aimed, row_upper=np.append(held.row_upper[:-1], limit))
        self._live.change(replace(self._held, program=aimed))

    def _most(self, weights: Floats, slack: float) -> Floats | None:
        self._aim(weights, slack)
        try:
            return (self._live.solve(iterations=self._patience) or self._live.solve_anew()).value
        except Unbounded:
            return None


def named(program: LinearProgram) -> Problem:
    """Return a program as a problem whose columns and rows are told apart by their numbers."""
    rows, columns = (pl.int_range(size, eager=True).cast(pl.String) for size in program.matrix.shape)
    return Problem(
        program=program,
        columns=pl.DataFrame({"variable": "column", "number": columns}),
        rows=pl.DataFrame({"equation": "row", "number": rows}),
        cost_terms=pl.DataFrame(),
    )


def _with_limit(program: LinearProgram) -> LinearProgram:
    """The program with its objective as one more row, the last, that is not held to anything yet."""
    return replace(
        program,
        matrix=sparse.vstack([program.matrix, sparse.csr_matrix(program.cost)], format="csr"),
        row_lower=np.append(program.row_lower, -np.inf),
        row_upper=np.append(program.row_upper, np.inf),
    )


def ranges(
    program: LinearProgram, measures: ArrayLike, slack: float | Sequence[float], means: Means | None = None
) -> pl.DataFrame:
    """Return how far each measure can go: measure (its number), slack, least, most (infinite where it has no end).

    measures: a row of weights for each, a column for each of the program. slack: shares of the optimum [1]. means:
    where plans are looked for; none: one after the other in this process. Raises ArgumentError for what cannot be used,
    and what `solver.solve` does.
    """
    slacks, matrix = checked_slacks(slack), _checked_measures(program, measures)
    count = matrix.shape[0]
    aims = {f"{sign} {at}": _only(at, count, sign) for at in range(count) for sign in (-1.0, 1.0)}
    found = extreme_plans(program, matrix, aims, slacks, means)
    aim = pl.col("aim").str.split_exact(" ", 1)
    own = found.with_columns(
        sign=aim.struct[0].cast(pl.Float64), aimed=aim.struct[1].cast(found.schema["measure"])
    ).filter(pl.col("aimed") == pl.col("measure"))
    amount = pl.col("amount").fill_null(pl.col("sign") * np.inf)
    return (
        own.group_by("measure", "slack")
        .agg(least=amount.filter(pl.col("sign") < 0).first(), most=amount.filter(pl.col("sign") > 0).first())
        .sort("measure", "slack")
    )


def hop_skip_jump(
    program: LinearProgram, measures: ArrayLike, slack: float, plans: int = 10, options: Options | None = None
) -> pl.DataFrame:
    """Return plans that use as little as they can of what the plans before them used: plan, objective, measure, amount.

    Plan 0 is the optimum. It ends with the plan after which nothing new comes into use, or after so many further plans
    (Brill 1982).
    """
    [share], matrix = checked_slacks(slack), _checked_measures(program, measures)
    found = _plans(sent(program, matrix), [share], options or Options(threads=1), Hops(plans))
    return found.select("plan", "objective", "measure", "amount")


def sphere(count: int, size: int, seed: int) -> list[Weights]:
    """Return so many random directions of a size, even over the sphere; the same for the same seed."""
    drawn = np.random.default_rng(seed).standard_normal((count, size))
    return [tuple(row) for row in (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).tolist()]


def extreme_plans(
    program: LinearProgram,
    measures: sparse.csr_matrix,
    aims: Mapping[str, Weights | Hops],
    slacks: Sequence[float],
    means: Means | None = None,
) -> pl.DataFrame:
    """Return what the plans have that go furthest for each aim: aim, slack, plan, objective, measure, amount.

    An aim without weights gives the optimum. plan numbers those of an aim of several. objective and amounts are null
    where there is no furthest plan. Raises what `solver.solve` and `run_cases` do.
    """
    asked = partial(_plans, sent(program, measures), tuple(slacks), (means or HERE).options)
    outcome = run_all(asked, aims, means)
    for name, failure in outcome.failures.items():
        error = TeraplanError(f"{name}: {failure.message}")
        error.exit_code = failure.exit_code or error.exit_code
        raise error
    return pl.concat(frame.select(pl.lit(name).alias("aim"), pl.all()) for name, frame in outcome.results.items())


def run_all(
    work: Callable[[Item], pl.DataFrame], items: Mapping[str, Item], means: Means | None
) -> Outcome[pl.DataFrame]:
    """Return what `run_cases` does; without means, one item after the other in this process."""
    if means is not None:
        return run_cases(work, items, means.executor, means.store, means.tell)
    with ThreadPoolExecutor(1) as here:
        return run_cases(work, items, here)


def checked_slacks(slack: float | Sequence[float]) -> list[float]:
    """Return slacks in rising order, each once; ArgumentError for one that is no share of 0 or more."""
    given = [slack] if isinstance(slack, int | float) else list(slack)
    faults = [
        Fault(f"slack {one!r}", "is no share of the optimum", "give 0 or more, such as 0.02 for 2 %")
        for one in given
        if not (isinstance(one, int | float) and 0 <= one < np.inf)
    ]
    if not given:
        faults.append(Fault("slack", "is not given", "give one or more, such as 0.02 for 2 %"))
    if faults:
        raise ArgumentError(FUNCTION, tuple(faults))
    return sorted({float(one) for one in given})


# --- sent to workers --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sent:
    """A program and what is measured of its plans, as they are sent to workers: small, told apart by their content."""

    digest: str
    content: bytes = field(compare=False, repr=False)


def sent(program: LinearProgram, measures: sparse.csr_matrix) -> Sent:
    """Return a program and measures as they are sent to workers."""
    told = hashlib.sha256()
    for matrix in (program.matrix, measures):
        for part in (matrix.indptr, matrix.indices, matrix.data):
            told.update(part.tobytes())
    for name in ("cost", "offset", "row_lower", "row_upper", "column_lower", "column_upper", "integer", "maximise"):
        told.update(np.asarray(getattr(program, name)).astype(float).tobytes())
    return Sent(told.hexdigest(), zlib.compress(pickle.dumps((program, measures)), 1))


@lru_cache(maxsize=1)
def _unpacked(content: Sent, options: Options) -> tuple[NearOptimal, sparse.csr_matrix]:
    """What was sent, solved once and held as long as the worker is asked about the same program."""
    program, measures = pickle.loads(zlib.decompress(content.content))
    return NearOptimal(program, options), measures


def _plans(content: Sent, slacks: Sequence[float], options: Options, aim: Weights | Hops) -> pl.DataFrame:
    near, measures = _unpacked(content, options)
    found: list[tuple[float, int, Floats | None]]
    if isinstance(aim, Hops):
        found = [(slack, at, x) for slack in slacks for at, x in enumerate(_hopped(near, measures, slack, aim))]
    elif any(aim):
        found = [(slack, 0, x) for slack, x in zip(slacks, near.most(measures.T @ np.array(aim), slacks), strict=True)]
    else:
        found = [(slack, 0, near.best) for slack in slacks]
    count = measures.shape[0]
    return pl.concat(
        pl.DataFrame({"measure": pl.int_range(count, eager=True)}).select(
            slack=pl.lit(slack),
            plan=pl.lit(at, pl.Int64),
            objective=pl.lit(None if plan is None else near.objective(plan), pl.Float64),
            measure="measure",
            amount=pl.Series([None] * count if plan is None else measures @ plan, dtype=pl.Float64),
        )
        for slack, at, plan in found
    )


def _hopped(near: NearOptimal, measures: sparse.csr_matrix, slack: float, hops: Hops) -> Iterator[Floats]:
    """Yield the optimum, then plans with as little as can be of what came into use before, while something new does."""
    plan, used = near.best, np.zeros(measures.shape[0], dtype=bool)
    counted = np.array(hops.counted) if hops.counted else ~used
    for _ in range(hops.plans + 1):
        amounts = np.abs(measures @ plan) * counted
        new = (amounts > IN_USE * max(1.0, float(amounts.max()))) & ~used
        if not new.any():
            return
        yield plan
        used |= new
        [further] = near.most(-(measures.T @ used.astype(float)), [slack])
        if further is None:
            return
        plan = further


def _only(at: int, count: int, weight: float) -> Weights:
    return (0.0,) * at + (weight,) + (0.0,) * (count - at - 1)


def _checked_measures(program: LinearProgram, measures: ArrayLike) -> sparse.csr_matrix:
    matrix = sparse.csr_matrix(np.atleast_2d(measures) if not sparse.issparse(measures) else measures, dtype=float)
    width = program.matrix.shape[1]
    faults = []
    if matrix.shape[1] != width:
        what = f"have {matrix.shape[1]} weights each, the program has {width} columns"
        faults.append(Fault("measures", what, "give a weight for each column, in their order"))
    if not np.isfinite(matrix.data).all():
        faults.append(Fault("measures", "hold a weight that is not a finite number", "give finite numbers"))
    if faults:
        raise ArgumentError(FUNCTION, tuple(faults))
    return matrix
