"""Two stages: published answers by both ways, what must hold for any program, and what is said of bad input."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from teraplan.errors import ArgumentError, Infeasible, LimitReached, Unbounded
from teraplan.uncertainty import ScenarioChange, TwoStageCore, TwoStageResult, solve_two_stage
from teraplan.uncertainty.stages.decomposition import Settings, decompose
from teraplan.uncertainty.stages.risk import Risk
from teraplan.uncertainty.stages.splitting import split
from uncertainty.instances import apl1p, core_of, farmer, lands, pgp2, products, schultz

INF = np.inf
Method = Literal["extensive", "decomposition"]
WAYS: tuple[Method, ...] = ("extensive", "decomposition")
EXACT = 1e-7


def solved(
    instance: tuple[TwoStageCore, list[ScenarioChange]], method: Method, given: Settings | None = None
) -> TwoStageResult:
    return solve_two_stage(*instance, tolerance=EXACT, method=method, settings=given)


# --- published answers ------------------------------------------------------------------------------------------------


def test_it_does_not_matter_who_used_the_solver_before_and_with_how_many_threads() -> None:
    before = highspy.Highs()
    for name, value in (("output_flag", False), ("threads", 2)):
        before.setOptionValue(name, value)
    before.run()
    for method in WAYS:
        assert solved(farmer(), method).objective == pytest.approx(-108390, rel=1e-9)


@pytest.mark.parametrize("method", WAYS)
def test_the_farmer(method: Method) -> None:
    found = solved(farmer(), method)
    assert found.objective == pytest.approx(-108390, rel=1e-9)
    assert found.first_stage == pytest.approx([170, 80, 250])
    assert found.scenario_cost == pytest.approx([-167000, -109350, -48820])
    assert found.method == method


@pytest.mark.parametrize("method", WAYS)
def test_what_it_is_worth_to_know_the_weather_and_to_plan_for_it(method: Method) -> None:
    core, scenarios = farmer()
    known = [solved((core, [replace(one, probability=1.0)]), method).objective for one in scenarios]
    assert known == pytest.approx([-167666.6667, -118600, -59950])
    assert np.mean(known) == pytest.approx(-115405.5556)
    mean = solved((core, [replace(scenarios[1], probability=1.0)]), method).first_stage
    held = replace(core, column_lower=core.column_lower.copy(), column_upper=core.column_upper.copy())
    held.column_lower[:3] = held.column_upper[:3] = mean
    assert mean == pytest.approx([120, 80, 300])
    assert solved((held, scenarios), method).objective == pytest.approx(-107240)


@pytest.mark.parametrize("method", WAYS)
def test_a_farmer_who_counts_the_worst_third(method: Method) -> None:
    alone = solved(farmer(), method, Settings(risk=Risk(weight=1.0, share=1 / 3)))
    assert alone.first_stage == pytest.approx([100, 25, 375])
    assert alone.objective == pytest.approx(-59950)
    half = solved(farmer(), method, Settings(risk=Risk(weight=0.5, share=1 / 3)))
    assert half.first_stage == pytest.approx([100, 100, 300])
    assert half.objective == pytest.approx(-81950)
    assert half.scenario_cost == pytest.approx([-147000, -117500, -56800])


@pytest.mark.parametrize("method", WAYS)
@pytest.mark.parametrize(
    ("instance", "published", "digits"),
    [(lands, 381.853, 1e-3), (products, -855.83, 1e-2), (pgp2, 447.324, 1e-3), (apl1p, 24642.32, 1e-2)],
)
def test_published_optima(instance, published: float, digits: float, method: Method) -> None:  # type: ignore[no-untyped-def]
    found = solve_two_stage(*instance(), tolerance=1e-6, method=method)
    assert found.objective == pytest.approx(published, abs=digits)
    assert found.bound <= found.objective + 1e-6 * abs(found.objective)
    assert found.gap <= 1e-6
    assert found.status == "optimal"


@pytest.mark.parametrize(("count", "published"), [(2, -57.0), (3, -59.33)])
@pytest.mark.parametrize("method", WAYS)
def test_whole_numbers_in_the_second_stage_are_solved_at_once_and_exactly(
    count: int, published: float, method: Method
) -> None:
    found = solve_two_stage(*schultz(count), method=method)
    assert found.objective == pytest.approx(published, abs=5e-3)
    assert found.method == "extensive"


# --- what must hold for any program -----------------------------------------------------------------------------------


@st.composite
def programs(draw: st.DrawFn, whole: bool = False) -> tuple[TwoStageCore, list[ScenarioChange]]:
    """Small programs of whole numbers: free columns, ranges, equalities, changes anywhere, chances of 0."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    first, later, height = rng.integers(1, 5), rng.integers(1, 6), rng.integers(1, 6)
    width = int(first + later)
    matrix = rng.integers(-5, 6, (height, width)) * (rng.random((height, width)) < 0.7)
    lower = np.where(rng.random(width) < 0.1, -INF, -rng.integers(0, 2, width) * rng.integers(0, 5, width))
    upper = np.maximum(np.where(rng.random(width) < 0.5, INF, rng.integers(0, 20, width)), lower)
    is_first = rng.permutation(np.arange(width) < first)
    integer = is_first & (rng.random(width) < 0.6) if whole else np.zeros(width, dtype=bool)
    lower, upper = np.where(integer, np.maximum(lower, -9), lower), np.where(integer, np.minimum(upper, 30), upper)
    middle = matrix @ np.clip(rng.integers(0, 6, width), lower, upper)
    kind = rng.random(height)
    row_lower = np.where(kind < 0.3, -INF, middle - np.where(kind < 0.7, rng.integers(0, 8, height), 0))
    row_upper = np.where(kind > 0.5, middle + np.where(kind < 0.8, rng.integers(0, 8, height), 0), INF)
    cost = rng.integers(-1, 10, width).astype(float)
    core = TwoStageCore(
        cost, sparse.csr_matrix(matrix, dtype=float), row_lower, row_upper, lower, upper, is_first, integer
    )
    weights = rng.integers(0, 5, rng.integers(1, 6)) + 1e-9
    return core, [_scenario(rng, core, float(weight / weights.sum())) for weight in weights]


