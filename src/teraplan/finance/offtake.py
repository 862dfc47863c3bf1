"""offtake_price(...): the price at which the owner earns a target return."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from teraplan.errors import Fault, FinanceError
from teraplan.finance.closing import close_deal
from teraplan.finance.deal import Deal, Flows, make_deal
from teraplan.finance.measures import equity_cash_flow, times_of
from teraplan.finance.project import BLOCK, ProjectResult, project_deal
from teraplan.finance.terms import Terms
from teraplan.finance.value import discounted

Floats = NDArray[np.float64]
DOUBLINGS, ROUNDS = 60, 200
CLOSE = 1e-14
"""How narrow a bracket of prices is, relative to the price, or how small the gain, relative to capex, at the end."""


@dataclass(frozen=True)
class Offtake:
    """Price in the first year of operation that gives the target return [currency / unit], and the financing at it."""

    price: Floats
    result: ProjectResult


def offtake_price(
    volume: ArrayLike,
    operating_cost: ArrayLike,
    capex: ArrayLike,
    terms: Terms,
    target_irr: ArrayLike,
    target_year: int | None = None,
) -> Offtake:
    """Return the price per unit of volume at which the owner's return after tax is the target.

    The price rises by `revenue_escalator` and volume falls by `degradation`; debt is sized anew at each price tried.
    volume, operating_cost, capex: as in `project`; target_irr: one or (scenarios) [1 / year]; target_year: the year of
    operation by whose end the return is reached, none: the last. The price is found as the one at which the present
    value of the owner's cash flow at the target is zero. It is negative where other terms already pay more.
    Raises FinanceError with everything that is wrong, and where no price gives the target.
    """
    target = np.asarray(target_irr, dtype=float)
    if target.ndim > 1 or not np.isfinite(target).all() or (target <= -1.0).any():
        raise FinanceError((Fault("target_irr", f"{target_irr!r} is no rate", "give one above -1, or (scenarios)"),))
    flows = Flows.of(np.zeros(1), operating_cost, capex, volume)
    given = flows.capex if target.ndim == 0 else np.broadcast_to(np.atleast_2d(flows.capex), _rows(flows.capex, target))
    deal, scenarios = make_deal(replace(flows, capex=given), terms)
    years = deal.life if target_year is None else target_year
    if not 1 <= years <= deal.life:
        raise FinanceError((Fault("target_year", f"is {years}", f"give a year of operation, 1 to {deal.life}"),))
    if (deal.volume.sum(axis=0) <= 0.0).any():
        raise FinanceError((Fault("volume", "is nothing in a scenario", "give what is sold, as positive"),))
    unit = deal.volume * _growth(terms, deal)
    targets = np.broadcast_to(target, (deal.scenarios,))
    price = np.empty(deal.scenarios)
    for start in range(0, deal.scenarios, BLOCK):
        at = slice(start, min(start + BLOCK, deal.scenarios))
        price[at] = _solve(_Question(deal.choose(at), unit[:, at], targets[at], years))
    result = project_deal(replace(deal, revenue=price * unit), scenarios)
    return Offtake(price if scenarios else price[0], result)


def _rows(capex: Floats, target: Floats) -> tuple[int, int]:
    """The shape of capex with the target's scenarios; its own if they are not the same number, which is a fault."""
    own = np.atleast_2d(capex).shape
    return (len(target), own[1]) if own[0] == 1 else (own[0], own[1])


def _growth(terms: Terms, deal: Deal) -> Floats:
    """How the price of each year stands to that of the first, (years, 1) or (years, scenarios)."""
    rate = np.atleast_1d(np.asarray(terms.revenue_escalator, dtype=float))
    return (1.0 + rate) ** np.arange(deal.life)[:, None]


@dataclass(frozen=True)
class _Question:
    """A block of deals, what a price of one earns by year, and the return wanted by the end of a year."""

    deal: Deal
    unit: Floats
    target: Floats
    years: int

    def gain(self, price: Floats, at: NDArray[np.int64]) -> Floats:
        """The present value, at the target, of the owner's cash flow of some scenarios at a price for each."""
        part = replace(self.deal.choose(at), revenue=price[at] * self.unit[:, at])
        flow = equity_cash_flow(part, close_deal(part))
        until = part.construction + self.years
        return discounted(flow[:until], self.target[at], times_of(part)[:until])


def _solve(question: _Question) -> Floats:
    """The prices at which the gain is zero: a bracket by doubling, then regula falsi (Illinois) held by halving."""
    deal = question.deal
    everything = np.arange(deal.scenarios)
    cost = deal.operating_cost.sum(axis=0) + deal.capex.sum(axis=0)
    scale = np.maximum(cost, 1e-300) / question.unit.sum(axis=0)
    low, high = np.zeros(deal.scenarios), scale.copy()
    below, above = question.gain(low, everything), question.gain(high, everything)
    for _ in range(DOUBLINGS):
        short, long = above < 0.0, below > 0.0
        if not (short | long).any():
            break
        low, below = np.where(short, high, low), np.where(short, above, below)
        high, above = np.where(long, low, high), np.where(long, below, above)
        high = np.where(short, high + 2.0 * scale, high)
        low = np.where(long, low - 2.0 * scale, low)
        scale = 2.0 * scale
        for end, price, moved in ((above, high, short), (below, low, long)):
            if moved.any():
                end[moved] = question.gain(price, np.flatnonzero(moved))
    if ((above < 0.0) | (below > 0.0)).any():
        first = int(np.flatnonzero((above < 0.0) | (below > 0.0))[0])
        what = f"no price gives it in scenario {first} of its block"
        raise FinanceError((Fault("target_irr", what, "lower the target or change the terms"),))
    return _between(question, (low, below), (high, above))


def _between(question: _Question, low: tuple[Floats, Floats], high: tuple[Floats, Floats]) -> Floats:
    """The prices within brackets (price, gain) below and above."""
    (left, below), (right, above) = low, high
    price = np.where(below == 0.0, left, right)
    active = np.flatnonzero((below < 0.0) & (above > 0.0))
    for step in range(ROUNDS):
        if not len(active):
            break
        a, fa, b, fb = left[active], below[active], right[active], above[active]
        middle = b - fb * (b - a) / (fb - fa)
        outside = (middle <= a) | (middle >= b) | (step % 8 == 7)
        price[active] = np.where(outside, 0.5 * (a + b), middle)
        gain = question.gain(price, active)
        up = gain >= 0.0
        same = np.where(up, 0.5, 1.0), np.where(up, 1.0, 0.5)
        left[active], below[active] = np.where(up, a, price[active]), np.where(up, fa * same[0], gain)
        right[active], above[active] = np.where(up, price[active], b), np.where(up, gain, fb * same[1])
        wide = right[active] - left[active] > CLOSE * np.maximum(np.abs(price[active]), 1e-300)
        active = active[(np.abs(gain) > CLOSE * question.deal.capex_in_all[active]) & wide]
    return price
