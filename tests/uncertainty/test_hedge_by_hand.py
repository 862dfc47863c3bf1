"""Trees small enough to be solved on paper, by both ways; and what a hedge says of them."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from teraplan.results.results import Results
from teraplan.uncertainty.stages.core import ScenarioChange, TwoStageCore
from teraplan.uncertainty.stages.risk import Risk
from teraplan.uncertainty.stages.two_stage import solve_two_stage
from teraplan.uncertainty.trees.hedge import futures_of, hedge, hedge_and_plans
from teraplan.uncertainty.trees.recourse import Method, Ways, plan_tree
from uncertainty.orders_now_or_later import order_case, steps_case, three_stages, two_demands

WAYS: tuple[Method, ...] = ("extensive", "decomposition")


def measures(results: Results) -> dict[str, float]:
    return dict(results.frame("measures").select("measure", "value").iter_rows())


def costs(results: Results, plan: str = "hedge") -> dict[str, float]:
    return dict(results.frame("leaves").filter(plan=plan).select("leaf", "cost").iter_rows())


def ordered(results: Results, plan: str = "hedge") -> dict[tuple[str, str, str], float]:
    rows = results.frame("orders").filter(plan=plan).select("node", "process", "period", "value")
    return {row[:-1]: round(row[-1], 3) for row in rows.filter(pl.col("value") > 1e-3).iter_rows()}


@pytest.mark.parametrize("method", WAYS)
def test_an_order_that_two_demands_divide(tmp_path: Path, method: Method) -> None:
    """With x ordered early the futures cost x + 3 max(0, 10 - x), chance 0.8, and x + 3 max(0, 20 - x), chance 0.2.

    Their mean falls by 2 a unit up to x = 10 and rises by 1 - 0.2 x 3 from there. So 10 are ordered now and 10 more in
    a rush if demand doubles: RP = 10 + 0.2 x 30 = 16. Known from the start: WS = 0.8 x 10 + 0.2 x 20 = 12. The mean of
    the futures asks for 12, and its plan orders 12 early: EEV = 12 + 0.2 x 3 x 8 = 16.8.
    """
    case = order_case(tmp_path)
    found = hedge(case, two_demands(case), Ways(method=method, tolerance=1e-9))
    said = measures(found)
    assert said["RP"] == pytest.approx(16)
    assert said["WS"] == pytest.approx(12)
    assert said["EEV"] == pytest.approx(16.8)
    assert said["VSS"] == pytest.approx(0.8)
    assert said["EVPI"] == pytest.approx(4)
    assert costs(found) == pytest.approx({"low": 10, "high": 40}, rel=1e-5)
    assert costs(found, "mean") == pytest.approx({"low": 12, "high": 36})
    assert ordered(found) == {("now", "early", "2025"): 10, ("high", "rush", "2026"): 10}


def test_a_likelier_high_demand_is_ordered_for_at_once(tmp_path: Path) -> None:
    """With one chance in two, x rises at 1 - 0.5 x 3 < 0 up to 20: RP = 20, in both futures."""
    case = order_case(tmp_path)
    found = plan_tree(futures_of(case, two_demands(case, high=0.5)).form, Ways())
    assert found.objective == pytest.approx(20)
    assert found.cost == pytest.approx({"low": 20, "high": 20})


@pytest.mark.parametrize("method", WAYS)
def test_three_stages_with_a_leaf_at_the_second(tmp_path: Path, method: Method) -> None:
    """x early in 2025; in `high`, 20 - x in a rush in 2026 and y early then; in `booms`, 10 - y in a rush in 2027.

    y pays 1 for 0.5 x 3: y = 10. x as with two stages: 10. RP = 10 + 0.2 x (30 + 10) = 18. WS = 0.8 x 10 + 0.1 x 20 +
    0.1 x 30 = 13. The mean asks for 0.8 x 10 + 0.2 x 20 = 12 in both years: EEV = 12 + 0.2 x (3 x 8 + 10) = 18.8.
    """
    case = order_case(tmp_path, last=2027)
    tree = three_stages(case)
    assert (tree.stages, tree.leaves) == (3, ("low", "falls", "booms"))
    found = hedge(case, tree, Ways(method=method, tolerance=1e-9))
    said = measures(found)
    assert [said[name] for name in ("RP", "WS", "EEV")] == pytest.approx([18, 13, 18.8])
    assert costs(found) == pytest.approx({"low": 10, "falls": 50, "booms": 50}, rel=1e-5)
    assert ordered(found) == {
        ("now", "early", "2025"): 10,
        ("high", "rush", "2026"): 10,
        ("high", "early", "2026"): 10,
    }


@pytest.mark.parametrize("method", WAYS)
def test_the_worst_share_of_two_demands(tmp_path: Path, method: Method) -> None:
    """The worst fifth is `high`: with weight w, x from 10 to 20 changes the sum by 1 - (1 - w) 0.2 x 3 - w x 3 a unit.

    w = 0.1: 1 - 0.54 - 0.3 > 0, so x stays 10: 0.9 x 16 + 0.1 x 40 = 18.4. w = 1: below 0, so x = 20, which both
    futures cost. A share of 1 is the mean again, and towards 0 only the worst future counts.
    """
    case = order_case(tmp_path)
    form = futures_of(case, two_demands(case)).form
    for weight, share, expected, low in (
        (0.0, 0.5, 16.0, 10.0),
        (1.0, 0.0, 20.0, 20.0),
        (1.0, 0.2, 20.0, 20.0),
        (0.1, 0.2, 18.4, 10.0),
        (1.0, 1.0, 16.0, 10.0),
    ):
        found = plan_tree(form, Ways(Risk(weight, share), method, tolerance=1e-9))
        assert found.objective == pytest.approx(expected), (weight, share)
        assert found.cost["low"] == pytest.approx(low), (weight, share)


def test_where_the_plan_for_the_mean_leaves_no_plan_it_says_in_which_future(tmp_path: Path) -> None:
    """Without `rush` all 20 must be ordered early; the plan for the mean orders 12, for the likeliest future 10."""
    case = order_case(tmp_path, rush=False)
    found = hedge(case, two_demands(case))
    assert found.run["cannot_meet"] == {"mean": ["high"], "likely": ["high"]}
    assert measures(found)["EEV"] is None
    assert measures(found)["RP"] == pytest.approx(20)


def test_it_agrees_with_two_stages_of_a_plain_program(tmp_path: Path) -> None:
    """The same two futures as a core program and what a scenario changes in it."""
    case = order_case(tmp_path)
    futures = futures_of(case, two_demands(case))
    low, high = (futures.problems[leaf].program for leaf in ("low", "high"))
    first = (futures.form.columns["low"]["node"] == "now").to_numpy()
    whole = np.zeros(first.size, dtype=bool)
    core = TwoStageCore(
        low.cost, low.matrix, low.row_lower, low.row_upper, low.column_lower, low.column_upper, first, whole
    )
    moved = np.flatnonzero(low.row_lower != high.row_lower)
    changes = [ScenarioChange(0.8), ScenarioChange(0.2, row_lower={int(at): float(high.row_lower[at]) for at in moved})]
    plain = solve_two_stage(core, changes, method="extensive")
    found, _ = hedge_and_plans(futures, Ways())
    assert measures(found)["RP"] == pytest.approx(plain.objective)
    assert list(costs(found).values()) == pytest.approx(list(plain.scenario_cost), rel=1e-5)


def test_each_leaf_is_a_plan_that_passes_its_audit(tmp_path: Path) -> None:
    case = order_case(tmp_path, last=2027)
    found, plans = hedge_and_plans(futures_of(case, three_stages(case)), Ways())
    assert list(plans) == ["low", "falls", "booms"]
    for leaf, plan in plans.items():
        assert plan.run["audit"]["passed"], leaf  # type: ignore[index]
        assert plan.run["objective"] == pytest.approx(costs(found)[leaf])
    first = (pl.col("period") == "2025") & (pl.col("value") > 0)
    early = [plan.frame("order").filter(first)["value"].to_list() for plan in plans.values()]
    assert early[0] == early[1] == early[2]
    for name in ("prices", "bottlenecks"):
        told = {leaf: set(plan.frame(name)["period"]) for leaf, plan in plans.items()}
        assert "2025" not in set.union(*told.values()), "what is held has no price"


def test_a_step_that_may_be_dropped_has_a_value_of_its_own(tmp_path: Path) -> None:
    """10 or 20 are asked for from 2026 on, each with one chance in two.

    In one piece: 7 each a year ahead, or 20 in a rush: 7 < 0.5 x 20, so 20 are ordered at once: 140. In steps: a
    position costs 1 a year ahead, and its shell 6 only where it is wanted: 1 < 0.5 x (20 - 6), so 20 positions and 10
    or 20 shells: 20 + 6 x 15 = 110. The option is worth 30; in `low` ten positions are dropped.
    """
    plans = {}
    for steps in (False, True):
        case = steps_case(tmp_path / str(steps), steps)
        form = futures_of(case, two_demands(case, high=0.5)).form
        plans[steps] = plan_tree(form, Ways())
    assert plans[False].objective == pytest.approx(140)
    assert plans[True].objective == pytest.approx(110)
    assert plans[True].cost == pytest.approx({"low": 80, "high": 140})
