"""Supply networks without a case: what an outage costs, how long a network survives it, which node is most exposed.

Plain functions after D. Simchi-Levi et al., Identifying Risks and Mitigating Disruptions in the Automotive Supply
Chain, Interfaces 45 (2015) 375-390. Amounts are of one unit a node, time and money of any one unit.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np
from scipy import sparse

from teraplan.errors import ArgumentError, Fault, TeraplanError, did_you_mean

Names = str | Sequence[str]
STEPS = 12
"""In how many blocks of equal length the way back is cut; in each the mean of the straight line holds."""


@dataclass(frozen=True)
class Network:
    """Nodes that make things out of what other nodes make, and sell some of them.

    A node is known by being named anywhere. All numbers are finite and not negative.
    """

    capacity: Mapping[str, float] = field(default_factory=dict)
    """Most that a node, or all nodes of a site together, can make [unit/time]; without one there is no limit."""
    demand: Mapping[str, float] = field(default_factory=dict)
    """What is sold of a node's output [unit/time]."""
    margin: Mapping[str, float] = field(default_factory=dict)
    """What is lost with a unit that is not sold [money/unit]."""
    stock: Mapping[str, float] = field(default_factory=dict)
    """What there is of a node's output when an outage begins [unit]."""
    inputs: Mapping[str, Mapping[Names, float]] = field(default_factory=dict)
    """What a unit of a node takes: for each input the node, or the nodes of which any will do, and how much [1]."""
    sites: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Which nodes share a site; an outage of a site hits them all."""

    @property
    def nodes(self) -> tuple[str, ...]:
        """Every node, in the order in which they are named."""
        named = [*self.capacity, *self.demand, *self.margin, *self.stock, *self.inputs]
        taken = [name for needs in self.inputs.values() for name in _makers(needs)]
        shared = [name for members in self.sites.values() for name in members]
        return tuple(dict.fromkeys(name for name in [*named, *taken, *shared] if name not in self.sites))


@dataclass(frozen=True)
class Impact:
    """What an outage does when the network makes the best of it."""

    lost_margin: float
    """Performance impact: the margin of what is not sold, with what would not be sold without an outage [money]."""
    lost: Mapping[str, float]
    """What is not sold, by node [unit]."""
    worth: Mapping[str, float]
    """What one unit of capacity more would save, by node or site, were it not hit [money/(unit/time)]."""


@dataclass(frozen=True)
class Exposure:
    """How exposed a network is to one outage."""

    impact: float
    """Lost margin [money]."""
    index: float
    """Risk exposure index: the impact over the largest of all [1]."""
    time_to_survive: float
    """Longest outage without a lost sale [time]; infinite if there is none."""
    time_to_recover: float
    """How long the outage lasts [time]."""
    expected_loss: float
    """Impact times how often it comes [money/time]."""


def performance_impact(
    network: Network, nodes: Names, duration: float, depth: float = 1.0, recovery: float = 0.0
) -> Impact:
    """Return what is lost when nodes or sites fail together, at the best response.

    duration: how long they fail [time]; depth: which share of them fails [1]; recovery: how long the way back takes, in
    a straight line [time]. In each block of time, with y what is shipped from i to j and s what is left in stock:

        min sum of margin x lost
        need x made[j] <= sum of y[i, j] over the nodes i that may supply it       each input of j
        s[i] <= s[i, block before] + made[i] - sum of y[i, j] - demand + lost[i]
        made[j] <= what is left of its capacity x length

    Raises ArgumentError with every fault.
    """
    faults = [*_faults(network), *_asked(network, {"duration": duration, "recovery": recovery}, nodes, depth)]
    if faults:
        raise ArgumentError("performance_impact", tuple(faults))
    hit = _hit(network, nodes)
    ramp = [depth * (1.0 - (step + 0.5) / STEPS) for step in range(STEPS)] if recovery > 0 else []
    blocks = [(duration, depth), *((recovery / STEPS, part) for part in ramp)]
    found = _Program(network, hit, [block for block in blocks if block[0] > 0]).least_loss()
    return found


def time_to_survive(network: Network, nodes: Names, depth: float = 1.0) -> float:
    """Return the longest outage of nodes or sites without a lost sale [time]; infinite if it can go on for ever.

    One linear program: the same rows with no sale lost and the length as a column, as large as can be.
    """
    faults = [*_faults(network), *_asked(network, {}, nodes, depth)]
    if faults:
        raise ArgumentError("time_to_survive", tuple(faults))
    return _Program(network, _hit(network, nodes), [(1.0, depth)]).longest()


def risk_exposure(
    network: Network,
    durations: float | Mapping[Names, float],
    depth: float = 1.0,
    yearly_rate: Mapping[Names, float] | None = None,
) -> dict[Names, Exposure]:
    """Return how exposed a network is to an outage of each node, or of those named, by decreasing impact.

    durations: time to recover, one for every node that has capacity, or by node, site or tuple of those that fail
    together [time]. yearly_rate: how often each comes [1/time]; 0 where it says nothing.
    """
    alone: dict[Names, float] = {} if isinstance(durations, Mapping) else {name: durations for name in network.capacity}
    every = durations if isinstance(durations, Mapping) else alone
    rates = yearly_rate or {}
    faults = list(_faults(network))
    for nodes, duration in every.items():
        faults += _asked(network, {"duration": duration, "yearly_rate": rates.get(nodes, 0.0)}, nodes, depth)
    unknown = [nodes for nodes in rates if nodes not in every]
    faults += [Fault(f"yearly_rate of {nodes}", "has no duration", "give it one, or leave it out") for nodes in unknown]
    if faults:
        raise ArgumentError("risk_exposure", tuple(dict.fromkeys(faults)))
    impacts = {nodes: performance_impact(network, nodes, t, depth).lost_margin for nodes, t in every.items()}
    worst = max(impacts.values(), default=0.0)
    return {
        nodes: Exposure(
            impact,
            impact / worst if worst > 0 else 0.0,
            time_to_survive(network, nodes, depth),
            every[nodes],
            impact * rates.get(nodes, 0.0),
        )
        for nodes, impact in sorted(impacts.items(), key=lambda item: -item[1])
    }


class _Program:
    """The linear program of an outage: its columns are the length, then in each block made, shipped, lost, in stock."""

    def __init__(self, network: Network, hit: frozenset[str], blocks: Sequence[tuple[float, float]]) -> None:
        self.network, self.nodes, self.hit, self.blocks = network, network.nodes, hit, blocks
        self.ways = [
            (node, need, maker) for node, needs in network.inputs.items() for need in needs for maker in _makers([need])
        ]
        kinds: list[tuple[str, object]] = [(kind, node) for kind in ("made", "lost", "left") for node in self.nodes]
        kinds += [("sent", way) for way in self.ways]
        keys = [(block, kind, what) for block in range(len(blocks)) for kind, what in kinds]
        self.column = {key: number for number, key in enumerate(keys, start=1)}
        self.rows: list[dict[int, float]] = []
        self.right: list[float] = []
        self.owner: dict[int, tuple[str, float]] = {}
        for block, (length, depth) in enumerate(blocks):
            self._block(block, length, depth)

    def least_loss(self) -> Impact:
        """The least margin lost over all blocks."""
        cost = np.zeros(len(self.column) + 1)
        bounds: list[tuple[float, float | None]] = [(0.0, None)] * cost.size
        bounds[0] = (1.0, 1.0)
        for (block, kind, node), number in self.column.items():
            if kind == "lost":
                cost[number] = self.network.margin.get(str(node), 0.0)
                bounds[number] = (0.0, self.network.demand.get(str(node), 0.0) * self.blocks[block][0])
        if not self.blocks:
            return Impact(0.0, dict.fromkeys(self.network.demand, 0.0), dict.fromkeys(self.network.capacity, 0.0))
        found = self._solved(cost, bounds)
        lost = {
            node: float(sum(found.x[self.column[b, "lost", node]] for b in range(len(self.blocks))))
            for node in self.network.demand
        }
        worth = dict.fromkeys(self.network.capacity, 0.0)
        for row, (name, length) in self.owner.items():
            worth[name] -= float(found.ineqlin.marginals[row]) * length
        return Impact(float(found.fun), lost, worth)

    def longest(self) -> float:
        """The longest outage without a lost sale."""
        cost = np.zeros(len(self.column) + 1)
        cost[0] = -1.0
        lost = {number for (_, kind, _), number in self.column.items() if kind == "lost"}
        found = self._solved(cost, [(0.0, 0.0 if number in lost else None) for number in range(cost.size)])
        return math.inf if found.status == UNBOUNDED else float(found.x[0])

    def _block(self, block: int, length: float, depth: float) -> None:
        """The rows of one block of time."""
        network = self.network
        for node, needs in network.inputs.items():
            for need, amount in needs.items():
                sent = {self.column[block, "sent", (node, need, maker)]: -1.0 for maker in _makers([need])}
                self._row({self.column[block, "made", node]: amount, **sent}, 0.0)
        for node in self.nodes:
            out = {self.column[block, "sent", way]: 1.0 for way in self.ways if way[2] == node}
            row = {0: network.demand.get(node, 0.0) * length, self.column[block, "left", node]: 1.0, **out}
            row |= {self.column[block, "made", node]: -1.0, self.column[block, "lost", node]: -1.0}
            if block:
                row[self.column[block - 1, "left", node]] = -1.0
            self._row(row, 0.0 if block else network.stock.get(node, 0.0))
        for name in dict.fromkeys([*network.capacity, *(self.hit if depth == 1 else ())]):
            members = network.sites.get(name, (name,))
            left = 1.0 - depth if name in self.hit else 1.0
            made = {self.column[block, "made", node]: 1.0 for node in members}
            if name in network.capacity:
                self.owner[len(self.rows)] = (name, length)
            self._row({0: -network.capacity.get(name, 0.0) * left * length, **made}, 0.0)

    def _row(self, row: dict[int, float], right: float) -> None:
        self.rows.append(row)
        self.right.append(right)

    def _solved(self, cost: np.ndarray, bounds: Sequence[tuple[float, float | None]]) -> Any:
        from scipy.optimize import linprog  # here, because it takes 13 MB to load and only this room needs it

        entries = [(row, column, value) for row, line in enumerate(self.rows) for column, value in line.items()]
        at, across, values = zip(*entries, strict=True)
        matrix = sparse.coo_matrix((values, (at, across)), shape=(len(self.rows), cost.size)).tocsr()
        found = linprog(cost, A_ub=matrix, b_ub=np.array(self.right), bounds=bounds, method="highs-ds")
        if found.status not in (0, UNBOUNDED):
            raise TeraplanError(f"the program of a supply network was not solved: {found.message}")
        return found


UNBOUNDED = 3
"""How scipy says that there is no end to it."""


def _several(names: Names) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _makers(needs: Iterable[Names]) -> list[str]:
    """The nodes that may supply inputs, each once."""
    return list(dict.fromkeys(name for need in needs for name in _several(need)))


def _hit(network: Network, nodes: Names) -> frozenset[str]:
    """The nodes and sites that fail: a site with all that stands there."""
    named = _several(nodes)
    return frozenset([*named, *(node for name in named for node in network.sites.get(name, ()))])


def _faults(network: Network) -> Iterator[Fault]:
    """Everything wrong with a network."""
    known = [*network.nodes, *network.sites]
    for name in ("capacity", "demand", "margin", "stock"):
        for node, number in getattr(network, name).items():
            if not _amount(number):
                yield Fault(f"{name} of {node}", f"is {number!r}", "give a finite number of 0 or more")
            if name != "capacity" and node in network.sites:
                yield Fault(f"{name} of {node}", "is given for a site", "give it for a node")
    for node, needs in network.inputs.items():
        for need, amount in needs.items():
            if not _amount(amount) or amount == 0:
                yield Fault(f"input {need!r} of {node}", f"is {amount!r}", "give a finite number above 0")
            if not _several(need):
                yield Fault(f"inputs of {node}", "name no node", "name the nodes that may supply it")
            for maker in _several(need):
                if maker in network.sites:
                    yield Fault(f"input {need!r} of {node}", f"{maker!r} is a site", "name nodes")
    for site, members in network.sites.items():
        if isinstance(members, str) or not members:
            yield Fault(f"site {site}", "has no sequence of nodes", "name its nodes, such as ('A', 'B')")
    for node in network.margin:
        if node not in network.demand:
            yield Fault(f"margin of {node}", "has no demand", did_you_mean(node, [n for n in known if n != node]))
    try:
        TopologicalSorter({node: set(_makers(needs)) for node, needs in network.inputs.items()}).prepare()
    except CycleError as error:
        yield Fault("inputs", f"go round in a circle: {' <- '.join(error.args[1])}", "let no node need itself")


def _asked(network: Network, lengths: Mapping[str, float], nodes: Names, depth: float) -> list[Fault]:
    """Everything wrong with an outage."""
    faults, known = [], [*network.nodes, *network.sites]
    if not _several(nodes):
        faults.append(Fault("nodes", "name nothing that fails", "name a node"))
    for name in _several(nodes):
        if name not in known:
            faults.append(Fault(f"node {name!r}", "is not in the network", did_you_mean(str(name), known)))
        elif (lengths.get("recovery") or (_amount(depth) and 0 < depth < 1)) and not _sized(network, name):
            faults.append(Fault(f"node {name!r}", "has no capacity of which a part can fail", "give it a capacity"))
    for name, number in lengths.items():
        if not _amount(number):
            faults.append(Fault(f"{name} of {nodes}", f"is {number!r}", "give a finite number of 0 or more"))
    if not _amount(depth) or depth > 1:
        faults.append(Fault("depth", f"is {depth!r}", "give the share that fails, between 0 and 1"))
    return faults


def _sized(network: Network, name: str) -> bool:
    return (
        name in network.capacity
        or bool(network.sites.get(name))
        and all(node in network.capacity for node in network.sites[name])
    )


def _amount(number: object) -> bool:
    return isinstance(number, int | float | np.floating | np.integer) and bool(math.isfinite(number) and number >= 0)
