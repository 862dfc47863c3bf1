"""offtake_price(...): the price at which the owner earns a target return."""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from teraplan.errors import ArgumentError, Fault
from teraplan.finance.closing import close_deal
from teraplan.finance.deal import Deal, Flows, make_deal
from teraplan.finance.measures import equity_cash_flow, times_of
from teraplan.finance.project import BLOCK, ProjectResult, project_deal
from teraplan.finance.terms import Terms
from teraplan.finance.value import discounted
from teraplan.floats import finite_floats, within_floats

Floats = NDArray[np.float64]
DOUBLINGS = 60
CLOSE = 1e-13
"""How narrow a bracket of prices is, relative to the price, or how small the gain, relative to capex, at the end."""


@dataclass(frozen=True)
class Offtake:
    """Price in the first year of operation that gives the target return [currency / unit], and the financing at it."""

    price: Floats
    result: ProjectResult


@within_floats("finance.offtake_price")
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
    Raises ArgumentError with everything that is wrong, and where no price gives the target.
    """
    (target,) = finite_floats("finance.offtake_price", {"target_irr": target_irr})
    if target.ndim > 1 or not target.size or (target <= -1.0).any():
        raise ArgumentError(
            "finance.offtake_price",
            (Fault("target_irr", f"{target_irr!r} is no rate", "give one above -1, or (scenarios)"),),
        )
    flows = Flows.of(np.zeros(1), operating_cost, capex, volume)
    counts = {getattr(flows, one.name).shape[0] for one in fields(flows) if getattr(flows, one.name).ndim == 2} - {1}
    if target.size > 1 and counts - {target.size}:
        what = f"has {target.size} scenarios, the flows have {max(counts)}"
        raise ArgumentError("finance.offtake_price", (Fault("target_irr", what, "give one, or one a scenario"),))
    given = flows.capex if target.ndim == 0 else np.broadcast_to(np.atleast_2d(flows.capex), _rows(flows.capex, target))
    deal, scenarios = make_deal(replace(flows, capex=given), terms)
    years = deal.life if target_year is None else target_year
    if not isinstance(years, int | np.integer) or not 1 <= years <= deal.life:
        raise ArgumentError(
            "finance.offtake_price",
            (Fault("target_year", f"is {years!r}", f"give a year of operation, 1 to {deal.life}"),),
        )
    if (deal.volume.sum(axis=0) <= 0.0).any():
        raise ArgumentError(
            "finance.offtake_price", (Fault("volume", "is nothing in a scenario", "give what is sold, as positive"),)
        )
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

    def gain(self, price: Floats, which: Floats) -> Floats:
        """The present value, at the target, of the owner's cash flow of some scenarios at a price for each."""
        at = which.astype(int)
        part = replace(self.deal.choose(at), revenue=price * self.unit[:, at])
        flow = equity_cash_flow(part, close_deal(part))
        until = part.construction + self.years
        return discounted(flow[:until], self.target[at], times_of(part)[:until])


def _solve(question: _Question) -> Floats:
    """The prices at which the gain is zero: a bracket by doubling, then Chandrupatla's method."""
    from scipy.optimize import elementwise  # here, because it takes long to load and little of finance needs it

    deal = question.deal
    everything = np.arange(deal.scenarios, dtype=float)
    guess = (deal.operating_cost.sum(axis=0) + deal.capex_in_all) / question.unit.sum(axis=0)
    start = 0.5 * guess, 1.5 * guess
    found = elementwise.bracket_root(question.gain, *start, args=(everything,), maxiter=DOUBLINGS)
    if found.success.all():
        # Prices settle to the last digits, or the gain to what the capex can show of it.
        tolerances = {"xrtol": CLOSE, "xatol": 0.0, "fatol": CLOSE * deal.capex_in_all.min(), "frtol": 0.0}
        root = elementwise.find_root(question.gain, found.bracket, args=(everything,), tolerances=tolerances)
        price: Floats = root.x
        return price
    first = int(np.flatnonzero(~found.success)[0])
    what = f"no price gives {question.target[first]:g} in one of the scenarios"
    raise ArgumentError("finance.offtake_price", (Fault("target_irr", what, "lower the target or change the terms"),))
