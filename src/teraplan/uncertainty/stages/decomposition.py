"""A program in parts that share a few columns, solved part by part: Benders, a cut for each part, in a trust region.

    minimise  cost x + risk over parts of Q_part(x),   Q_part(x) = least cost of the part when it is given x

A master holds the shared columns x, one column for the cost of each part, and what the parts have said so far: cuts
that lie below Q_part, and cuts that x must obey for a part to have a solution. Each round asks all parts at a trial,
which is the master's best point in a box about the best trial so far [1]; its best point without the box is the bound.

Whole numbers in the master: first the search without them, then the master is solved in whole numbers, these are held,
the other columns are searched, and so on until the bound of the master meets the best trial [2].

[1] Linderoth and Wright 2003, Computational Optimization and Applications 24, 207-250: the trust region.
[2] Van Slyke and Wets 1969, SIAM Journal on Applied Mathematics 17, 638-663; Benders 1962, Numerische Mathematik 4.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from teraplan.errors import ArgumentError, Fault, Infeasible, LimitReached, TeraplanError, Unbounded
from teraplan.executor import Tell, silent
from teraplan.model.optimality import primal_residual
from teraplan.model.problem import LinearProgram
from teraplan.solver_cuts import Basis
from teraplan.uncertainty.stages.checkpoint import Kept, fingerprint
from teraplan.uncertainty.stages.cuts import CutMaster
from teraplan.uncertainty.stages.parts import ROUNDING, TOLERATED, Answer, Cut, Floats, Part, ask
from teraplan.uncertainty.stages.risk import Risk

SERIOUS = 1e-3
"""A trial becomes the middle of the box if it gains at least this share of what the master promised [1]."""
NEAR, WIDE = 1e-3, 0.25
"""Width of the box as long as no trial suits all parts, and then [scale of a column]."""
GOOD = 0.5
"""The box grows where a trial gains at least this share [1]."""
WIDEST = 1e9
"""A box this wide is none [scale of a column]."""

SUM = 1e-6
"""How far the sum of the chances may be from 1."""
NO_TRIAL = "no value of the shared columns suits the master and every part"
PATIENCE = 12
"""Rounds without any bound after which it is asked whether the cost has an end."""


@dataclass(frozen=True)
class Settings:
    """How to search, and when to stop.

    tolerance: relative gap between the best plan and the bound. executor: where parts are solved; none: here, one after
    the other; the answer is the same. start: a first trial of the master's columns. least: for each part what it costs
    at least at any trial, where that is known: the first bound. rounds, seconds: stop after these. folder: where rounds
    are kept as they come; those of a run that was killed are taken from there.
    """

    tolerance: float = 1e-4
    risk: Risk = field(default_factory=Risk)
    executor: Executor | None = None
    start: Floats | None = None
    least: Floats | None = None
    rounds: int | None = None
    seconds: float | None = None
    folder: Path | None = None
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
    bases: tuple[Basis | None, ...]


def decompose(master: LinearProgram, parts: Sequence[Part], settings: Settings | None = None) -> Decomposed:
    """Return the least cost of a master with its parts, and a bound that shows how far that is from the least.

    The chances of the parts must sum to 1, and no part may have a column of its own in whole numbers: cuts would not do
    for that. Raises ArgumentError otherwise; Infeasible where no value of the master's columns suits all parts;
    Unbounded where the cost has no end, or that of a part; LimitReached where a limit came before any plan was found.
    """
    faults = tuple(_faults(master, parts))
    if faults:
        raise ArgumentError("decompose", faults)
    try:
        return _searched(master, parts, settings or Settings())
    except Unbounded:
        # A direction without end matters only if there is any plan.
        nothing = [replace(part, program=_costless(part.program)) for part in parts]
        _searched(_costless(master), nothing, Settings())
        raise


def _faults(master: LinearProgram, parts: Sequence[Part]) -> Iterator[Fault]:
    chances = np.array([part.probability for part in parts])
    if not (np.all(chances >= 0) and abs(chances.sum() - 1) <= SUM):
        yield Fault("parts", f"their chances sum to {chances.sum():.9g}", "let them be 0 or more, and sum to 1")
    for number, part in enumerate(parts):
        own = part.shared < 0
        if part.shared.shape != part.program.cost.shape or (part.shared >= master.cost.size).any():
            yield Fault(
                f"parts[{number}].shared", "does not fit", "name a column of the master, or -1, for each column"
            )
        elif part.program.integer is not None and part.program.integer[own].any():
            yield Fault(f"parts[{number}]", "has whole numbers", "solve the extensive form")
    for where, program in (("master", master), *((f"parts[{at}]", part.program) for at, part in enumerate(parts))):
        if program.maximise:
            yield Fault(where, "is maximised", "turn the signs of its costs")


def _searched(master: LinearProgram, parts: Sequence[Part], settings: Settings) -> Decomposed:
    search = _Search(master, parts, settings)
    search.resume()
    bound = search.descend(search.first_trial(), master.column_lower, master.column_upper)
    if np.isposinf(bound):
        raise Infeasible(NO_TRIAL)
    search.bound = bound
    if master.integer is not None and master.integer.any():
        search.descend_in_whole_numbers()
    return search.result()


@dataclass(frozen=True)
class _Trial:
    """A trial that suits all parts: what it costs, its values, and what each part costs."""

    total: float
    value: Floats
    cost: Floats


NONE = _Trial(float("inf"), np.zeros(0), np.zeros(0))
"""As long as there is no trial that suits all parts."""


class _Search:
    """The master with its cuts, the best trial (and the best in whole numbers), the bound, and the log."""

    def __init__(self, master: LinearProgram, parts: Sequence[Part], settings: Settings) -> None:
        self.program, self.parts, self.settings = master, parts, settings
        self.probability = np.array([part.probability for part in parts])
        self.master = CutMaster(master, self.probability, settings.risk)
        if settings.least is not None:
            self.master.learn([_floor(float(one)) for one in settings.least], np.zeros(0))
        self.kept = None
        if settings.folder is not None:
            self.kept = Kept(settings.folder, fingerprint(master, parts, settings.risk))
        self.bases: list[Basis | None] | None = None
        self.started, self.rounds = time.perf_counter(), list[Round]()
        self.bound, self.best, self.best_whole = -np.inf, NONE, NONE
        self.asked, self.iterations = 0, 0
        self.box = _Box(NEAR)
        self.stalled = False

    def resume(self) -> None:
        """Learn what was kept of a run that ended early."""
        for trial, answers in self.kept.read() if self.kept is not None else ():
            self._take(trial, answers)
        if self.asked:
            self.settings.tell(f"{self.asked} rounds taken from {self.settings.folder}")

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
            if np.isneginf(local) and len(self.rounds) == PATIENCE:
                self._check_end()
            if np.isposinf(local) or self._over(local):
                return local
            found = self._trial(middle, lower, upper)
            if found is None:
                return float("inf")
            trial, promised = found

    def descend_in_whole_numbers(self) -> None:
        """Hold the whole numbers that the master likes best, search the rest, and again, until its bound is met."""
        whole, self.best = self.program.integer, self.best_whole
        assert whole is not None
        while not self._over(self.bound):
            status, bound, trial = self.master.solve_whole(self.settings.tolerance / 4)
            if status == "infeasible":
                raise Infeasible(f"{NO_TRIAL} in whole numbers")
            if status != "optimal":
                raise TeraplanError(f"the master could not be solved in whole numbers ({status})")
            self.bound = max(self.bound, bound)
            if self._over(self.bound):
                break
            lower, upper = (
                np.where(whole, np.round(trial), side)
                for side in (self.program.column_lower, self.program.column_upper)
            )
            self.descend(np.where(whole, np.round(trial), trial), lower, upper)

    def first_trial(self) -> Floats:
        """Return the best trial so far, or the start if the master allows it, or its best point without the parts."""
        program, start = self.program, self.settings.start
        lower, upper = program.column_lower, program.column_upper
        if np.isfinite(self.best.total):
            return self.best.value
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
        best = self.best
        if np.isinf(best.total):
            raise LimitReached("a limit came before any plan was found", self.bound)
        gap = relative_gap(best.total, self.bound)
        status: Literal["optimal", "feasible"] = "optimal" if gap <= self.settings.tolerance else "feasible"
        ended = tuple(self.bases or ())
        return Decomposed(status, best.total, self.bound, gap, best.value, best.cost, tuple(self.rounds), ended)

    def _ask(self, trial: Floats) -> float:
        """Ask the parts, keep what they say, and learn from it; return the cost of the trial."""
        if self.bases is None:
            self.bases = self._lent(trial)
        answers = ask(self.parts, trial, self.bases, self.settings.executor)
        self.bases = [answer.basis or basis for answer, basis in zip(answers, self.bases, strict=True)]
        self.iterations = sum(answer.iterations for answer in answers)
        if self.kept is not None:
            self.kept.write(self.asked, trial, answers)
        return self._take(trial, answers)

    def _take(self, trial: Floats, answers: Sequence[Answer]) -> float:
        """Learn the cuts, and keep the trial if it is the best; return its cost."""
        self.asked += 1
        learnt = self.master.learn(answers, trial)
        cost, total = np.array([answer.cost for answer in answers]), float("inf")
        if np.isfinite(cost).all():
            at_once = float(self.program.cost @ trial + self.program.offset)
            total = at_once + self.settings.risk.measure(cost, self.probability)
        if not learnt and total >= self.best.total:
            # The box has nothing new: look farther, and give up where there is no farther.
            self.stalled = self.box.radius > WIDEST
            self.box.radius *= 8
        found, whole = _Trial(total, trial, cost), self.program.integer
        if total < self.best.total:
            self.best = found
        if whole is not None and total < self.best_whole.total and (trial[whole] == np.round(trial[whole])).all():
            self.best_whole = found
        return total

    def _lent(self, trial: Floats) -> list[Basis | None]:
        """Return bases to start from: for parts of the same shape as the first, where that ends."""
        first = self.parts[0]
        basis = ask([first], trial, [None])[0].basis
        shape = first.program.matrix.shape
        return [basis if part.program.matrix.shape == shape else None for part in self.parts]

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
        found = _searched(near, parts, replace(self.settings, start=None, least=None, folder=None, tell=silent))
        if found.objective < -ROUNDING * max(1.0, float(np.abs(self.program.cost).max(initial=0.0))):
            raise Unbounded("the cost has no end: some of the shared columns can be had without limit, at a gain")

    def _least(self, lower: Floats, upper: Floats) -> float:
        """Return the bound of the master without the box."""
        status, bound = self.master.least(lower, upper)
        if status == "infeasible":
            return float("inf")
        return bound if status == "optimal" and self.master.complete else -np.inf

    def _over(self, bound: float) -> bool:
        """Whether the gap to a bound is closed, or a limit is met, or nothing new is learnt."""
        most, spent = self.settings, time.perf_counter() - self.started
        return (
            self.stalled
            or relative_gap(self.best.total, bound) <= most.tolerance
            or (most.rounds is not None and len(self.rounds) >= most.rounds)
            or (most.seconds is not None and spent >= most.seconds)
        )

    def _log(self, bound: float) -> None:
        seconds = time.perf_counter() - self.started
        best, cuts = self.best.total, len(self.master.cuts)
        gap = relative_gap(best, bound)
        one = Round(len(self.rounds) + 1, bound, best, gap, self.box.radius, cuts, self.iterations, seconds)
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


def _floor(least: float) -> Answer:
    """Return as an answer what a part costs at least anywhere."""
    return Answer(Cut(True, np.zeros(0, dtype=np.intp), np.zeros(0), least), least, None, 0)


def _costless(program: LinearProgram) -> LinearProgram:
    return replace(program, cost=np.zeros_like(program.cost), offset=0.0)


def relative_gap(cost: float, bound: float) -> float:
    """How far a cost lies above a bound, relative; infinite as long as there is no cost or no bound."""
    if np.isinf(cost) or np.isinf(bound):
        return float("inf")
    return max(0.0, cost - bound) / max(1.0, abs(cost))
