"""Trees: what is wrong with one is said all at once, and what holds in a node holds from when it is known."""

from collections.abc import Callable
from pathlib import Path

import pytest

from model.small_cases import existing
from teraplan.case.case import Case
from teraplan.errors import CaseError
from teraplan.plan import read_case
from teraplan.uncertainty.trees.futures import leaf_cases, mean_case
from teraplan.uncertainty.trees.tree import Node, tree_of_case, tree_of_file, tree_of_nodes
from uncertainty.orders_now_or_later import node, order_case, three_stages, two_demands

ROOT = Node("now")


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return order_case(tmp_path_factory.mktemp("orders"), last=2028)


def told(make: Callable[[], object]) -> str:
    with pytest.raises(CaseError) as raised:
        make()
    return "\n".join(str(fault) for fault in raised.value.faults)


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ([ROOT, Node("a", "now", 2026, 0.5), Node("b", "now", 2026, 0.4)], "of 'a', 'b' after 'now' sum to 0.9"),
        ([ROOT, Node("a", "now", 2026, 1.5), Node("b", "now", 2026, -0.5)], "the probability of 'b' is -0.5"),
        ([ROOT, Node("a", "b", 2026), Node("b", "a", 2026)], "'a' comes after itself: a after b after a"),
        ([ROOT, Node("a", "nwo", 2026, 0.5), Node("b", "now", 2026, 0.5)], "did you mean 'now'?"),
        ([ROOT, Node("other"), Node("a", "now", 2026)], "'other' has no parent, and 'now' has none"),
        ([Node("a", "b", 2026), Node("b", "a", 2027)], "has no root"),
        ([ROOT, Node("a", "now", 2026, 0.5), Node("a", "now", 2026, 0.5)], "the node 'a' stands 2 times"),
        ([ROOT, Node("a", "now", 2026)], "has one future only"),
        ([ROOT, Node("a", "now", None, 0.5), Node("b", "now", 2026, 0.5)], "does not say from when 'a' is known"),
        ([ROOT, Node("a", "now", 2025, 0.5), Node("b", "now", 2026, 0.5)], "'a' is known from 2025, not later than"),
        ([ROOT, Node("a", "now", 2026), Node("b", "a", 2026, 0.5), Node("c", "a", 2027, 0.5)], "than its parent 'a'"),
        ([ROOT, Node("a", "now", 2031, 0.5), Node("b", "now", 2026, 0.5)], "after the last period begins (2028)"),
        ([ROOT, Node("a", "now", 2026.5, 0.5), Node("b", "now", 2026, 0.5)], "start of one, such as 2027"),
        ([Node("now", None, 2027), Node("a", "now", 2028, 0.5), Node("b", "now", 2028, 0.5)], "'now' is known from"),
        ([Node("now", None, None, 0.7), Node("a", "now", 2026, 0.5), Node("b", "now", 2026, 0.5)], "probability 0.7"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_tree_is_said(case: Case, nodes: list[Node], said: str) -> None:
    assert said in told(lambda: tree_of_nodes(nodes, case.tables.settings))


def test_all_that_is_wrong_is_said_at_once(case: Case) -> None:
    wrong = [ROOT, Node("other"), Node("a", "now", 2026, 0.5), Node("b", "now", 2031, 0.4), Node("c", "nobody", 2026)]
    with pytest.raises(CaseError) as raised:
        tree_of_nodes(wrong, case.tables.settings)
    assert len(raised.value.faults) == 4


def test_a_file_is_read_with_its_edits_and_its_faults(case: Case, tmp_path: Path) -> None:
    file = tmp_path / "tree.toml"
    text = """
[[node]]
name = "now"

[[node]]
name = "calm"
parent = "now"
known_from = 2026
probability = 0.9

[[node]]
name = "high"
parent = "now"
known_from = 2026
probability = 0.1

[[node.edit]]
table = "demand_quantity"
where = { year = "2026.." }
multiply = 2
"""
    file.write_text(text)
    tree = tree_of_file(file, case.tables, "starter")
    assert (tree.leaves, tree.probability("high"), tree.first_branching) == (("calm", "high"), 0.1, 2026)
    assert str(tree.node("high").edits[0]) == "node high, edit 1: demand_quantity[year=2026..] *= 2"
    file.write_text(text.replace("multiply = 2", "multiply = 2\nadd = 1").replace("0.9", '"much"'))
    assert "node 2, probability" in told(lambda: tree_of_file(file, case.tables, "starter"))
    file.write_text(text.replace("multiply = 2", "multiply = 2\nadd = 1"))
    assert "exactly one of set, multiply, add" in told(lambda: tree_of_file(file, case.tables, "starter"))
    file.write_text(text.replace('name = "calm"', 'name = "calm"\nscenario = "taiwan_outrage"'))
    assert "did you mean 'taiwan_outage'?" in told(lambda: tree_of_file(file, case.tables, "starter"))
    file.write_text(text.replace('name = "calm"', 'name = "calm"\nscenario = "half_trillion"'))
    assert "its own programme: a tree holds futures of the data alone" in told(
        lambda: tree_of_file(file, case.tables, "starter")
    )


def test_the_world_has_a_tree_of_three_stages() -> None:
    tree = tree_of_case(read_case("world-coarse").tables)
    assert tree.stages == 3
    assert sum(tree.probability(leaf) for leaf in tree.leaves) == pytest.approx(1)
    assert len(tree.leaves) == 4


def test_a_node_changes_what_comes_from_then_on_and_stands_on_the_nodes_before(case: Case) -> None:
    """10 a year doubled from 2026 on; from 2027 on half as much again of that, or half of it."""
    demand = {
        leaf: one.demand.sort("period")["value"].to_list() for leaf, one in leaf_cases(case, three_stages(case)).items()
    }
    assert demand == {"low": [10, 10, 10], "falls": [20, 10, 10], "booms": [20, 30, 30]}


def test_what_a_scenario_says_of_years_before_is_left_out(case: Case) -> None:
    nodes = [
        ROOT,
        node("same", "now", 2027, 0.5),
        node("high", "now", 2027, 0.5, "demand_quantity[commodity=compute] *= 2"),
    ]
    leaves = leaf_cases(case, tree_of_nodes(nodes, case.tables.settings))
    assert leaves["high"].demand.sort("period")["value"].to_list() == [10, 20, 20]


def test_a_node_whose_edits_are_all_past_is_a_fault(case: Case) -> None:
    nodes = [ROOT, node("same", "now", 2027, 0.5), node("high", "now", 2027, 0.5, "demand_quantity[year=2026] *= 2")]
    tree = tree_of_nodes(nodes, case.tables.settings)
    assert "the edits of 'high' change nothing from 2027 on" in told(lambda: leaf_cases(case, tree))


def test_a_lead_time_is_that_of_when_the_order_is_placed(case: Case) -> None:
    """12 months, 24 from 2026 on: an order of 2025 still starts in 2026."""
    nodes = [ROOT, node("same", "now", 2026, 0.5), node("slow", "now", 2026, 0.5, "lead_times[process=early] *= 2")]
    slow = leaf_cases(case, tree_of_nodes(nodes, case.tables.settings))["slow"]
    leads = slow.order_sites.filter(process="early").sort("period").select("period", "lead").rows()
    assert leads == [("2025", 1.0), ("2026", 2.0)]


def test_what_has_no_date_may_not_differ_before_it_is_known(tmp_path: Path) -> None:
    case = order_case(tmp_path, more=[existing("early", 1)])
    nodes = [ROOT, node("same", "now", 2026, 0.5), node("less", "now", 2026, 0.5, "capacity[process=early] *= 0.5")]
    tree = tree_of_nodes(nodes, case.tables.settings)
    assert "changes capacity, which holds in all years, and 'less' is not known before 2026" in told(
        lambda: leaf_cases(case, tree)
    )


def test_the_mean_of_the_futures_weighs_every_number(case: Case) -> None:
    tree = two_demands(case)
    mean = mean_case(leaf_cases(case, tree), tree)
    assert mean.demand.sort("period")["value"].to_list() == pytest.approx([12, 12, 12])
