"""The solver room: signs of duals, every status, what is said where there is no answer, and what is not believed."""

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import highspy
import numpy as np
import pytest
from scipy import sparse

import teraplan.solver as room
from solver.small_programs import INF, covering, named, problem
from teraplan.errors import Infeasible, LimitReached, TeraplanError, Unbounded
from teraplan.highs import STATUSES
from teraplan.model.problem import LinearProgram, Problem
from teraplan.solver import SMALL, Options, Solution, solve


def answered(found: Problem, **options: object) -> Solution:
    return solve(found, Options(**options))  # type: ignore[arg-type]


# --- signs ------------------------------------------------------------------------------------------------------------


def test_minimising_a_dual_is_what_one_more_unit_of_the_limit_costs() -> None:
    """min 2 x + 3 y with x + y >= 4: x = 4. One more unit costs 2; y would have to be 1 cheaper to be bought."""
    least = problem([2, 3], [(4, [1, 1], INF)])
    solution = solve(least)
    assert solution.objective == pytest.approx(8)
    assert solution.row_dual == pytest.approx([2])
    assert solution.reduced_cost == pytest.approx([0, 1])
    more = solve(problem([2, 3], [(5, [1, 1], INF)]))
    assert more.objective - solution.objective == pytest.approx(solution.row_dual[0])


def test_maximising_a_dual_is_what_one_more_unit_of_the_limit_brings() -> None:
    """max 3 x + 2 y with x + y <= 4, x <= 3: x = 3, y = 1, worth 11. One more of the row brings 2, of x 3 - 2 = 1."""
    solution = solve(problem([3, 2], [(-INF, [1, 1], 4)], [(0, 3), (0, INF)], maximise=True))
    assert solution.objective == pytest.approx(11)
    assert solution.value == pytest.approx([3, 1])
    assert solution.row_dual == pytest.approx([2])
    assert solution.reduced_cost == pytest.approx([1, 0])


@pytest.mark.parametrize(("maximise", "dual"), [(False, -2.0), (True, -3.0)])
def test_a_limit_whose_rise_makes_the_objective_fall_has_a_dual_below_zero(maximise: bool, dual: float) -> None:
    """min -2 x with x <= 5 gives -10, with x <= 6 gives -12; max -3 x with x >= 5 gives -15, with x >= 6 gives -18."""
    if maximise:
        solution = solve(problem([-3], [(5, [1], INF)], maximise=True))
    else:
        solution = solve(problem([-2], [(-INF, [1], 5)]))
    assert solution.row_dual == pytest.approx([dual])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_maximising_is_minimising_the_opposite(seed: int) -> None:
    least = covering(seed)
    program = least.program
    turned = replace(program, cost=-program.cost, offset=-program.offset, maximise=True)
    one, other = solve(least), solve(named(turned))
    assert other.objective == pytest.approx(-one.objective)
    assert other.row_dual == pytest.approx(-one.row_dual)
    assert other.reduced_cost == pytest.approx(-one.reduced_cost)


@pytest.mark.parametrize("method", ["simplex", "ipx", "pdlp"])
def test_every_method_finds_the_same_optimum_and_both_objectives_meet(method: str) -> None:
    found = covering(4)
    solution = answered(found, method=method)
    assert solution.objective == pytest.approx(solve(found).objective, rel=1e-6)
    assert solution.gap == pytest.approx(abs(solution.objective - solution.bound) / solution.objective)
    assert solution.gap < 1e-6


def test_hipo_answers_or_is_said_to_be_missing() -> None:
    try:
        assert answered(covering(4), method="hipo").objective == pytest.approx(solve(covering(4)).objective)
    except TeraplanError as error:
        assert str(error) == "this HiGHS does not take solver = 'hipo': its extra methods are not installed"


