"""A program in parts that share a few columns, solved part by part: Benders with a cut for each part, in a trust region.

    minimise  cost x + risk over parts of Q_part(x),   Q_part(x) = least cost of the part when it is given x

A master holds the shared columns x, one column for the cost of each part, and what the parts have said so far: cuts
that lie below Q_part, and cuts that x must obey for a part to have a solution. Each round asks all parts at a trial. The
trial is the master's best point in a box about the best trial so far; the bound is its best point without the box.

Whole numbers in the master: first the search without them, then the master is solved in whole numbers, these are held,
the other columns are searched, and so on until the bound of the master meets the best trial [2].

[1] Linderoth and Wright 2003, Computational Optimization and Applications 24, 207-250: the trust region.
[2] Van Slyke and Wets 1969, SIAM Journal on Applied Mathematics 17, 638-663; Benders 1962, Numerische Mathematik 4.
"""

import time
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from teraplan.errors import Infeasible, LimitReached, TeraplanError, Unbounded
from teraplan.executor import Tell, silent
from teraplan.model.optimality import primal_residual
from teraplan.model.problem import LinearProgram
from teraplan.solver_cuts import Basis
from teraplan.uncertainty.cuts import CutMaster
from teraplan.uncertainty.parts import ROUNDING, TOLERATED, Answer, Cut, Floats, Part, ask
from teraplan.uncertainty.risk import Risk

SERIOUS = 1e-3
"""A trial becomes the middle of the box if it gains at least this share of what the master promised [1]."""
NEAR, WIDE = 1e-3, 0.25
"""Width of the box as long as no trial suits all parts, and then [scale of a column]."""
GOOD = 0.5
"""The box grows where a trial gains at least this share [1]."""
WIDEST = 1e9
"""A box this wide is none [scale of a column]."""

NO_TRIAL = "no value of the shared columns suits the master and every part"
PATIENCE = 12
"""Rounds without any bound after which it is asked whether the cost has an end."""


@dataclass(frozen=True)
class Settings:
    """How to search, and when to stop.

    tolerance: relative gap between the best plan and the bound. executor: where parts are solved; none: here, one after
    the other; the answer is the same. start: a first trial of the master's columns. least: for each
    part what it costs at least at any trial, where that is known: the first bound. rounds, seconds: stop after these.
    """

    tolerance: float = 1e-4
    risk: Risk = field(default_factory=Risk)
    executor: Executor | None = None
    start: Floats | None = None
    least: Floats | None = None
    rounds: int | None = None
    seconds: float | None = None
    tell: Tell = silent


@dataclass(frozen=True)
class Round:
    """A line of the log: bound, best cost so far, relative gap, width of the box, cuts held, iterations, seconds."""

    number: int
    bound: float
    incumbent: float
    gap: float
    radius: float
    cuts: int
    iterations: int
    seconds: float

    def __str__(self) -> str:
        """Say it in a line."""
        return (
            f"round {self.number}: bound {self.bound:.6g}, best {self.incumbent:.6g}, gap {self.gap:.2%}, "
            f"{self.cuts} cuts, {self.seconds:.0f} s"
        )


@dataclass(frozen=True)
class Decomposed:
    """The answer: status (optimal, or feasible where a limit came first), objective, bound, relative gap, log.

    value: of the master's columns. cost: of each part at that value, without what the columns cost in the master.
    bases: where each part ended last, for asking it again.
    """

    status: Literal["optimal", "feasible"]
    objective: float
    bound: float
    gap: float
    value: Floats
    cost: Floats
    rounds: tuple[Round, ...]
    bases: tuple[Basis | None, ...] = ()


def decompose(master: LinearProgram, parts: Sequence[Part], settings: Settings | None = None) -> Decomposed:
    """Return the least cost of a master with its parts, and a bound that shows how far that is from the least.

    The chances of the parts must sum to 1. Raises Infeasible where no value of the master's columns suits all parts,
    Unbounded where the cost has no end, LimitReached where a limit came before any plan was found.
    """
    try:
        return _searched(master, parts, settings or Settings())
    except Unbounded:
        # A direction without end matters only if there is any plan.
        _searched(_costless(master), [replace(part, probability=0.0) for part in parts], Settings())
        raise


def _searched(master: LinearProgram, parts: Sequence[Part], settings: Settings) -> Decomposed:
    search = _Search(master, parts, settings)
    bound = search.descend(search.first_trial(), master.column_lower, master.column_upper)
    if np.isposinf(bound):
        raise Infeasible(NO_TRIAL)
    search.bound = bound
    if master.integer is not None and master.integer.any():
        search.descend_in_whole_numbers()
    return search.result()


