"""A programme on top of a kept plan, and most compute in two steps, on paper. GUSD throughout.

The world of most tests: 4 compute a year are worth 10 each, another 10 are worth 3 each, in 2025 and in 2026. A
cluster of 1 costs 8, at once, and 0.5 for each compute. A cluster for the first 4 earns 20 less 1 in two years and is
built: 32 for four. One for the others would earn 6 less 1 and is not.
"""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from model.small_cases import Tables, cost, curve, demand, duals, goods, largest, plant, site, under, write_case
from teraplan.case.case import Case
from teraplan.case.read import read_scenario
from teraplan.case.settings import Scenario
from teraplan.errors import CaseError
from teraplan.model.build import build_problem
from teraplan.plan import on_top_of, plan, read_case
from teraplan.results.results import Results

TWO = [(2025, 2027, 1)]
NEARLY = partial(pytest.approx, rel=1e-4)
"""The second step reaches the first one's amount but for a millionth of it, floors give way by as much."""
PROGRAMME = """
[[keep]]
run = "baseline"
variables = ["order"]
as = "floor"

[programme]
budget = 17e9
from = 2025
until = 2025
objective = "most_compute"
"""


def clusters(*names: str) -> tuple[Tables, ...]:
    """Kinds of cluster, all alike."""
    return tuple(
        part
        for name in names
        for part in (
            plant(name, {"compute": 1}),
            site(name),
            cost(name, "capex", 8),
            cost(name, "variable", 0.5),
        )
    )


@dataclass(frozen=True)
class World:
    """A case as it is read, its baseline at least cost, and the scenario of its programme."""

    case: Case
    baseline: Results
    scenario: Scenario

    def on_top(self, **programme: object) -> Case:
        """Return the case on top of its baseline, with a programme that differs in this."""
        changed = self.scenario.programme.model_copy(update=programme)
        return on_top_of(
            self.case, self.scenario.model_copy(update={"programme": changed}), {"baseline": self.baseline}
        )


def world(folder: Path, *parts: Tables, groups: str = "", **settings: object) -> World:
    """Write the world above and its programme, which may spend 17 on orders of 2025, and plan its baseline."""
    wanted = (demand("compute", 14), curve("compute", [(4 / 14, 10), (10 / 14, 3)]))
    write_case(
        folder,
        goods("compute"),
        *(parts or clusters("cluster")),
        *wanted,
        **{"period": TWO, "target": {"commodity": "compute"}, **settings},
    )
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "programme.toml").write_text(PROGRAMME + groups)
    scenario, faults = read_scenario(folder, "programme")
    assert scenario is not None and not faults
    case = read_case(folder, "programme")
    return World(case, plan(under(case, objective="least_cost")), scenario)


@pytest.fixture(scope="module")
def standard(tmp_path_factory: pytest.TempPathFactory) -> World:
    return world(tmp_path_factory.mktemp("standard") / "world")


def orders(results: Results) -> dict[tuple[str, ...], float]:
    """What is ordered, by process and period."""
    placed = results.frame("order").filter(pl.col("value") > 1e-9).select("process", "period", "value")
    return {row[:-1]: row[-1] for row in placed.iter_rows()}


def missed(results: Results) -> float:
    """What is not served in 2026."""
    return float(results.frame("shortage").filter(pl.col("period") == "2026")["value"].sum())


def test_a_programme_buys_what_its_budget_pays_and_the_dual_says_what_more_would_buy(standard: World) -> None:
    """17 from 2025: a cluster and its running in the programme's year cost 8.5, so 2 more. Value on the demand curve:
    4 x 10 + 2 x 3 a year, two years: 92. One more buys 1 / 8.5 cluster worth 3 + 3: 0.70588.

    The second step is the cheapest plan with as much: 6 clusters, 48, and 0.5 x 6 x 2 to run. What is not served of the
    target has no price.
    """
    assert orders(standard.baseline) == {("cluster", "2025"): pytest.approx(4)}
    assert standard.baseline.run["objective"] == pytest.approx(32 + 4 + 60)
    case = standard.on_top()
    results = plan(case)
    assert orders(results) == {("cluster", "2025"): NEARLY(6)}
    first = largest(case)
    assert first.objective == pytest.approx(92)
    assert duals(first, "programme_within_budget", "programme") == {("programme",): pytest.approx(6 / 8.5)}
    assert results.run["objective"] == NEARLY(48 + 6)


def test_a_price_of_most_compute_is_in_money_of_the_budget(standard: World) -> None:
    """A cluster more is bought with 8 for itself and 0.5 for its run in 2025; its run in 2026 is after the programme.
    It serves one compute in 2025 and one in 2026, so the prices of the two years add up to 8.5.
    """
    prices = plan(standard.on_top()).prices.filter(pl.col("commodity") == "compute")
    assert prices["price"].sum() == pytest.approx(8 + 0.5)


