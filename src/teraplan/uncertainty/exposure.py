"""Time to survive and risk exposure of a plain supply network, by linear programs; no case needed.

Simchi-Levi et al. (2015), doi:10.1287/inte.2015.0804: a site is lost for a time t; all flows are totals over t. Its
performance impact is the least margin that is lost then, its time to survive the longest t without any loss, its risk
exposure index its impact over the largest impact.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog

from teraplan.errors import ArgumentError, Fault

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Network:
    """Sites that make goods, in any units of time and amount. Arrays have sites first, then goods.

    capacity: (site) [capacity / time]. uses: (site, good) capacity that one unit takes; 0 where it is not made there.
    demand: (good) [1 / time]. stock: (good) [1]. margin: (good) lost with each unit not served [money]. needs:
    (good, good) units of the first that one unit of the second takes; none: goods need no goods.
    """

    capacity: ArrayLike
    uses: ArrayLike
    demand: ArrayLike
    stock: ArrayLike
    margin: ArrayLike
    needs: ArrayLike | None = None


@dataclass(frozen=True)
class Exposure:
    """By site: impact [money], index (impact over the largest; 0 where nothing is lost) and survive [time; inf: ever].

    lost: (site, good) units not served when the site is lost.
    """

    impact: Floats
    index: Floats
    survive: Floats
    lost: Floats


def risk_exposure(network: Network, duration: float | ArrayLike, depth: float = 1.0) -> Exposure:
    """Return what the loss of each site in turn costs, and how long one can do without it.

    duration: how long a site is lost, one for all or one for each [time]; depth: share of its capacity that is lost.
    """
    sites = np.asarray(network.capacity, dtype=float).size
    times = np.broadcast_to(np.asarray(duration, dtype=float), (sites,))
    found = [_loss(network, [site], float(times[site]), depth) for site in range(sites)]
    impact = np.array([cost for cost, _ in found])
    largest = impact.max(initial=0.0)
    return Exposure(
        impact=impact,
        index=impact / largest if largest > 0 else np.zeros(sites),
        survive=np.array([time_to_survive(network, [site], depth) for site in range(sites)]),
        lost=np.array([units for _, units in found]),
    )


def time_to_survive(network: Network, lost: Sequence[int], depth: float = 1.0) -> float:
    """Return the longest time for which sites may be lost, all at once, with all demand served [time]; inf: ever."""
    a, b, time = _balances(network, lost, depth)
    columns = a.shape[1]
    bounds: list[tuple[float, float | None]] = [(0.0, None)] * columns
    free = _checked(network, 1.0, depth).demand.size
    bounds[columns - free :] = [(0.0, 0.0)] * free
    found = linprog(
        np.append(np.zeros(columns), -1.0),
        np.column_stack([a, -time]),
        b,
        bounds=[*bounds, (0.0, None)],
        method="highs",
    )
    return float("inf") if found.status == 3 else float(found.x[-1])


def _loss(network: Network, lost: Sequence[int], duration: float, depth: float) -> tuple[float, Floats]:
    """The least margin lost, and the units of each good not served."""
    a, b, time = _balances(network, lost, depth)
    given = _checked(network, duration, depth)
    margin, made = given.margin, a.shape[1] - given.margin.size
    bounds: list[tuple[float, float | None]] = [(0.0, None)] * made
    bounds += [(0.0, most) for most in duration * given.demand]
    found = linprog(np.concatenate([np.zeros(made), margin]), a, b + duration * time, bounds=bounds, method="highs")
    return float(found.fun), np.asarray(found.x[-margin.size :], dtype=float)


def _balances(network: Network, lost: Sequence[int], depth: float) -> tuple[Floats, Floats, Floats]:
    """Rows A x <= b + t x time of what is made (site by site, good by good) and lost: goods first, then sites."""
    given = _checked(network, 1.0, depth)
    sites, goods = given.uses.shape
    made = (given.uses > 0).astype(float)
    net = np.eye(goods) - given.needs
    balance = -np.concatenate([net * made[site] for site in range(sites)], axis=1)
    shared = np.zeros((sites, sites * goods))
    for site in range(sites):
        shared[site, site * goods : (site + 1) * goods] = given.uses[site]
    left = given.capacity * np.where(np.isin(np.arange(sites), list(lost)), 1.0 - depth, 1.0)
    a = np.block([[balance, -np.eye(goods)], [shared, np.zeros((sites, goods))]])
    return a, np.concatenate([given.stock, np.zeros(sites)]), np.concatenate([-given.demand, left])


@dataclass(frozen=True)
class _Given:
    capacity: Floats
    uses: Floats
    demand: Floats
    stock: Floats
    margin: Floats
    needs: Floats


def _checked(network: Network, duration: float, depth: float) -> _Given:
    """The network as arrays of one shape; ArgumentError with every fault."""
    needs = network.needs if network.needs is not None else np.zeros((np.size(network.demand),) * 2)
    arrays = {
        name: np.asarray(getattr(network, name), dtype=float)
        for name in ("capacity", "uses", "demand", "stock", "margin")
    }
    given = _Given(**arrays, needs=np.asarray(needs, dtype=float))
    sites, goods = given.capacity.size, given.demand.size
    shapes = {
        "capacity": (sites,),
        "uses": (sites, goods),
        "demand": (goods,),
        "stock": (goods,),
        "margin": (goods,),
        "needs": (goods, goods),
    }
    faults = []
    for name, shape in shapes.items():
        array = getattr(given, name)
        if array.shape != shape:
            faults.append(Fault(name, f"has shape {array.shape}", f"give {shape}: sites first, then goods"))
        elif not (np.isfinite(array).all() and (array >= 0).all()):
            faults.append(Fault(name, "holds what is no amount", "give finite numbers of 0 or more"))
    if not (np.isfinite(duration) and duration >= 0):
        faults.append(Fault("duration", f"{duration:g} is no length of time", "give 0 or more"))
    if not 0 <= depth <= 1:
        faults.append(Fault("depth", f"{depth:g} is no share", "give a number from 0 to 1"))
    if faults:
        raise ArgumentError("risk_exposure", tuple(faults))
    return given