def _scenario(rng: np.random.Generator, core: TwoStageCore, probability: float) -> ScenarioChange:
    height, width = core.matrix.shape
    columns, rows = rng.integers(0, width, rng.integers(0, 4)), rng.integers(0, height, rng.integers(0, 3))
    moved = {int(row): float(rng.integers(-4, 5)) for row in rows}
    places = [(int(rng.integers(height)), int(rng.integers(width))) for _ in range(rng.integers(0, 3))]
    return ScenarioChange(
        round(probability, 6) if probability < 1e-6 else probability,
        cost={int(column): float(core.cost[column] + rng.integers(-2, 3)) for column in columns},
        row_lower={row: core.row_lower[row] + by for row, by in moved.items() if np.isfinite(core.row_lower[row])},
        row_upper={row: core.row_upper[row] + by for row, by in moved.items() if np.isfinite(core.row_upper[row])},
        coefficient={place: float(rng.integers(-5, 6)) for place in places},
    )


def outcome(
    instance: tuple[TwoStageCore, list[ScenarioChange]], method: Method, risk: Risk
) -> tuple[str, TwoStageResult | None]:
    try:
        return "optimal", solved(instance, method, Settings(risk=risk))
    except (Infeasible, Unbounded) as error:
        return type(error).__name__, None


@settings(max_examples=20, deadline=None)
@given(programs(), st.sampled_from([Risk(), Risk(0.3, 0.5), Risk(1.0, 0.25), Risk(0.5, 0.0)]))
def test_both_ways_lead_to_the_same_answer(instance: tuple[TwoStageCore, list[ScenarioChange]], risk: Risk) -> None:
    (one, at_once), (two, in_turns) = (outcome(instance, method, risk) for method in WAYS)
    assert one == two
    if at_once is not None and in_turns is not None:
        _same(at_once, in_turns)


