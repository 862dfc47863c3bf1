"""Laws that every hedge keeps, on the starter case."""

import numpy as np
import pytest

from teraplan.case.case import Case
from teraplan.errors import ArgumentError
from teraplan.plan import plan, read_case
from teraplan.solver import solve
from teraplan.uncertainty.stages.risk import Risk
from teraplan.uncertainty.trees.fresh import Fresh, draws
from teraplan.uncertainty.trees.hedge import Futures, futures_of, hedge_and_plans
from teraplan.uncertainty.trees.recourse import Ways, of_master, plan_tree
from teraplan.uncertainty.trees.tree import Tree, tree_of_nodes
from uncertainty.orders_now_or_later import node


def five_futures(case: Case) -> Tree:
    """Demand, prices and chip output from 2027 on; in one branch again from 2028 on."""
    nodes = [
        node("now", None, None, 1.0),
        node("calm", "now", 2027, 0.6),
        node("outage", "now", 2027, 0.1, "availability[process=fab_*,region=TWN,year=2027] *= 0.5"),
        node("winter", "now", 2027, 0.3, "demand_quantity[commodity=compute,year=2027..] *= 0.6"),
        node("cheap", "calm", 2028, 0.5, "costs[item=capex,year=2028..] *= 0.8"),
        node("dear", "calm", 2028, 0.3, "costs[item=capex,year=2028..] *= 1.3"),
        node("slow", "calm", 2028, 0.2, "lead_times[process=grid] *= 1.5"),
    ]
    return tree_of_nodes(nodes, case.tables.settings)


@pytest.fixture(scope="module")
def futures() -> Futures:
    case = read_case("starter")
    return futures_of(case, five_futures(case))


def test_wait_and_see_below_the_hedge_below_the_mean_plan(futures: Futures) -> None:
    risk = Risk(0.5, 0.2)
    found, _ = hedge_and_plans(futures, Ways(risk))
    said = dict(found.frame("measures").iter_rows())
    assert said["WS"] <= said["RP"] * (1 + 1e-9)
    assert said["RP"] <= said["EEV"] * (1 + 1e-9)
    hedged = found.frame("leaves").filter(plan="hedge")
    weighed = risk.measure(hedged["cost"].to_numpy(), hedged["probability"].to_numpy())
    assert weighed == pytest.approx(said["RP"], rel=3e-6)


def test_both_ways_give_one_answer(futures: Futures) -> None:
    for risk in (Risk(), Risk(0.4, 0.3)):
        one = plan_tree(futures.form, Ways(risk, "extensive"))
        two = plan_tree(futures.form, Ways(risk, "decomposition", 1e-6))
        assert two.objective == pytest.approx(one.objective, rel=2e-6)
        assert two.bound <= one.objective * (1 + 1e-9)


def test_risk_goes_from_the_mean_to_the_worst_case(futures: Futures) -> None:
    """More weight on the worst share never lowers its mean; a share of 1 is the mean, towards 0 the dearest future."""
    mean = plan_tree(futures.form, Ways())
    assert plan_tree(futures.form, Ways(Risk(1.0, 1.0))).objective == pytest.approx(mean.objective, rel=1e-7)
    assert plan_tree(futures.form, Ways(Risk(0.0, 0.1))).objective == pytest.approx(mean.objective, rel=1e-9)
    worst = plan_tree(futures.form, Ways(Risk(1.0, 0.0)))
    assert worst.objective == pytest.approx(max(worst.cost.values()), rel=1e-7)
    assert worst.objective <= max(mean.cost.values()) * (1 + 1e-9)


def test_alike_futures_are_one_plan() -> None:
    """Where nothing differs, the hedge is the plan of the case and knowing the future is worth nothing."""
    case = read_case("starter")
    alike = [node("now", None, None, 1.0), node("one", "now", 2027, 0.4), node("two", "now", 2027, 0.6)]
    futures = futures_of(case, tree_of_nodes(alike, case.tables.settings))
    assert plan_tree(futures.form, Ways()).objective == pytest.approx(float(str(plan(case).run["objective"])), rel=1e-7)


def test_an_impossible_future_changes_nothing(futures: Futures) -> None:
    case = futures.case
    doom = [
        node("now", None, None, 1.0),
        node("calm", "now", 2027, 1.0),
        node("doom", "now", 2027, 0.0, "demand_quantity[commodity=compute,year=2027..] *= 3"),
    ]
    tree = futures_of(case, tree_of_nodes(doom, case.tables.settings))
    alone = solve(tree.problems["calm"]).objective
    assert plan_tree(tree.form, Ways()).objective == pytest.approx(alone, rel=1e-7)


def test_what_is_held_is_held(futures: Futures) -> None:
    mean = solve(futures.problems["winter"])
    held = of_master(futures.form, mean.problem.columns, mean.value, root_orders=True)
    found = plan_tree(futures.form, Ways(), held)
    again = of_master(futures.form, futures.form.problems["dear"].columns, found.value["dear"], root_orders=True)
    assert list(again.values()) == pytest.approx(list(held.values()), abs=1e-6)
    assert found.objective >= plan_tree(futures.form, Ways()).objective * (1 - 1e-9)


def test_fresh_futures_are_seeded_and_come_as_often_as_they_are_likely(futures: Futures) -> None:
    drawn = list(draws(futures.tree, Fresh(200, seed=5)))
    assert drawn == list(draws(futures.tree, Fresh(200, seed=5))) != list(draws(futures.tree, Fresh(200, seed=6)))
    for leaf in futures.tree.leaves:
        count = sum(draw.leaf == leaf for draw in drawn)
        assert abs(count - 200 * futures.tree.probability(leaf)) <= 1
    assert np.std(np.log([draw.demand for draw in drawn])) == pytest.approx(0.1, rel=0.15)


def test_arguments_that_cannot_be_are_all_named() -> None:
    with pytest.raises(ArgumentError) as raised:
        Ways(Risk(1.5, -0.1), "guess", 0.0)  # type: ignore[arg-type]
    assert [fault.where for fault in raised.value.faults] == ["weight", "share", "method", "tolerance"]
    with pytest.raises(ArgumentError) as raised:
        Fresh(-1, spread=9.0)
    assert [fault.where for fault in raised.value.faults] == ["fresh", "spread"]