# --- method -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "method"), [(SMALL, "simplex"), (SMALL + 1, "ipx")])
def test_the_method_follows_the_number_of_columns(width: int, method: str) -> None:
    one_each = LinearProgram(
        cost=np.ones(width),
        offset=0.0,
        matrix=sparse.identity(width, format="csr"),
        row_lower=np.ones(width),
        row_upper=np.full(width, INF),
        column_lower=np.zeros(width),
        column_upper=np.full(width, INF),
    )
    solution = solve(named(one_each))
    assert (solution.method, solution.crossover) == (method, method == "ipx")
    assert solution.objective == pytest.approx(width)
    assert solution.row_dual == pytest.approx(np.ones(width))


def test_whole_numbers_are_whole() -> None:
    """max 5 x + 4 y with 6 x + 4 y <= 24, x + 2 y <= 6: 21 at (3, 1.5); in whole numbers 20 at (4, 0)."""
    rows = [(-INF, [6, 4], 24), (-INF, [1, 2], 6)]
    assert solve(problem([5, 4], rows, maximise=True)).objective == pytest.approx(21)
    solution = solve(problem([5, 4], rows, maximise=True, whole=True))
    assert solution.objective == pytest.approx(20)
    assert solution.value == pytest.approx([4, 0])
    assert (solution.method, solution.bound) == ("branch and bound", pytest.approx(20))
    assert solution.relaxation == pytest.approx(21)
    assert solution.record()["relaxation_gap"] == pytest.approx(1 / 20)


def test_duals_of_a_program_with_whole_numbers_hold_where_they_were_found() -> None:
    """min 3 x + 2 y with x + y >= 2.5, y in whole numbers, at most 2: y = 2, x = 0.5; one more unit costs 3."""
    one = problem([3, 2], [(2.5, [1, 1], INF)], [(0, INF), (0, 2)])
    whole = replace(one, program=replace(one.program, integer=np.array([False, True])))
    solution = solve(whole)
    assert solution.value == pytest.approx([0.5, 2])
    assert solution.row_dual == pytest.approx([3])


def test_a_program_without_rows_or_without_columns_has_an_answer() -> None:
    assert solve(problem([1, -1], [], [(0, 1), (0, 1)])).objective == pytest.approx(-1)
    assert solve(problem([], [(0, [], 1)])).objective == 0.0


def test_a_coefficient_far_below_one_is_not_lost() -> None:
    """1e-10 x >= 1 needs x = 1e10; HiGHS leaves out what is below 1e-9 unless it is told otherwise."""
    assert solve(problem([1], [(1, [1e-10], INF)])).value == pytest.approx([1e10])


# --- no answer --------------------------------------------------------------------------------------------------------


def test_an_infeasible_program_names_the_row_that_would_have_to_give_way() -> None:
    """Capacity is 3 and 2 + 2 are asked for: one of them lacks 1; nothing else has to give way."""
    rows = [(2, [1, 0], INF), (2, [0, 1], INF), (-INF, [1, 1], 3), (0, [1, 1], 90)]
    with pytest.raises(Infeasible) as caught:
        solve(problem([1, 1], rows))
    [culprit] = caught.value.culprits
    assert culprit.equation == "rule"
    assert culprit.labels["region"] in ("r0", "r1", "r2")
    assert abs(culprit.amount) == pytest.approx(1)
    assert str(caught.value) == (
        f"no plan can meet the case; the least that would have to give way:\n  {culprit.sentence}"
    )
    assert culprit.sentence in ("rule [r0] lacks 1", "rule [r1] lacks 1", "rule [r2] has too much by 1")


def test_an_infeasible_program_names_few_rows_out_of_many() -> None:
    """Thirty links of a chain pass on at most 1, the last is asked for 3: the least that gives way lacks 2, once."""
    links = 30
    rows = [(0, [1 if at == link else -1 if at == link + 1 else 0 for at in range(links)], INF) for link in range(29)]
    asked = (3, [0] * (links - 1) + [1], INF)
    with pytest.raises(Infeasible) as caught:
        solve(problem([1] * links, [*rows, asked], [(0, 1), *[(0, INF)] * (links - 1)]))
    assert sum(abs(culprit.amount) for culprit in caught.value.culprits) == pytest.approx(2)
    assert len(caught.value.culprits) == 1


