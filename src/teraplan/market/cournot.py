"""Quantities and prices where firms know that they move the price: Cournot, competition, and what lies between.

    price[market] = intercept[market] - slope[market] * sum over firms of quantity[firm, market]

A firm (or a group that decides together) sells more until one more unit earns what it costs:

    price - conduct * slope * quantity of the group - delivered cost - cost_slope * output of the firm - rent <= 0,

with equality where it sells, and rent above 0 only where its capacity is full. As the slope is the same for all, this
is the optimum of one concave quadratic program. Source: Cournot (1838); the program, Hashimoto (1985).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from teraplan.errors import ArgumentError, Fault
from teraplan.floats import within_floats
from teraplan.market.complementarity import Floats, least_solution
from teraplan.market.sellers import Sellers, sellers

Amount = Floats | float
"""By market, or of the only one."""


@dataclass(frozen=True)
class Equilibrium:
    """What is sold and earned. In one market, dims (firm) and numbers; in several, dims (firm, market) and (market)."""

    quantity: Floats
    """Dims (firm, market) [unit / year, or as the capacity]."""
    price: Amount
    """Dims (market) [money / unit]."""
    profit: Floats
    """Dims (firm), over all markets, before any fixed cost [money / year]."""
    rent: Floats
    """Dims (firm): what one more unit of capacity would earn the firm, at the prices as they are [money / unit]."""
    margin: Floats
    """Price less marginal delivered cost, dims (firm, market), also where nothing is sold [money / unit]."""
    consumer_surplus: Amount
    """What buyers would have paid beyond what they pay, dims (market) [money / year]."""
    hhi: Amount
    """Herfindahl-Hirschman index: 10,000 times the sum of squared shares of groups, or 0; dims (market)."""

    @property
    def output(self) -> Amount:
        """What all firms sell, dims (market) [unit / year]."""
        return self.quantity.sum(axis=0) if self.quantity.ndim > 1 else float(self.quantity.sum())

    @property
    def surplus(self) -> float:
        """Profits and consumer surplus of all [money / year]."""
        return float(self.profit.sum() + np.sum(self.consumer_surplus))


@dataclass(frozen=True)
class Comparison:
    """What a merger, an entry or any other change does: after less before, in the units of `Equilibrium`."""

    price: Amount
    output: Amount
    consumer_surplus: Amount
    hhi: Amount
    profit: float
    """Of all firms together."""
    surplus: float


@within_floats("market.cournot")
def cournot(
    intercept: ArrayLike,
    slope: ArrayLike,
    cost: ArrayLike,
    capacity: ArrayLike | None = None,
    conduct: ArrayLike = 1.0,
    groups: Sequence[object] | None = None,
    transport: ArrayLike | None = None,
    cost_slope: ArrayLike | None = None,
) -> Equilibrium:
    """Return the equilibrium of firms in one market or in several.

    intercept, slope: numbers for one market, or arrays by market [money / unit, money / unit^2]; slope above 0.
    cost: marginal cost of a first unit, by firm, or delivered by firm and market [money / unit].
    capacity: most that a firm can sell in all markets together, by firm or one for all; none, or inf, is no limit.
    conduct: 1 Cournot, 0 price-taking, between them a conjecture of how far others give way; one for all or by firm,
        so that a dominant seller (1) can face a fringe (0); the same within a group.
    groups: firms that decide together: a label for each firm, [0, 0, 1], or lists of places of firms, [[0, 1]].
    transport: added to the cost, by firm and market; cost_slope: rise of marginal cost with the firm's output, by firm.

    Where competitors, or members of one group, cost the same, only their sum is determined: it is shared as equally as
    capacities allow. Its conditions hold to 1e-9 of the largest intercept less cost, or the answer is not given.
    Raises ArgumentError with every fault: slope not above 0, negative capacity, conduct or cost slope, shapes that
    do not fit, anything that is not a number.
    """
    asked = {
        "intercept": intercept,
        "slope": slope,
        "cost": cost,
        "capacity": np.inf if capacity is None else capacity,
        "conduct": conduct,
        "transport": 0.0 if transport is None else transport,
        "cost slope": 0.0 if cost_slope is None else cost_slope,
    }
    given = sellers(asked, groups)
    return _told(given, *_solved(given))


def compare(before: Equilibrium, after: Equilibrium) -> Comparison:
    """Return what changes from one equilibrium to another in the same markets; firms may differ, as after an entry.

    Raises ArgumentError where markets differ.
    """
    both = {"before": before, "after": after}
    faults = [Fault(name, f"is {one!r}", "give what cournot returns")
              for name, one in both.items() if not isinstance(one, Equilibrium)]  # fmt: skip
    if not faults and np.shape(before.price) != np.shape(after.price):
        what = f"have prices of shape {np.shape(before.price)} and {np.shape(after.price)}"
        faults = [Fault("before and after", what, "compare equilibria of the same markets")]
    if faults:
        raise ArgumentError("market.compare", tuple(faults))
    return Comparison(
        price=after.price - before.price,
        output=after.output - before.output,
        consumer_surplus=after.consumer_surplus - before.consumer_surplus,
        hhi=after.hhi - before.hhi,
        profit=float(after.profit.sum() - before.profit.sum()),
        surplus=after.surplus - before.surplus,
    )


def _solved(given: Sellers) -> tuple[Floats, Floats]:
    """Quantity (firm, market) and rent (firm): the optimum of the program, in units in which every slope is 1."""
    firms, markets = given.cost.shape
    unit = 1 / np.sqrt(given.slope)
    together = np.kron(np.ones((firms, firms)) + given.conduct[:, None] * given.same_group, np.eye(markets))
    over_markets = np.kron(np.eye(firms), np.outer(unit, unit)) * np.repeat(given.cost_slope, markets)[:, None]
    gain = ((given.intercept - given.cost) * unit).ravel()
    limited = np.flatnonzero(np.isfinite(given.capacity))
    held = np.kron(np.eye(firms)[limited], unit).astype(np.float64)
    level, multiplier = least_solution(together + over_markets, gain, held, given.capacity[limited])
    rent = np.zeros(firms)
    rent[limited] = multiplier
    return level.reshape(firms, markets) * unit, rent


def _told(given: Sellers, quantity: Floats, rent: Floats) -> Equilibrium:
    output = quantity.sum(axis=0)
    made = quantity.sum(axis=1)
    price = given.intercept - given.slope * output
    profit = ((price - given.cost) * quantity).sum(axis=1) - given.cost_slope * made**2 / 2
    # A group counts once: each member's quantity times that of its group sums to the square of the group's.
    squares = (quantity * (given.same_group @ quantity)).sum(axis=0)
    hhi = 1e4 * np.divide(squares, output**2, out=np.zeros_like(output), where=output > 0)
    margin = price - given.cost - (given.cost_slope * made)[:, None]
    surplus = given.slope * output**2 / 2
    one = given.one_market

    def by_firm(table: Floats) -> Floats:
        return table[:, 0] if one else table

    def by_market(row: Floats) -> Amount:
        return float(row[0]) if one else row

    return Equilibrium(
        quantity=by_firm(quantity),
        price=by_market(price),
        profit=profit,
        rent=rent,
        margin=by_firm(margin),
        consumer_surplus=by_market(surplus),
        hhi=by_market(hhi),
    )