class _Search:
    """The master with its cuts, the best trial, the bound, and the log."""

    def __init__(self, master: LinearProgram, parts: Sequence[Part], settings: Settings) -> None:
        self.program, self.parts, self.settings = master, parts, settings
        self.probability = np.array([part.probability for part in parts])
        self.master = CutMaster(master, self.probability, settings.risk)
        if settings.least is not None:
            floors = [Cut(True, np.zeros(0, dtype=np.intp), np.zeros(0), float(one)) for one in settings.least]
            self.master.learn([Answer(floor, floor.constant, None, 0) for floor in floors], np.zeros(0))
        self.bases: list[Basis | None] = [None] * len(parts)
        self.started, self.rounds = time.perf_counter(), list[Round]()
        self.bound, self.best, self.value = -np.inf, np.inf, np.zeros(0)
        self.cost, self.iterations = np.zeros(len(parts)), 0
        self.box = _Box(NEAR)
        self.stalled = False

    def descend(self, first: Floats, lower: Floats, upper: Floats) -> float:
        """Ask trial after trial between these bounds until none can be better by more than is tolerated, or a limit.

        Returns the bound on all trials between these; infinite where none suits every part.
        """
        local, trial, promised, middle, at_middle = -np.inf, first, -np.inf, first, np.inf
        while True:
            cost = self._ask(trial)
            if self.box.steer(promised, cost, at_middle) and not np.isinf(cost):
                middle, at_middle = trial, cost
            local = max(local, self._least(lower, upper))
            self._log(local)
            if np.isinf(local) and len(self.rounds) == PATIENCE:
                self._check_end()
            if np.isposinf(local) or self._close(local) or self._at_limit() or self.stalled:
                return local
            found = self._trial(middle, lower, upper)
            if found is None:
                return float("inf")
            trial, promised = found

    def descend_in_whole_numbers(self) -> None:
        """Hold the whole numbers that the master likes best, search the rest, and again, until its bound is met."""
        whole = self.program.integer
        assert whole is not None
        if not np.array_equal(self.value[whole], np.round(self.value[whole])):
            self.best = np.inf
        while not self._close(self.bound) and not self._at_limit() and not self.stalled:
            status, bound, trial = self.master.solve_whole(self.settings.tolerance / 4)
            if status == "infeasible":
                raise Infeasible(f"{NO_TRIAL} in whole numbers")
            if status != "optimal":
                raise TeraplanError(f"the master could not be solved in whole numbers ({status})")
            self.bound = max(self.bound, bound)
            if self._close(self.bound):
                break
            held = np.round(trial)
            lower, upper = (
                np.where(whole, held, side) for side in (self.program.column_lower, self.program.column_upper)
            )
            self.descend(np.where(whole, held, trial), lower, upper)

    def first_trial(self) -> Floats:
        """Return the start if the master allows it, else the master's best point without the parts, else one near 0."""
        program, start = self.program, self.settings.start
        lower, upper = program.column_lower, program.column_upper
        if start is not None and primal_residual(program, start).relative <= TOLERATED:
            return start
        status, _, value = self.master.solve(lower, upper)
        if status == "optimal":
            return value
        found = self._trial(np.clip(np.zeros(lower.size), lower, upper), lower, upper)
        if found is None:
            raise Infeasible(NO_TRIAL)
        return found[0]

    def result(self) -> Decomposed:
        """Return what was found."""
        if np.isinf(self.best):
            raise LimitReached("a limit came before any plan was found", self.bound)
        gap = relative_gap(self.best, self.bound)
        status: Literal["optimal", "feasible"] = "optimal" if gap <= self.settings.tolerance else "feasible"
        return Decomposed(status, self.best, self.bound, gap, self.value, self.cost, tuple(self.rounds), tuple(self.bases))

    def _ask(self, trial: Floats) -> float:
        """Ask the parts, learn their cuts, and keep the trial if it is the best; return its cost."""
        if not self.rounds:
            self._lend(trial)
        answers = ask(self.parts, trial, self.bases, self.settings.executor)
        self.bases = [answer.basis or basis for answer, basis in zip(answers, self.bases, strict=True)]
        self.iterations = sum(answer.iterations for answer in answers)
        learnt = self.master.learn(answers, trial)
        cost = np.array([answer.cost for answer in answers])
        suits = bool(np.isfinite(cost).all())
        at_once = float(self.program.cost @ trial + self.program.offset)
        total = at_once + self.settings.risk.measure(cost, self.probability) if suits else np.inf
        self.stalled = not learnt and total >= self.best
        if total < self.best:
            self.best, self.value, self.cost = total, trial, cost
        return total

    def _lend(self, trial: Floats) -> None:
        """Let parts of the same shape as the first start from where that ends: nearer than from nothing."""
        first = self.parts[0]
        basis = ask([first], trial, [None])[0].basis
        shape = first.program.matrix.shape
        self.bases = [basis if part.program.matrix.shape == shape else None for part in self.parts]

    def _trial(self, middle: Floats, lower: Floats, upper: Floats) -> tuple[Floats, float] | None:
        """Return the master's best point in the box about the middle, and what it promises there; None without any."""
        while True:
            status, promised, value = self.master.solve(*self.box.about(middle, lower, upper))
            if status == "optimal":
                return value, promised
            if self.box.radius > WIDEST:
                if status == "infeasible":
                    return None
                self._check_end()
                self.box.radius = 1.0
            self.box.radius *= 8

    def _check_end(self) -> None:
        """Raise Unbounded if the cost has no end: if a direction that can be followed for ever brings a gain."""
        parts = [replace(part, program=_directions(part.program)) for part in self.parts]
        master = _directions(self.program)
        near = replace(
            master, column_lower=np.maximum(master.column_lower, -1), column_upper=np.minimum(master.column_upper, 1)
        )
        found = decompose(near, parts, replace(self.settings, start=None, tell=silent))
        if found.objective < -ROUNDING * max(1.0, float(np.abs(self.program.cost).max(initial=0.0))):
            raise Unbounded("the cost has no end: some of the shared columns can be had without limit, at a gain")

    def _least(self, lower: Floats, upper: Floats) -> float:
        """Return the bound of the master without the box."""
        status, bound = self.master.least(lower, upper)
        if status == "infeasible":
            return float("inf")
        return bound if status == "optimal" and self.master.complete else -np.inf

    def _close(self, bound: float) -> bool:
        return relative_gap(self.best, bound) <= self.settings.tolerance

    def _at_limit(self) -> bool:
        most = self.settings
        spent = time.perf_counter() - self.started
        return (most.rounds is not None and len(self.rounds) >= most.rounds) or (
            most.seconds is not None and spent >= most.seconds
        )

    def _log(self, bound: float) -> None:
        seconds = time.perf_counter() - self.started
        gap, cuts = relative_gap(self.best, bound), len(self.master.cuts)
        one = Round(len(self.rounds) + 1, bound, self.best, gap, self.box.radius, cuts, self.iterations, seconds)
        self.rounds.append(one)
        self.settings.tell(str(one))


