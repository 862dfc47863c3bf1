"""Power in a vote by shares: how often a voter's yes decides, by Shapley and Shubik and by Banzhaf."""

import math
from collections.abc import Callable, Mapping
from fractions import Fraction

from teraplan.errors import Fault
from teraplan.partnership.game import Number, exact, nearest, not_finite, ratio, refuse

Ways = dict[tuple[int, Fraction], int]
"""How many groups there are of a size and a sum of shares."""


def shapley_shubik(shares: Mapping[str, Number], quota: Number) -> dict[str, Number]:
    """Return in what share of all orders of joining a voter is the one who brings the sum of shares to the quota.

    shares: votes of each voter, none negative; quota: a group wins with at least this sum; positive, and all together
    reach it. A Fraction among them, and no float, gives Fractions. Powers sum to 1. Exact, by counting groups of equal
    size and sum together, so that a hundred voters with small whole shares are no trouble.
    Raises ArgumentError with every fault. Source: Shapley, Shubik (1954).
    """
    refuse(_faults(shares, quota), "vote")
    voters = len(shares)

    def orders(size: int) -> int:
        return math.factorial(size) * math.factorial(voters - size - 1)

    decided = _decided(shares, quota, orders)
    return {name: _number(Fraction(count, math.factorial(voters)), shares, quota) for name, count in decided.items()}


def banzhaf(shares: Mapping[str, Number], quota: Number, normalised: bool = True) -> dict[str, Number]:
    """Return how often a voter decides, if every group of the others is equally likely to say yes.

    normalised: as a share of all such cases, summing to 1; otherwise as the share of the groups of the others, which
    is the chance to decide. Arguments and errors as in `shapley_shubik`. Source: Banzhaf (1965); Dubey, Shapley (1979).
    """
    wrong = Fault("normalised", f"{normalised!r} is neither true nor false", "give True or False")
    refuse([*_faults(shares, quota), *([] if isinstance(normalised, bool) else [wrong])], "vote")
    decided = _decided(shares, quota, lambda size: 1)
    total = sum(decided.values()) if normalised else 2 ** (len(shares) - 1)
    return {name: _number(Fraction(count, total), shares, quota) for name, count in decided.items()}


def _decided(shares: Mapping[str, Number], quota: Number, weight: Callable[[int], int]) -> dict[str, int]:
    """For each voter the weight of all groups of others that lose without it and win with it."""
    votes, needed = {name: ratio(share) for name, share in shares.items()}, ratio(quota)
    losing: Ways = {(0, Fraction(0)): 1}
    for share in votes.values():
        for (size, total), ways in list(losing.items()):
            if total + share < needed:
                losing[size + 1, total + share] = losing.get((size + 1, total + share), 0) + ways
    decided = {}
    for name, share in votes.items():
        others = _without(losing, share)
        decided[name] = sum(ways * weight(size) for (size, total), ways in others.items() if total + share >= needed)
    return decided


def _without(groups: Ways, share: Fraction) -> Ways:
    """The groups that a voter with this share is not in: all, less those that it completes, from small to large."""
    others: Ways = {}
    for size, total in sorted(groups):
        others[size, total] = groups[size, total] - others.get((size - 1, total - share), 0)
    return others


def _faults(shares: Mapping[str, Number], quota: Number) -> list[Fault]:
    if not isinstance(shares, Mapping):
        return [Fault("shares", f"{shares!r} is no mapping", 'write {"lab": 60, "power": 40}')]
    faults = not_finite({"quota": quota, **{f"share of {name!r}": share for name, share in shares.items()}})
    if faults:
        return faults
    for name, share in shares.items():
        if share < 0:
            faults.append(Fault(f"share of {name!r}", f"{share} is negative", "give 0 or more"))
    if quota <= 0:
        faults.append(Fault("quota", f"{quota} is won by nobody's votes", "give a quota above 0"))
    elif not faults and (total := sum(map(ratio, shares.values()), Fraction(0))) < ratio(quota):
        what = f"all shares together, {nearest(total):g}, do not reach {nearest(ratio(quota)):g}"
        faults.append(Fault("quota", what, "lower the quota: as it is nobody ever wins"))
    return faults


def _number(value: Fraction, shares: Mapping[str, Number], quota: Number) -> Number:
    return value if exact([quota, *shares.values()]) else float(value)
