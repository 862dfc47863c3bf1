"""An order now or later under demands that are known later: small enough for pencil and paper. GUSD throughout.

Nothing is asked for in 2025, ten units a year from 2026 on. `early` costs 1 per unit and takes a year to come, `rush`
costs 3 and comes at once. Nothing is discounted and running costs nothing.
"""

from collections.abc import Sequence
from pathlib import Path

from model.small_cases import Tables, cost, demand, goods, plant, site, small_case
from teraplan.case.case import Case
from teraplan.case.edit import parse_set
from teraplan.uncertainty.trees.tree import Node, Tree, tree_of_nodes


def order_case(folder: Path, last: int = 2026, rush: bool = True, more: Sequence[Tables] = ()) -> Case:
    """The case, planned to the end of a year; without `rush` what was not ordered early never comes."""
    late = [plant("rush", {"compute": 1}), site("rush"), cost("rush", "capex", 3)] if rush else []
    return small_case(
        folder,
        goods("compute"),
        plant("early", {"compute": 1}),
        site("early", lead=12),
        cost("early", "capex", 1),
        demand("compute", {2025: 0, 2026: 10}),
        *late,
        *more,
        period=[(2025, last + 1, 1)],
    )


def steps_case(folder: Path, steps: bool) -> Case:
    """A site in one piece that must be ordered a year ahead, or a site in two steps; in a rush it costs 20.

    turnkey: 7, a year ahead. position: 1, a year ahead, the right to build; shell: 6, at once, on a position.
    """
    ways = [
        plant("turnkey", {"compute": 1}), site("turnkey", lead=12), cost("turnkey", "capex", 7),
        plant("rush", {"compute": 1}), site("rush"), cost("rush", "capex", 20),
    ]  # fmt: skip
    if steps:
        ways += [
            goods("place"),
            plant("position", {"place": 1}), site("position", lead=12), cost("position", "capex", 1),
            plant("shell", {"compute": 1}, {"place": 1}), site("shell"), cost("shell", "capex", 6),
        ]  # fmt: skip
    return small_case(folder, goods("compute"), demand("compute", {2025: 0, 2026: 10}), *ways, period=[(2025, 2027, 1)])


def node(name: str, parent: str | None, known_from: int | None, probability: float, *edits: str) -> Node:
    """A node whose edits are written as on the command line."""
    return Node(name, parent, known_from, probability, edits=tuple(parse_set(edit) for edit in edits))


def two_demands(case: Case, high: float = 0.2) -> Tree:
    """Demand doubles from 2026 on, or stays: two stages."""
    nodes = [
        node("now", None, None, 1.0),
        node("low", "now", 2026, 1.0 - high),
        node("high", "now", 2026, high, "demand_quantity[year=2026..] *= 2"),
    ]
    return tree_of_nodes(nodes, case.tables.settings)


def three_stages(case: Case) -> Tree:
    """Demand doubles in 2026 with one chance in five; then, in 2027, it halves or is half as much again."""
    nodes = [
        node("now", None, None, 1.0),
        node("low", "now", 2026, 0.8),
        node("high", "now", 2026, 0.2, "demand_quantity[year=2026..] *= 2"),
        node("falls", "high", 2027, 0.5, "demand_quantity[year=2027..] *= 0.5"),
        node("booms", "high", 2027, 0.5, "demand_quantity[year=2027..] *= 1.5"),
    ]
    return tree_of_nodes(nodes, case.tables.settings)
