"""Planner: one case after another, of which each changes a few numbers of the last. Only what differs is made again.

Every case is built by the same `build_problem` as in `plan`, with what it has built before remembered. Where it has the
columns and rows of the first case it is solved warm, from the basis of that case, or cold, as `solver.solve` does,
whichever its own measurements say. A warm answer is held to the same conditions as a cold one. See
docs/decisions/0010-warm-or-cold.md.
"""

import math
import time
from dataclasses import dataclass, field, replace
from statistics import mean
from types import TracebackType
from typing import Literal

from teraplan.case.case import Case
from teraplan.errors import TeraplanError
from teraplan.model.build import build_problem
from teraplan.model.problem import Problem
from teraplan.model.remembered import Remembered
from teraplan.plan import plan_by, solve_steps
from teraplan.results.results import Results
from teraplan.solver import Options, Solution, solve
from teraplan.solver_live import Change, LiveProgram, difference

Warm = Literal["measured", "always", "never"]
PATIENCE = 1.0
"""A warm solve is given up after this many times the mean time of a cold one [1]."""


@dataclass(frozen=True)
class Solved:
    """A line of the log: which numbers differ from the case before, how it started, and what it took.

    step: largest or cheapest. start: warm, cold, or `warm, then cold`. changed: None where columns or rows are
    others, and `rebuilt` says why. iterations are those of the answer, seconds all that was spent on finding it [s].
    """

    step: str
    start: str
    changed: Change | None
    rebuilt: str
    iterations: int
    seconds: float


class Planner:
    """A case that stays built and solved, for planning edited cases one after the other.

    Use it in a `with` block, or call `close`, to free the memory that HiGHS holds.
    log: one line for each solve so far.
    """

    def __init__(self, case: Case, options: Options | None = None, warm: Warm = "measured") -> None:
        """Build and solve the case; raises what `plan` does.

        warm: `measured` tries a warm start for each kind of change and keeps to it as long as that is faster; `always`
        and `never` choose without a clock, so that the same case gives the same plan to the last bit, whatever was
        planned before it.
        """
        self.log: list[Solved] = []
        self._options, self._warm = options or Options(), warm
        self._remembered = Remembered()
        self._steps: dict[str, _Step] = {}
        self._closed = False
        self.solve(case)

    def plan(self, case: Case) -> Results:
        """Return the plan of an edited case: the same as `plan` gives, audited; raises what it does."""
        return plan_by(case, self._build, self._find)

    def solve(self, case: Case) -> Solution:
        """Return the solution of an edited case, checked but neither read nor audited; raises what `plan` does."""
        return solve_steps(self._build(case), self._find)[1]

    def close(self) -> None:
        """Free the memory that HiGHS holds."""
        for step in self._steps.values():
            step.program.close()
        self._steps.clear()
        self._closed = True

    def __enter__(self) -> "Planner":
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def _build(self, case: Case) -> Problem:
        if self._closed:
            raise ValueError("this planner is closed: make a new one")
        return build_problem(case, remembered=self._remembered)

    def _find(self, problem: Problem, step: str) -> Solution:
        """Return the optimum of a problem, from the program held for this step where that can be changed into it."""
        started, held = time.perf_counter(), self._steps.get(step)
        changed, rebuilt, start = None, "", "cold"
        try:
            if problem.program.integer is not None:
                rebuilt, solution = "it has whole numbers", solve(problem, self._options)
            elif held is None:
                rebuilt, solution = "the first case", self._rebuilt(problem, step)
            elif (changed := held.program.change(problem)) is None:
                rebuilt, solution = "its columns or rows are others", self._rebuilt(problem, step)
            else:
                start, solution = self._solved_again(held, problem)
        except TeraplanError:
            raise
        except BaseException:
            # What was interrupted in the middle is not held on to.
            self._steps.pop(step, None)
            raise
        seconds = time.perf_counter() - started
        self.log.append(Solved(step, start, changed, rebuilt, solution.iterations, seconds))
        return solution

    def _rebuilt(self, problem: Problem, step: str) -> Solution:
        """Solve a problem cold and hold it from now on; a base that answers must not depend on is kept, though."""
        held = self._steps.get(step)
        if held is not None and self._warm != "measured":
            return solve(problem, self._options)
        program = LiveProgram(problem, self._options)
        if held is not None:
            held.program.close()
        self._steps[step] = _Step(program, [program.first.seconds])
        return program.first

    def _solved_again(self, held: "_Step", problem: Problem) -> tuple[str, Solution]:
        """Solve what is held, warm if that has paid for changes of its kind; cold otherwise, or where that fails."""
        cold = mean(held.cold)
        tried = held.tried.setdefault(_kind(difference(held.program.first.problem.program, problem.program)), [])
        warm = self._warm == "always" or (self._warm == "measured" and (not tried or mean(tried) <= 1.0))
        spent = 0.0
        if warm:
            started = time.perf_counter()
            solution = held.program.solve(PATIENCE * cold if self._warm == "measured" else None)
            spent = time.perf_counter() - started
            tried.append(spent / cold if solution is not None else spent / cold + 1.0)
            if solution is not None:
                return "warm", solution
        limit = self._options.time_limit
        left = self._options if limit is None else replace(self._options, time_limit=max(0.0, limit - spent))
        solution = solve(problem, left)
        held.cold.append(solution.seconds)
        return "warm, then cold" if spent else "cold", solution


@dataclass
class _Step:
    """The program of a step; seconds of its cold solves; by kind of change, what each warm try took of a cold one.

    A try that was given up counts with the cold solve that followed it. So the tries of a kind together never take
    longer than as many cold solves, but for the last one.
    """

    program: LiveProgram
    cold: list[float]
    tried: dict[tuple[bool, bool, bool, int], list[float]] = field(default_factory=dict)


def _kind(changed: Change) -> tuple[bool, bool, bool, int]:
    """What is alike for a warm start: which of costs, limits, coefficients differ from the first case, and how far."""
    limits = changed.bounds + changed.limits
    decade = math.floor(math.log10(changed.size)) if changed.size > 0 else -99
    return changed.costs > 0, limits > 0, changed.coefficients > 0, decade