def test_a_programme_orders_only_in_its_years(standard: World) -> None:
    """It may order in 2026 alone: what is wanted in 2025 stays as it was, and 17 buys 2 clusters for one year."""
    case = standard.on_top(from_=2026, until=2026)
    results = plan(case)
    assert orders(results) == {("cluster", "2025"): pytest.approx(4), ("cluster", "2026"): NEARLY(2)}
    problem = build_problem(case)
    at = problem.columns.filter((pl.col("variable") == "order") & (pl.col("period") == "2025"))["column"]
    assert problem.program.column_lower[at] == problem.program.column_upper[at] == pytest.approx(4)


def test_a_programme_orders_only_what_its_groups_name(tmp_path: Path) -> None:
    """Two kinds of cluster that are alike; the programme may fund the one that the baseline did not choose."""
    parts = (*clusters("cheap", "dear"), cost("dear", "fixed", 0.1))
    groups = '[[programme.groups]]\nprocess = "dear"'
    case = world(tmp_path / "world", *parts, groups=groups).on_top(budget=17.2e9)
    assert orders(plan(case)) == {
        ("cheap", "2025"): pytest.approx(4),
        ("dear", "2025"): NEARLY(2),
    }


def test_payments_count_whenever_they_fall_and_running_money_only_in_the_programmes_years(tmp_path: Path) -> None:
    """A cluster that takes two years to build, paid evenly, ordered at the start of 2025: 4 in 2025, 4 in 2026, all
    of it the programme's. Fixed cost 1 a year and 0.5 for running fall in 2027, after `until`, and are not.

    Compute is wanted from 2027 on. 16 buys 2.
    """
    made = world(
        tmp_path / "world",
        plant("cluster", {"compute": 1}),
        site("cluster", lead=24),
        cost("cluster", "capex", 8),
        cost("cluster", "fixed", 1),
        cost("cluster", "variable", 0.5),
        period=[(2025, 2029, 1)],
    )
    assert orders(made.baseline) == {("cluster", "2025"): pytest.approx(4)}
    assert orders(plan(made.on_top(budget=16e9))) == {("cluster", "2025"): NEARLY(6)}


def test_a_mark_up_is_paid_by_the_programme_and_is_no_cost_of_the_system(tmp_path: Path) -> None:
    """2 for the seller on each compute: in the view of the system the baseline is as before. The programme pays 8 + 0.5
    + 2 for a cluster and its year: 21 buys 2."""
    parts = (*clusters("cluster"), cost("cluster", "margin", 2))
    made = world(tmp_path / "world", *parts)
    assert made.baseline.run["objective"] == pytest.approx(96)
    assert orders(plan(made.on_top(budget=21e9))) == {("cluster", "2025"): NEARLY(6)}


def test_a_programme_without_money_is_its_baseline(standard: World) -> None:
    results = plan(standard.on_top(budget=0))
    assert orders(results) == {("cluster", "2025"): NEARLY(4)}
    assert missed(results) == NEARLY(missed(standard.baseline))


def test_other_demand_is_served_at_least_as_in_the_baseline(tmp_path: Path) -> None:
    """Phones and clusters draw on 6 chips a year; a phone is worth 5 and the baseline makes 2 of them a year. A
    programme that could have all chips leaves these 2: at most 4 clusters' worth of compute, however much it
    spends.
    """
    parts = (
        goods("chip", "phone"),
        plant("fab", {"chip": 1}),
        {"capacity": [{"process": "fab", "region": "USA", "start": 2020, "value": 6}]},
        plant("cluster", {"compute": 1}, {"chip": 1}),
        site("cluster"),
        cost("cluster", "capex", 8),
        plant("assembly", {"phone": 1}, {"chip": 1}),
        {"capacity": [{"process": "assembly", "region": "USA", "start": 2020, "value": 9}]},
        demand("phone", 2),
        curve("phone", [(1, 5)]),
    )
    results = plan(world(tmp_path / "world", *parts).on_top(budget=1000e9))
    assert results.frame("shortage").filter((pl.col("commodity") == "phone") & (pl.col("value") > 1e-5)).is_empty()
    assert missed(results) == NEARLY(10)


def test_a_kept_plan_that_the_case_cannot_hold_is_a_fault_with_its_labels(standard: World) -> None:
    """The baseline's order of 4 in 2025; the case on top has no site for it."""
    case = standard.on_top()
    without = replace(case, order_sites=case.order_sites.filter(pl.col("period") != "2025"))
    with pytest.raises(CaseError, match=r"kept plan, order\[cluster, USA, 2025\]"):
        build_problem(without)


@pytest.mark.parametrize(
    ("weights", "value"), [("demand_curve", 2 * (4 * 10 + 10 * 3)), ("discounted", 14 + 14), ({2026: 2.0}, 2 * 14)]
)
def test_the_target_is_weighed_as_the_case_says(standard: World, weights: object, value: float) -> None:
    """With money for all, 14 a year are served: by the curve 4 x 10 + 10 x 3 a year, undiscounted amounts, or 2026
    alone and twice.
    """
    case = standard.on_top(budget=1000e9)
    settings = case.tables.settings
    target = settings.target.model_copy(update={"weights": weights})
    weighed = replace(case.tables, settings=settings.model_copy(update={"target": target}))
    assert largest(replace(case, tables=weighed)).objective == pytest.approx(value)
