"""A tree of futures: what is known when, how likely each branch is, and which edits of the data hold there.

A plan decides period by period, and whoever stands in a period knows the nodes that have been known until then and no
more. The leaves may lie at any depth, and a node may have any number of children. Two stages are the smallest tree.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from teraplan.case.check_settings import TREE_RULES
from teraplan.case.edit import Edit, edit_of
from teraplan.case.files import held_to, model_of, text_of
from teraplan.case.read import find_case, read_scenario
from teraplan.case.resolve import Tables
from teraplan.case.settings import Scenario, Settings, TreeFile
from teraplan.errors import CaseError, Fault, did_you_mean

SUM = 1e-6
"""How far the probabilities of the children of a node may be from a sum of 1 [1]."""


@dataclass(frozen=True)
class Node:
    """A node: what becomes known at the start of a period, and what holds from then on.

    parent: none for the root. known_from: start of the period from which it is known [decimal year]; the root holds
    from the first period on. probability: of this node once its parent is known [1]. edits: changes of the data; they
    hold from known_from on, on top of those of the nodes before. where: what a fault about it names.
    """

    name: str
    parent: str | None = None
    known_from: float | None = None
    probability: float = 1.0
    scenario: str | None = None
    edits: tuple[Edit, ...] = ()
    where: str = ""

    @property
    def at(self) -> str:
        """Where the node stands, for faults."""
        return self.where or f"node {self.name!r}"


@dataclass(frozen=True)
class Tree:
    """Nodes, the root first, each after its parent; made by `tree_of_nodes`, which checks them."""

    nodes: tuple[Node, ...]

    @property
    def root(self) -> Node:
        """The node that is known from the start."""
        return self.nodes[0]

    @property
    def leaves(self) -> tuple[str, ...]:
        """Names of the nodes without children: one for each future."""
        parents = {node.parent for node in self.nodes}
        return tuple(node.name for node in self.nodes if node.name not in parents)

    @property
    def stages(self) -> int:
        """How many nodes the longest path has."""
        return max(len(self.path(leaf)) for leaf in self.leaves)

    @property
    def first_branching(self) -> float:
        """When the first node but the root is known [decimal year]."""
        return min(node.known_from for node in self.nodes[1:] if node.known_from is not None)

    def node(self, name: str) -> Node:
        """Return a node by name."""
        return next(node for node in self.nodes if node.name == name)

    def children(self, name: str) -> tuple[Node, ...]:
        """Return the nodes that follow a node."""
        return tuple(node for node in self.nodes if node.parent == name)

    def path(self, name: str) -> tuple[Node, ...]:
        """Return the nodes from the root to a node."""
        node = self.node(name)
        return (*(self.path(node.parent) if node.parent is not None else ()), node)

    def below(self, name: str) -> tuple[str, ...]:
        """Return the leaves that a node leads to; a leaf leads to itself."""
        return tuple(leaf for leaf in self.leaves if any(node.name == name for node in self.path(leaf)))

    def probability(self, name: str) -> float:
        """Return how likely a node is, seen from the root [1]."""
        return math.prod(node.probability for node in self.path(name))


def tree_of_nodes(nodes: Sequence[Node], settings: Settings, named: str = "tree") -> Tree:
    """Return the tree of nodes in any order; CaseError with everything that is wrong with them.

    settings: of the case, for its periods. named: what the error names.
    """
    faults = [
        *_faults_of_shape(nodes),
        *_faults_of_chances(nodes),
        *_faults_of_times(nodes, [period.start for period in settings.periods]),
    ]
    if faults:
        raise CaseError(named, tuple(faults))
    ordered = [node for node in nodes if node.parent is None]
    for node in ordered:
        ordered += [child for child in nodes if child.parent == node.name]
    return Tree(tuple(ordered))


def tree_of_case(tables: Tables, source: str | Path | None = None) -> Tree:
    """Return the tree in a case's table `tree`; CaseError with every fault, among them a case without one.

    source: the case's name or folder, where its scenario files are; none: a case that ships under its own name.
    """
    named = str(source or tables.settings.name)
    rows = tables.frames["tree"].sort("line")
    if not rows.height:
        raise CaseError(named, (Fault("tree.csv", "has no node", "add one, or give a tree as a file"),))
    nodes = [
        Node(
            row["node"],
            row["parent"],
            row["known_from"],
            row["value"],
            row["scenario"],
            (),
            f"tree.csv line {row['line']}",
        )
        for row in rows.iter_rows(named=True)
    ]
    return _with_scenarios(nodes, tables.settings, named, find_case(named))


def tree_of_file(path: Path, tables: Tables, source: str | Path | None = None) -> Tree:
    """Return the tree in a TOML file of [[node]] tables; see `tree_of_case`."""
    faults: list[Fault] = []
    text = text_of(path.parent, path.name, faults)
    given = None if text is None else model_of(text, path.name, TreeFile, faults)
    faults += [] if given is None or text is None else held_to(TREE_RULES, given, text, path.name)
    if given is None or faults:
        raise CaseError(str(path), tuple(faults))
    nodes = [
        Node(
            block.name,
            block.parent,
            block.known_from,
            block.probability,
            block.scenario,
            tuple(edit_of(edit, f"node {block.name}, edit {n}") for n, edit in enumerate(block.edit, start=1)),
            f"{path.name}, node {number}",
        )
        for number, block in enumerate(given.node, start=1)
    ]
    return _with_scenarios(nodes, tables.settings, str(path), find_case(source or tables.settings.name))


def _with_scenarios(nodes: Sequence[Node], settings: Settings, named: str, folder: Path) -> Tree:
    """Return the tree of nodes with the edits of the scenarios that they name before their own."""
    faults: list[Fault] = []
    filled = []
    for node in nodes:
        scenario, wrong = (Scenario(), []) if node.scenario is None else read_scenario(folder, node.scenario)
        faults += [Fault(f"{node.at}, {fault.where}", fault.what, fault.fix) for fault in wrong]
        given = scenario or Scenario()
        faults += _more_than_data(node.at, given)
        edits = (edit_of(edit, f"scenario {node.scenario}, edit {n}") for n, edit in enumerate(given.edit, start=1))
        filled.append(replace(node, edits=(*edits, *node.edits)))
    try:
        tree = tree_of_nodes(filled, settings, named)
    except CaseError as error:
        raise CaseError(named, (*faults, *error.faults)) from None
    if faults:
        raise CaseError(named, tuple(faults))
    return tree


def _more_than_data(where: str, scenario: Scenario) -> Iterator[Fault]:
    """What a scenario asks for that is no change of data; what it keeps is left out, the tree holds what is shared."""
    for name in ("programme", "view", "objective"):
        if getattr(scenario, name) is not None:
            what = f"the scenario has its own {name}: a tree holds futures of the data alone"
            yield Fault(f"{where}, column scenario", what, "name a scenario with edits only")


def _faults_of_shape(nodes: Sequence[Node]) -> Iterator[Fault]:
    """Names stand once, there is one root, every parent is there, nobody is their own ancestor, and it branches."""
    names = Counter(node.name for node in nodes)
    parents = {node.name: node.parent for node in nodes}
    for node in nodes:
        if names[node.name] > 1:
            yield Fault(node.at, f"the node {node.name!r} stands {names[node.name]} times", "keep one of them")
        elif node.parent is not None and node.parent not in names:
            what = f"the parent {node.parent!r} of {node.name!r} is not a node"
            yield Fault(node.at, what, did_you_mean(node.parent, names))
        elif node.name in (circle := _circle(node.name, parents)):
            what = f"{node.name!r} comes after itself: {' after '.join(circle)}"
            yield Fault(node.at, what, "give one of them a parent outside the circle")
    roots = [node for node in nodes if node.parent is None]
    for extra in roots[1:]:
        what = f"{extra.name!r} has no parent, and {roots[0].name!r} has none"
        yield Fault(extra.at, what, "a tree has one root: name the parent of all others")
    if not roots:
        yield Fault("the tree", "has no root", "leave the parent of one node empty")
    used = {node.parent for node in nodes}
    if sum(node.name not in used for node in nodes) == 1:
        yield Fault("the tree", "has one future only", "give a node two children, or plan the case as it is")


def _circle(name: str, parents: dict[str, str | None]) -> list[str]:
    """The nodes from a node over its parents back to itself; empty if that never happens."""
    walked, at = [name], parents[name]
    while at is not None and at in parents and at not in walked:
        walked.append(at)
        at = parents[at]
    return [*walked, name] if at == name else []


def _faults_of_chances(nodes: Sequence[Node]) -> Iterator[Fault]:
    """Probabilities lie between 0 and 1, and those of the children of a node sum to 1; the root is certain."""
    groups: dict[str | None, list[Node]] = {}
    for node in nodes:
        groups.setdefault(node.parent, []).append(node)
        if not 0.0 <= node.probability <= 1.0:
            yield Fault(node.at, f"the probability of {node.name!r} is {node.probability:g}", "give one from 0 to 1")
    for parent, children in groups.items():
        total = sum(child.probability for child in children)
        if parent is None and len(children) == 1 and abs(total - 1.0) > SUM:
            yield Fault(children[0].at, f"the root has probability {total:g}", "give it 1: it is certain")
        if parent is not None and not abs(total - 1.0) <= SUM:
            named = ", ".join(repr(child.name) for child in children)
            what = f"the probabilities of {named} after {parent!r} sum to {total:.9g}"
            yield Fault(children[0].at, what, "let them sum to 1")


def _faults_of_times(nodes: Sequence[Node], starts: Sequence[float]) -> Iterator[Fault]:
    """A node is known from the start of a period of the case on, and later than its parent."""
    known = {node.name: node.known_from for node in nodes}
    roots = {node.name for node in nodes if node.parent is None}
    for node in nodes:
        at = node.known_from
        if at is None:
            if node.parent is not None:
                yield Fault(node.at, f"does not say from when {node.name!r} is known", "give its year in known_from")
            continue
        if node.parent is None and at > starts[0]:
            what = f"the root {node.name!r} is known from {at:g}, after the first period begins ({starts[0]:g})"
            yield Fault(node.at, what, "leave it empty: the root holds from the start")
        if node.parent is None:
            continue
        before = known.get(node.parent)
        before = starts[0] if before is None or node.parent in roots else before
        if at <= before:
            what = f"{node.name!r} is known from {at:g}, not later than its parent {node.parent!r} ({before:g})"
            yield Fault(node.at, what, "let it be known later, or join the two")
        elif at > starts[-1]:
            what = f"{node.name!r} is known from {at:g}, after the last period begins ({starts[-1]:g})"
            yield Fault(node.at, what, "let it be known earlier, or leave it out")
        elif not any(abs(at - start) < 1e-9 for start in starts):
            next_start = min(start for start in starts if start > at)
            what = f"{node.name!r} is known from {at:g}, which is inside a period"
            yield Fault(node.at, what, f"let it be known from the start of one, such as {next_start:g}")