@settings(max_examples=10, deadline=None)
@given(programs(whole=True))
def test_both_ways_lead_to_the_same_answer_in_whole_numbers(
    instance: tuple[TwoStageCore, list[ScenarioChange]],
) -> None:
    (one, at_once), (two, in_turns) = (outcome(instance, method, Risk()) for method in WAYS)
    assert one == two
    if at_once is not None and in_turns is not None:
        _same(at_once, in_turns)
        whole = instance[0].integer[instance[0].first_stage]
        assert np.array_equal(in_turns.first_stage[whole], np.round(in_turns.first_stage[whole]))


def _same(at_once: TwoStageResult, in_turns: TwoStageResult) -> None:
    size = 1e-6 * max(1.0, abs(at_once.objective))
    assert in_turns.status == "optimal"
    assert in_turns.objective == pytest.approx(at_once.objective, abs=size)
    assert in_turns.bound <= at_once.objective + size


@pytest.mark.parametrize("method", WAYS)
def test_the_objective_is_the_mean_of_what_the_scenarios_cost(method: Method) -> None:
    core, scenarios = some()
    found = solve_two_stage(core, scenarios, method=method)
    chances = np.array([one.probability for one in scenarios])
    assert found.objective == pytest.approx(chances @ found.scenario_cost, rel=1e-9)
    assert found.bound <= found.objective * (1 + 1e-9)


@pytest.mark.parametrize("method", WAYS)
def test_weight_0_is_the_mean_share_1_too_and_share_to_0_the_worst(method: Method) -> None:
    mean = solved(farmer(), method).objective
    assert solved(farmer(), method, Settings(risk=Risk(0.0, 0.1))).objective == pytest.approx(mean)
    assert solved(farmer(), method, Settings(risk=Risk(0.7, 1.0))).objective == pytest.approx(mean)
    worst = solved(farmer(), method, Settings(risk=Risk(1.0, 0.0)))
    assert worst.objective == pytest.approx(worst.scenario_cost.max())
    small = [solved(farmer(), method, Settings(risk=Risk(1.0, share))).objective for share in (1e-9, 0.1, 0.5, 0.9)]
    assert small[0] == pytest.approx(worst.objective)
    assert sorted(small, reverse=True) == pytest.approx(small)


@pytest.mark.parametrize("method", WAYS)
def test_a_scenario_twice_is_one_of_twice_the_chance_and_one_that_cannot_come_has_no_say(method: Method) -> None:
    core, scenarios = farmer()
    halves = [replace(one, probability=one.probability / 2) for one in scenarios for _ in range(2)]
    never = replace(scenarios[0], probability=0.0, cost={7: -1000.0})
    found = solved((core, [never, *halves]), method)
    assert found.objective == pytest.approx(-108390)
    assert found.scenario_cost[0] < -1e6


@pytest.fixture(scope="module")
def pools() -> Iterator[dict[str, ThreadPoolExecutor | ProcessPoolExecutor]]:
    with (
        ThreadPoolExecutor(3) as threads,
        ProcessPoolExecutor(2, get_context("spawn")) as processes,
    ):
        yield {"threads": threads, "processes": processes}


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_the_number_of_workers_changes_nothing(
    pools: dict[str, ThreadPoolExecutor | ProcessPoolExecutor], kind: str
) -> None:
    core, scenarios = some()
    alone = solve_two_stage(core, scenarios, method="decomposition")
    many = solve_two_stage(core, scenarios, method="decomposition", executor=pools[kind])
    assert many.objective == alone.objective
    assert many.bound == alone.bound
    assert np.array_equal(many.first_stage, alone.first_stage)


