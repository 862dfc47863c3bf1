"""What is given about firms and markets, checked and brought to the dims (firm, market)."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from teraplan.errors import ArgumentError, Fault
from teraplan.floats import Floats, as_floats

LOWEST = {"capacity": "negative", "conduct": "negative", "cost slope": "negative"}
BY_FIRM = ("capacity", "conduct", "cost slope")


@dataclass(frozen=True)
class Sellers:
    """Firms and the markets that they sell to."""

    intercept: Floats
    """Dims (market) [money / unit]."""
    slope: Floats
    """Dims (market), above 0 [money / unit^2]."""
    cost: Floats
    """Delivered, of a first unit, dims (firm, market) [money / unit]."""
    capacity: Floats
    """Dims (firm), over all markets; inf where there is no limit [unit]."""
    conduct: Floats
    """Dims (firm) [1]."""
    cost_slope: Floats
    """Dims (firm) [money / unit^2]."""
    same_group: Floats
    """Dims (firm, firm): 1 where two decide together, as each does with itself."""
    one_market: bool
    """Whether it was given without a dimension for markets, and so is the answer."""


def sellers(asked: Mapping[str, ArrayLike], groups: Sequence[object] | None) -> Sellers:
    """Return what `cournot` was asked, checked; raise ArgumentError with every fault."""
    arrays = {name: _numbers(name, value) for name, value in asked.items()}
    _refuse([fault for name, array in arrays.items() for fault in _faults(name, array)])
    one = arrays["intercept"].ndim == 0 and arrays["slope"].ndim == 0
    markets = max(arrays["intercept"].size, arrays["slope"].size)
    firms = len(arrays["cost"])
    _refuse(_misshapen(arrays, firms, markets, one))
    spread = {name: np.broadcast_to(arrays[name], (firms,)) for name in BY_FIRM}
    cost = sum(_by_market(arrays[name], one) for name in ("cost", "transport"))
    same = _same_group(groups, firms)
    uneven = [(spread["conduct"][same[place] > 0] != value).any() for place, value in enumerate(spread["conduct"])]
    _refuse([Fault("conduct", "differs within a group", "give members of a group the same")] if any(uneven) else [])
    return Sellers(
        intercept=np.broadcast_to(arrays["intercept"], (markets,)),
        slope=np.broadcast_to(arrays["slope"], (markets,)),
        cost=np.broadcast_to(cost, (firms, markets)),
        capacity=spread["capacity"],
        conduct=spread["conduct"],
        cost_slope=spread["cost slope"],
        same_group=same,
        one_market=one,
    )


def _numbers(name: str, value: ArrayLike) -> Floats:
    try:
        return as_floats(value)
    except ValueError as error:
        fault = Fault(name, f"is not an array of numbers: {error}", "give numbers, in rows of equal length")
        raise ArgumentError("market", (fault,)) from None


def _faults(name: str, array: Floats) -> list[Fault]:
    faults = []
    if np.isnan(array).any() or (name != "capacity" and np.isinf(array).any()):
        faults.append(Fault(name, "holds something that is not a finite number", "give numbers"))
    if name in LOWEST and (array < 0).any():
        faults.append(Fault(name, f"holds {array.min():g}, which is negative", "give 0 or more"))
    if name == "slope" and (array <= 0).any():
        what = f"holds {array.min():g}: the price would not fall as more is sold"
        faults.append(Fault(name, what, "give slopes above 0: price = intercept - slope * quantity"))
    if name in ("intercept", "slope") and not array.size:
        faults.append(Fault(name, "names no market", "give a number, or an array with one for every market"))
    if name == "cost" and (array.ndim == 0 or not array.size):
        faults.append(Fault(name, "names no firm", "give an array with a cost for every firm"))
    return faults


def _misshapen(arrays: Mapping[str, Floats], firms: int, markets: int, one: bool) -> list[Fault]:
    """Shapes that do not fit: numbers, (firm) and, of several markets, (market) or (firm, market)."""
    table = {(), (firms,)} if one else {(), (firms,), (firms, markets)}
    fits = {
        "intercept": {(), (markets,)},
        "slope": {(), (markets,)},
        "cost": table,
        "transport": table if one else {(), (firms, markets)},
        **dict.fromkeys(BY_FIRM, {(), (firms,)}),
    }
    there = f"{firms} firms in one market" if one else f"{firms} firms and {markets} markets"
    return [
        Fault(name, f"has shape {arrays[name].shape}, but there are {there}",
              f"give it a shape of {' or '.join(map(str, sorted(fits[name] - {()})))}")
        for name in fits if arrays[name].shape not in fits[name]
    ]  # fmt: skip


def _by_market(array: Floats, one: bool) -> Floats:
    return array[:, None] if array.ndim == 1 else array


def _same_group(groups: Sequence[object] | None, firms: int) -> Floats:
    if groups is None:
        return np.eye(firms)
    fix = "write [[0, 1], [3, 4]] or a label for each firm"
    if not isinstance(groups, Sequence | np.ndarray) or isinstance(groups, str | bytes):
        _refuse([Fault("groups", f"{groups!r} are neither labels nor lists of places", fix)])
    lists = [list(group) for group in groups if isinstance(group, list | tuple | set | frozenset)]
    labels: list[object] = list(groups)
    if lists:
        places = [place for group in lists for place in group]
        if not all(isinstance(place, int | np.integer) and 0 <= place < firms for place in places):
            _refuse([Fault("groups", f"are not lists of places of firms, from 0 to {firms - 1}", fix)])
        wrong = len(lists) < len(groups) or len(set(places)) < len(places) or not all(lists)
        what = "are not lists of places, each firm at most once and a firm in each group"
        _refuse([Fault("groups", what, fix)] if wrong else [])
        labels = [("alone", firm) for firm in range(firms)]
        for number, group in enumerate(lists):
            for place in group:
                labels[place] = ("group", number)
    if len(labels) != firms:
        _refuse([Fault("groups", f"{len(labels)} labels for {firms} firms", fix)])
    if not all(isinstance(one, Hashable) and one == one for one in labels):
        _refuse([Fault("groups", "hold a label that is not equal to itself, or a list", "give words or whole numbers")])
    return np.array([[float(a == b) for b in labels] for a in labels])


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        raise ArgumentError("market", tuple(faults))