def test_twenty_rows_are_printed_largest_first_and_all_are_held() -> None:
    rows = [(2.0 + at, [1.0 if at == column else 0.0 for column in range(25)], INF) for at in range(25)]
    with pytest.raises(Infeasible) as caught:
        solve(problem([1] * 25, rows, [(0, 1)] * 25))
    assert [culprit.amount for culprit in caught.value.culprits] == pytest.approx([25.0 - at for at in range(25)])
    lines = str(caught.value).splitlines()
    assert (lines[1], lines[-1], len(lines)) == ("  rule [r24] lacks 25", "  … and 5 more", 22)


def test_a_kept_value_that_cannot_be_kept_is_named() -> None:
    with pytest.raises(Infeasible, match=r"order \[p0\] is kept at 5 or more, and 3 is all that can be"):
        solve(problem([1, 1], [(-INF, [1000, 0], 3000)], [(5, INF), (0, INF)]))


def test_limits_that_cross_are_named_before_anything_is_solved() -> None:
    with pytest.raises(Infeasible) as caught:
        solve(problem([1, 1], [(5, [1, 1], 4)], [(3, 2), (0, INF)]))
    assert [culprit.sentence for culprit in caught.value.culprits] == [
        "order [p0] must be at least 3 and at most 2",
        "rule [r0] must be at least 5 and at most 4",
    ]


def test_what_cannot_be_met_in_whole_numbers_alone_is_said_so() -> None:
    with pytest.raises(Infeasible, match="in whole numbers"):
        solve(problem([1], [(1, [2], 1)], whole=True))


@pytest.mark.parametrize(("cost", "bounds"), [([-1.0, 1.0], [(0, INF), (0, INF)]), ([1.0, 0.0], [(-INF, 5), (0, 5)])])
def test_what_runs_away_is_named(cost: list[float], bounds: list[tuple[float, float]]) -> None:
    with pytest.raises(Unbounded) as caught:
        solve(problem(cost, [(-9, [1 if bounds[0][0] == 0 else 0, -1], INF)], bounds))
    assert caught.value.columns == ("order [p0]",)
    assert "gives something for nothing" in str(caught.value)


def test_a_program_that_is_both_is_infeasible() -> None:
    with pytest.raises(Infeasible, match="lacks 1|too much by 1"):
        solve(problem([-1, 0, 0], [(4, [0, 1, 1], INF), (-INF, [0, 1, 1], 3)]))


@pytest.mark.parametrize("method", ["simplex", "ipx", "pdlp"])
@pytest.mark.parametrize("iterations", [0, 5])
@pytest.mark.parametrize("maximise", [False, True])
def test_a_solver_that_stops_early_gives_a_bound_that_the_optimum_does_not_better(
    method: str, iterations: int, maximise: bool
) -> None:
    found = covering(5)
    if maximise:
        program = found.program
        found = named(replace(program, cost=-program.cost, offset=-program.offset, maximise=True))
    best = solve(found).objective
    with pytest.raises(LimitReached) as caught:
        answered(found, method=method, iteration_limit=iterations)
    bound = caught.value.bound
    assert bound is not None
    assert bound >= best - 1e-9 if maximise else bound <= best + 1e-9
    assert f"the best bound was {bound:.9g}" in str(caught.value)
    assert caught.value.exit_code == 4


def test_no_time_is_a_limit() -> None:
    with pytest.raises(LimitReached, match=r"\(limit\)"):
        answered(covering(5), time_limit=0.0)


def test_a_limit_on_a_program_without_any_bound_says_none() -> None:
    free = problem([1, 1], [(1, [1, 2], INF), (1, [2, 1], INF), (1, [1, 1], INF)], [(-INF, INF), (-INF, INF)])
    with pytest.raises(LimitReached) as caught:
        answered(free, time_limit=0.0)
    assert caught.value.bound is None
    assert "bound" not in str(caught.value)