def some() -> tuple[TwoStageCore, list[ScenarioChange]]:
    """Every 29th scenario of APL1P."""
    core, scenarios = apl1p()
    chosen = scenarios[::29]
    total = sum(one.probability for one in chosen)
    return core, [replace(one, probability=one.probability / total) for one in chosen]


def test_a_run_that_ends_early_says_how_far_it_is_and_the_next_goes_on_from_there(tmp_path: Path) -> None:
    told: list[str] = []
    best = solved(some(), "extensive").objective
    early = solved(some(), "decomposition", Settings(folder=tmp_path, rounds=4))
    assert early.status == "feasible"
    assert early.bound <= best <= early.objective
    kept = sorted(tmp_path.iterdir())
    assert len(kept) == 4
    kept[-1].rename(tmp_path / ".tmp-broken.npz")
    after = solved(some(), "decomposition", Settings(folder=tmp_path, tell=told.append))
    assert told[0].startswith("3 rounds taken from")
    assert after.objective == pytest.approx(best, rel=1e-7)
    other = solved(lands(), "decomposition", Settings(folder=tmp_path, tell=told.append))
    assert other.objective == pytest.approx(381.8533333)


@pytest.mark.parametrize("method", WAYS)
@pytest.mark.parametrize(("first", "cost"), [((True, True), 8.0), ((False, False), 37 / 6), ((True, False), 7.0)])
def test_all_columns_may_be_of_one_stage(first: tuple[bool, bool], cost: float, method: Method) -> None:
    core = core_of([1, 2], [([1, 1], 3, INF), ([1, -1], -INF, 1)], first=2)
    core = replace(core, first_stage=np.array(first))
    dearer = ScenarioChange(0.5, cost={0: 3.0})
    more = ScenarioChange(0.5, row_lower={0: 4.0}, coefficient={(1, 0): 2.0})
    assert solved((core, [dearer, more]), method).objective == pytest.approx(cost)


def test_progress_tells_bound_best_gap_and_time() -> None:
    told: list[str] = []
    solved(farmer(), "decomposition", Settings(tell=told.append))
    assert told[-1].startswith(f"round {len(told)}: bound -108390, best -108390, gap 0.00%, ")
    assert told[-1].endswith(" s")


def test_a_limit_that_comes_before_any_plan() -> None:
    core, scenarios = _far()
    with pytest.raises(LimitReached, match="before any plan"):
        solved((core, scenarios), "decomposition", Settings(rounds=1))


def _far() -> tuple[TwoStageCore, list[ScenarioChange]]:
    """x must be at least what the scenario asks for, and the mean is not enough."""
    core = core_of([1, 1], [([1, -1], 0, INF)], first=1, bounds={1: (0, 0)})
    return core, [ScenarioChange(0.5, row_lower={0: asked}) for asked in (1.0, 7.0)]


@pytest.mark.parametrize("method", WAYS)
def test_a_trial_that_leaves_a_scenario_without_a_plan_is_ruled_out(method: Method) -> None:
    found = solved(_far(), method)
    assert found.first_stage == pytest.approx([7])


# --- no answer, and bad input -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", WAYS)
def test_no_plan_suits_all_scenarios(method: Method) -> None:
    core = core_of([1, 1], [([1, 0], -INF, 5), ([1, 1], 0, 9)], first=1, bounds={1: (0, 1)})
    with pytest.raises(Infeasible):
        solved((core, [ScenarioChange(0.5), ScenarioChange(0.5, row_lower={1: 7.0})]), method)
    with pytest.raises(Infeasible):
        solved((core, [ScenarioChange(1.0, column_upper={0: -1.0})]), method)


@pytest.mark.parametrize("method", WAYS)
@pytest.mark.parametrize("column", [0, 1])
def test_a_cost_without_end_in_either_stage(method: Method, column: int) -> None:
    cost = [1.0, 1.0]
    cost[column] = -1.0
    core = core_of(cost, [([1, -1], -3, 3) if column == 0 else ([1, 0], 0, 3)], first=1)
    if column == 0:
        core = replace(core, cost=np.array([-2.0, 1.0]))
    with pytest.raises(Unbounded):
        solved((core, [ScenarioChange(1.0)]), method)


