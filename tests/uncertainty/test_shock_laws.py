"""Laws of shocks: undone is nothing, order does not matter, and what is taken never helps."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.small_cases import cost, existing, plant, site, small_case, solved
from teraplan.case.assemble import assemble
from teraplan.case.calendar import lead_at_pace, lost_until
from teraplan.case.case import Case
from teraplan.case.tables import SHOCKS
from teraplan.plan import plan, read_case
from teraplan.shocks.caps import Flows, flows_of
from teraplan.shocks.course import depth_by_year
from teraplan.shocks.force_majeure import Loss, lifted
from teraplan.shocks.shocks import Shock, shocked
from teraplan.shocks.targets import Target
from teraplan.uncertainty.ensemble import packed
from uncertainty.shock_cases import FIVE_YEARS, GRAIN, asked, forge_case, shock

FEW = settings(deadline=None, max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
TAKEN = ("outage", "order", "delay")


@pytest.fixture(scope="module")
def fields(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A mill, what is built of it, and a dear field that can be had at once: something to lose and ways out."""
    parts = (
        *GRAIN, plant("field", {"grain": 1}), existing("mill", 6), existing("mill", 3, start=2027),
        site("mill", lead=12), site("field"), cost("mill", "capex", 1), cost("field", "capex", 6),
        cost("mill", "variable", 0.1), cost("field", "variable", 1), *asked(),
    )  # fmt: skip
    return small_case(tmp_path_factory.mktemp("fields"), *parts, period=FIVE_YEARS)


@pytest.fixture(scope="module")
def did(fields: Case) -> Flows:
    """What the plan of the case does."""
    return flows_of(fields, plan(fields))


@st.composite
def targets(draw: st.DrawFn) -> Target:
    """Something that takes from the mill, the field or both."""
    return Target(
        kind=draw(st.sampled_from(TAKEN)),
        process=draw(st.sampled_from(["mill", "field", "*"])),
        factor=draw(st.sampled_from([0.0, 0.3, 0.8])),
        duration=draw(st.sampled_from([0.25, 1.0, 1.7])),
        recovery=draw(st.sampled_from([0.0, 0.5])),
    )


starts = st.sampled_from([2025.0, 2025.6, 2026.0, 2027.3])


@FEW
@given(targets(), starts)
def test_a_shock_never_makes_a_plan_better(fields: Case, did: Flows, target: Target, start: float) -> None:
    after = solved(shocked(fields, Shock("any", (target,)), start, did)).objective
    assert after >= solved(fields).objective - 1e-6


@FEW
@given(targets(), starts)
def test_deeper_or_longer_is_never_better(fields: Case, did: Flows, target: Target, start: float) -> None:
    mild = solved(shocked(fields, Shock("any", (target,)), start, did)).objective
    for worse in (replace(target, factor=target.factor / 2), replace(target, duration=target.duration + 0.6)):
        assert solved(shocked(fields, Shock("any", (worse,)), start, did)).objective >= mild - 1e-6


@FEW
@given(targets(), targets(), starts, starts)
def test_two_shocks_commute(fields: Case, did: Flows, one: Target, two: Target, first: float, second: float) -> None:
    a, b = Shock("a", (one,), start=first), Shock("b", (two,), start=second)
    there, back = (solved(shocked(fields, pair, flows=did)).objective for pair in ((a, b), (b, a)))
    assert there == pytest.approx(back, rel=1e-9, abs=1e-9)
    apart = shocked(shocked(fields, a, flows=did), b, flows=did)
    assert packed(apart).digest == packed(shocked(fields, (a, b), flows=did)).digest


@pytest.mark.parametrize("kind", [kind for kind in SHOCKS if kind != "ban"])
def test_a_shock_undone_is_the_case_itself(fields: Case, kind: str) -> None:
    labels = {"demand": {"commodity": "grain"}, "cost": {"item": "capex"}, "tariff": {"item": "capex"}}.get(kind, {})
    nothing = replace(shock(kind=kind, factor=1.0, duration=2.0, recovery=1.0, **labels).targets[0])
    for target in (nothing, replace(nothing, duration=0.0, recovery=0.0, factor=1.0 if kind == "tariff" else 0.4)):
        undone = shocked(fields, Shock("undone", (target,)), 2026.0)
        assert packed(undone).digest == packed(fields).digest


def test_what_a_shock_takes_never_helps_even_where_what_it_forgives_does() -> None:
    case = read_case("starter")
    base = plan(case)
    for target in (
        Target(process="fab_logic", region="USA"),
        Target(process="fab_logic|cowos_line", region="TWN", factor=0.6),
        Target(commodity="hbm", factor=0.5, duration=0.5),
        Target(process="asm_gpu", factor=0.5, duration=2),
        Target(process="grid", region="USA", factor=0.7, recovery=1),
    ):
        hit = shocked(case, Shock("any", (target,)), 2027.0, flows_of(case, base))
        left = depth_by_year(case.periods, 2027.0, target.duration, target.recovery)
        left = left.select("year", left=1.0 + (target.factor - 1.0) * left["depth"])
        pairs = hit.tables.frames["availability"]
        pairs = pairs.filter(pairs["source"].is_in(hit.tables.edits)).select("process", "region").unique()
        forgiven = assemble(lifted(case.tables, Loss(pairs, left, "forgiven")))
        assert solved(hit).objective >= solved(forgiven).objective - 1e-6 * abs(base.run["objective"])  # type: ignore[arg-type]