# --- what is refused --------------------------------------------------------------------------------------------------


def test_a_method_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(TeraplanError, match="no method 'magic': use one of auto, simplex, ipx, hipo, pdlp"):
        answered(covering(1), method="magic")


@pytest.mark.parametrize(
    ("options", "named_option"),
    [
        ({"feasibility": -1.0}, "primal_feasibility_tolerance = -1.0"),
        ({"optimality": 0.0}, "dual_feasibility_tolerance = 0.0"),
        ({"threads": -1}, "threads = -1"),
        ({"iteration_limit": -5}, "simplex_iteration_limit = -5"),
    ],
)
def test_an_option_that_the_solver_does_not_take_is_an_error(options: dict[str, object], named_option: str) -> None:
    with pytest.raises(TeraplanError, match=f"this HiGHS does not take {named_option}"):
        answered(covering(1), **options)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (problem([float("nan"), 1], [(1, [1, 1], INF)]), r"order \[p0\]: its cost is nan"),
        (problem([1, INF], [(1, [1, 1], INF)]), r"order \[p1\]: its cost is inf"),
        (problem([1, 1], [(1, [1, 1], INF), (1, [1, float("nan")], INF)]), r"rule \[r1\]: its coefficient is nan"),
        (problem([1, 1], [(1, [1, -INF], INF)]), r"rule \[r0\]: its coefficient is -inf"),
        (problem([1, 1], [(INF, [1, 1], INF)]), r"rule \[r0\]: its lower limit is inf"),
        (problem([1, 1], [(0, [1, 1], float("nan"))]), r"rule \[r0\]: its upper limit is nan"),
        (problem([1, 1], [(0, [1, 1], 1)], [(0, 1), (float("nan"), 1)]), r"order \[p1\]: its lower bound is nan"),
        (problem([1, 1], [(0, [1, 1], 1)], [(-INF, -INF), (0, 1)]), r"order \[p0\]: its upper bound is -inf"),
    ],
)
def test_what_is_not_a_number_is_named_with_its_place(broken: Problem, said: str) -> None:
    with pytest.raises(TeraplanError, match=said):
        solve(broken)


def test_a_coefficient_beyond_the_solver_is_refused() -> None:
    with pytest.raises(TeraplanError, match="out of range"):
        solve(problem([1, 1], [(1, [1e16, 1], INF)]))


# --- what is not believed ---------------------------------------------------------------------------------------------


def claiming(monkeypatch: pytest.MonkeyPatch, claims: list[str]) -> list[str]:
    """Let the first runs claim something, whatever they found; later runs say what is true. Returns the claims made."""
    true_run, made = room.run, []

    def run(highs: highspy.Highs, options: Options) -> str:
        status = true_run(highs, options)
        made.append(claims[len(made)] if len(made) < len(claims) else status)
        return made[-1]

    monkeypatch.setattr(room, "run", run)
    return made


def test_every_status_of_the_solver_is_mapped_to_one_of_ours() -> None:
    known = {name for name in dir(highspy.HighsModelStatus) if name.startswith("k")}
    assert known == set(STATUSES)
    assert [name for name, status in STATUSES.items() if status == "optimal"] == ["kOptimal", "kModelEmpty"]


@pytest.mark.parametrize("claim", ["unsure", "error"])
def test_a_solver_that_is_never_sure_gives_no_answer(monkeypatch: pytest.MonkeyPatch, claim: str) -> None:
    made = claiming(monkeypatch, [claim] * 3)
    with pytest.raises(LimitReached, match=rf"before it was sure of an answer \({claim}\)"):
        answered(covering(1), method="ipx")
    assert made == [claim] * 3


def test_where_one_method_is_not_sure_simplex_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    claiming(monkeypatch, ["unsure"])
    assert answered(covering(1), method="ipx").method == "simplex"