@dataclass
class _Box:
    """The trust region: every column within radius times its scale of the middle. It widens and shrinks as in [1]."""

    radius: float
    failed: int = 0

    def about(self, middle: Floats, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
        """Return the bounds of the box about the middle."""
        if self.radius > WIDEST:
            return lower, upper
        size = np.abs(middle)
        usual = float(np.median(size[size > 0])) if (size > 0).any() else 1.0
        reach = self.radius * np.maximum(size, usual)
        return np.clip(middle - reach, lower, upper), np.clip(middle + reach, lower, upper)

    def steer(self, promised: float, cost: float, before: float) -> bool:
        """Widen or shrink after a trial that promised a cost and had another; return whether it is the new middle."""
        if np.isinf(before):
            self.radius = WIDE if np.isfinite(cost) else NEAR
            return True
        hoped, gained = before - promised, before - cost
        if gained >= GOOD * hoped:
            self.radius = min(2 * self.radius, 2 * WIDEST)
        worse = min(1.0, self.radius) * -gained / hoped if hoped > 0 else 0.0
        self.failed += worse > 0
        if worse > 3 or (self.failed >= 3 and worse > 1):
            self.radius /= min(worse, 4.0)
            self.failed = 0
        return gained > SERIOUS * hoped


def _directions(program: LinearProgram) -> LinearProgram:
    """Return the program of the directions that can be followed for ever: every limit that is one becomes 0."""
    row_lower, row_upper, column_lower, column_upper = (
        np.where(np.isfinite(side), 0.0, side)
        for side in (program.row_lower, program.row_upper, program.column_lower, program.column_upper)
    )
    return LinearProgram(program.cost, 0.0, program.matrix, row_lower, row_upper, column_lower, column_upper)


def _costless(program: LinearProgram) -> LinearProgram:
    return replace(program, cost=np.zeros_like(program.cost), offset=0.0)


def relative_gap(cost: float, bound: float) -> float:
    """How far a cost lies above a bound, relative; infinite as long as there is no cost or no bound."""
    if np.isinf(cost) or np.isinf(bound):
        return float("inf")
    return max(0.0, cost - bound) / max(1.0, abs(cost))