# --- time -------------------------------------------------------------------------------------------------------------

TWENTY_YEARS = pl.DataFrame({"start": [2024.0], "end": [2044.0]})
lengths = st.floats(0.0, 4.0)


@settings(deadline=None)
@given(st.floats(2024.0, 2034.0), lengths, lengths)
def test_the_depth_of_all_years_is_the_duration_and_half_the_way_back(
    start: float, duration: float, recovery: float
) -> None:
    found = depth_by_year(TWENTY_YEARS, start, duration, recovery)
    assert found["depth"].sum() == pytest.approx(duration + recovery / 2, abs=1e-9)
    assert found["depth"].is_between(-1e-12, 1 + 1e-12).all()


@settings(deadline=None)
@given(st.floats(-4, 4), lengths, lengths, lengths, st.floats(0, 1))
def test_what_is_built_at_a_slower_pace_is_the_same_work(
    start: float, lead: float, duration: float, recovery: float, pace: float
) -> None:
    slow = (start, duration, recovery)
    ordered = np.linspace(-6.0, 6.0, 25)
    done = ordered + lead_at_pace(ordered, np.full(25, lead), slow, pace)
    lost = lost_until(done, *slow) - lost_until(ordered, *slow)
    assert done - ordered - (1 - pace) * lost == pytest.approx(np.full(25, lead), abs=1e-9)
    assert (np.diff(done) >= -1e-9).all()
    assert np.isfinite(done).all()


def test_a_pace_by_hand() -> None:
    one = np.array([2025.0])
    # Two years of work, one of them done when the pace halves for two years: the second takes two.
    assert lead_at_pace(one, np.array([2.0]), (2026.0, 2.0, 0.0), 0.5) == pytest.approx([3.0])
    # A full stop of a year, then a way back of a year in which half a year's work is done.
    assert lead_at_pace(one, np.array([1.5]), (2026.0, 1.0, 1.0), 0.0) == pytest.approx([3.0])
    assert lead_at_pace(one, np.array([0.5]), (2026.0, 1.0, 1.0), 0.0) == pytest.approx([0.5])


LEADS = (0.0, 6.0, 21.0, 29.0)
"""[month]."""
delays = st.builds(
    Target,
    kind=st.just("delay"),
    factor=st.sampled_from([0.0, 0.05, 0.4, 0.769]),
    duration=st.floats(0.05, 3.0),
    recovery=st.sampled_from([0.0, 0.3, 2.0]),
)


@pytest.fixture(scope="module")
def forges(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Case]:
    """Mills with several lead times, ordered all year long; some were ordered before, too."""
    before = ({"capacity": [{"process": "mill", "region": "USA", "start": 2026.4, "value": 3, "inputs": "yes"}]},)
    cases = [forge_case(tmp_path_factory.mktemp("forge"), *before, lead=lead) for lead in LEADS]
    return lambda number: cases[number]


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(delays, st.one_of(st.sampled_from([2026.0, 2027.0, 2028.0]), st.floats(2025.0, 2029.9)), st.integers(0, 3))
def test_a_delay_changes_nothing_of_what_was_before_it(
    forges: Callable[[int], Case], target: Target, start: float, number: int
) -> None:
    case = forges(number)
    hit = shocked(case, Shock("late", (target,)), start)
    past = case.periods.filter(pl.col("end") <= start)["period"].to_list()
    for name, when in (
        ("service", "period"), ("in_service", "period"), ("usable_existing", "period"), ("build_inputs", "use_period"),
        ("existing_build", "period"), ("capacity_existing", "period"),
    ):  # fmt: skip
        labels = [column for column in getattr(case, name).columns if column != "value"]
        there = [getattr(one, name).filter(pl.col(when).is_in(past)).sort(labels) for one in (case, hit)]
        assert there[0].drop("value").equals(there[1].drop("value"))
        assert there[1]["value"].to_numpy() == pytest.approx(there[0]["value"].to_numpy(), abs=1e-8)
    # Nor of what is paid, then or later, and how much of it counts inside the horizon.
    assert hit.payments.equals(case.payments) and hit.existing_payments.equals(case.existing_payments)


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(delays, st.floats(2025.0, 2029.9), st.integers(0, 3))
def test_what_serves_of_a_delayed_order_is_the_mean_over_its_dates(
    forges: Callable[[int], Case], target: Target, start: float, number: int
) -> None:
    hit = shocked(forges(number), Shock("late", (target,)), start)
    found = dict(hit.service.filter(order_period="2025").select("period", "value").iter_rows())
    ordered = 2025.0 + (np.arange(4000) + 0.5) / 4000
    lead = np.full(4000, LEADS[number] / 12)
    slow = (start, target.duration, target.recovery)
    starts = ordered + lead_at_pace(ordered, lead, slow, target.factor)
    for year in range(2025, 2030):
        assert found.get(str(year), 0.0) == pytest.approx(np.clip(year + 1 - starts, 0, 1).mean(), abs=1e-3)