@pytest.mark.parametrize("claim", ["infeasible", "unbounded", "unclear"])
def test_a_claim_that_nothing_shows_is_not_believed(monkeypatch: pytest.MonkeyPatch, claim: str) -> None:
    claiming(monkeypatch, [claim])
    assert answered(covering(1), method="ipx").method == "simplex"


def test_an_infeasible_claim_that_cannot_be_explained_in_time_is_still_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    claiming(monkeypatch, ["infeasible", "limit"])
    with pytest.raises(Infeasible, match="could not be found"):
        answered(covering(1), method="ipx")


def test_an_unbounded_claim_that_cannot_be_explained_in_time_is_still_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    claiming(monkeypatch, ["unbounded", "limit"])
    with pytest.raises(Unbounded, match="could not be found"):
        answered(covering(1), method="ipx")


def test_three_claims_of_infeasible_by_less_than_a_millionth_are_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    claiming(monkeypatch, ["infeasible", "optimal", "infeasible", "optimal", "infeasible", "optimal"])
    with pytest.raises(Infeasible, match="by less than the solver's tolerance"):
        answered(covering(1), method="ipx")


def test_an_answer_whose_rows_do_not_hold_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    true_values = room._column_values
    monkeypatch.setattr(room, "_column_values", lambda highs: 0.999 * true_values(highs))
    with pytest.raises(LimitReached, match=r"\(unsure\)"):
        solve(covering(1))


def test_an_inaccurate_answer_of_a_first_order_method_is_replaced_by_that_of_simplex() -> None:
    found = covering(6, height=300, width=400)
    loose = answered(found, method="pdlp", optimality=1e-2, crossover=False)
    assert loose.method == "simplex"
    assert loose.objective == pytest.approx(solve(found).objective, rel=1e-9)
    assert max(loose.primal_residual, loose.dual_residual) < 1e-9


def test_residuals_are_those_of_the_matrices() -> None:
    solution = solve(covering(7))
    program = solution.problem.program
    assert solution.row_value == pytest.approx(program.matrix @ solution.value)
    assert solution.primal_residual < 1e-7
    assert solution.dual_residual < 1e-7


# --- manners ----------------------------------------------------------------------------------------------------------


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    solve(covering(1))
    assert capfd.readouterr() == ("", "")


def test_a_solver_runs_without_a_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert solve(covering(1)).status == "optimal"


def test_several_programs_are_solved_at_a_time() -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda seed: solve(covering(seed)).objective, range(8)))
    assert found == pytest.approx([solve(covering(seed)).objective for seed in range(8)])


class Endless:
    """A solver that runs until it is told to stop."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self.cbSimplexInterrupt = Listeners()
        self.HandleUserInterrupt = False

    def run(self) -> None:
        self.stopped.wait(20.0)

    def cancelSolve(self) -> None:
        self.stopped.set()


class Listeners:
    def __iadd__(self, listener: Callable[[object], None]) -> "Listeners":
        return self


def test_an_interrupt_while_it_runs_stops_the_solver() -> None:
    endless = Endless()

    def impatient(iterations: int, seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        room.run(endless, Options(progress=impatient))  # type: ignore[arg-type]
    assert endless.stopped.is_set()
    assert endless.HandleUserInterrupt


def test_an_interrupt_inside_the_solver_is_one_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    claiming(monkeypatch, ["interrupt"])
    with pytest.raises(KeyboardInterrupt):
        solve(covering(1))


def test_a_failure_inside_the_solver_is_one_of_our_errors() -> None:
    class Broken(Endless):
        def run(self) -> None:
            raise MemoryError("no room")

    with pytest.raises(TeraplanError, match="HiGHS failed: no room"):
        room.run(Broken(), Options())  # type: ignore[arg-type]


def test_the_record_says_how_it_was_solved() -> None:
    record = answered(covering(1), method="ipx").record()
    assert record["name"] == "HiGHS"
    assert record["version"] == highspy.Highs().version()
    assert (record["method"], record["crossover"]) == ("ipx", True)
    assert record["tolerances"] == {"feasibility": 1e-7, "optimality": 1e-7}