def test_a_gain_without_end_outside_of_the_worst_share_is_none_of_its_business() -> None:
    core = core_of([1, 1], [([1, 1], 0, INF)], first=1, bounds={0: (2, 5)})
    scenarios = [ScenarioChange(0.5, column_upper={1: 9.0}), ScenarioChange(0.5, cost={1: -1.0})]
    for method in WAYS:
        worst = solved((core, scenarios), method, Settings(risk=Risk(1.0, 0.5)))
        assert worst.objective == pytest.approx(2)
        assert worst.scenario_cost == pytest.approx([2, -INF])
        with pytest.raises(Unbounded):
            solved((core, scenarios), method, Settings(risk=Risk(0.9, 0.5)))


BAD = {
    "sum to 0.9": lambda core, one: (core, [replace(one, probability=0.9)]),
    "is -1": lambda core, one: (core, [replace(one, probability=-1.0), replace(one, probability=2.0)]),
    "there is none": lambda core, one: (core, []),
    "names 9": lambda core, one: (core, [replace(one, cost={9: 1.0})]),
    "names -1": lambda core, one: (core, [replace(one, row_lower={-1: 1.0})]),
    r"names \(4, 0\)": lambda core, one: (core, [replace(one, coefficient={(4, 0): 1.0})]),
    "has the key": lambda core, one: (core, [replace(one, coefficient={3: 1.0})]),
    "has nan": lambda core, one: (core, [replace(one, row_upper={0: np.nan})]),
    "has inf": lambda core, one: (core, [replace(one, row_lower={0: INF})]),
    r"core.cost.*\n.*shape \(8,\)": lambda core, one: (replace(core, cost=core.cost[1:]), [one]),
    "core.matrix": lambda core, one: (replace(core, matrix=core.matrix.toarray()), [one]),
    "other than true and false": lambda core, one: (replace(core, integer=np.full(9, 2)), [one]),
}


@pytest.mark.parametrize("said", BAD)
def test_bad_input_is_said_before_anything_is_solved(said: str) -> None:
    core, scenarios = farmer()
    with pytest.raises(ArgumentError, match=said):
        solve_two_stage(*BAD[said](core, replace(scenarios[0], probability=1.0)))


def test_parts_that_cuts_are_not_enough_for_are_refused() -> None:
    core, scenarios = schultz(2)
    master, parts = split(core, scenarios)
    with pytest.raises(ArgumentError, match="whole numbers") as caught:
        decompose(replace(master, maximise=True), [replace(one, probability=0.5) for one in parts])
    assert len(caught.value.faults) == 6
    with pytest.raises(ArgumentError, match="does not fit"):
        decompose(master, [replace(parts[0], shared=parts[0].shared + 7, probability=1.0)])


def test_everything_wrong_is_said_at_once() -> None:
    core, scenarios = farmer()
    wrong = [replace(scenarios[0], cost={12: 1.0}), replace(scenarios[1], row_upper={0: np.nan})]
    with pytest.raises(ArgumentError) as caught:
        solve_two_stage(core, wrong)
    assert len(caught.value.faults) == 3
    settings = itertools.product(["turns"], [1e-4]), itertools.product(["auto"], [0.0, np.nan])
    for method, tolerance in itertools.chain(*settings):
        with pytest.raises(ArgumentError):
            solve_two_stage(core, scenarios, tolerance=tolerance, method=method)
    for risk in (Risk(-0.1), Risk(1.2), Risk(0.5, -1), Risk(0.5, 2)):
        with pytest.raises(ArgumentError, match=r"risk\.(weight|share)"):
            solve_two_stage(core, scenarios, settings=Settings(risk=risk))
