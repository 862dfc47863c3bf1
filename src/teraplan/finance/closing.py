"""Financial close: debt depends on uses, and uses on debt (fees, interest, reserves); where they agree.

Fixed-point iteration, scenario by scenario: one that has settled is left as it is, so that a scenario gives the same
numbers alone and among others.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from teraplan.errors import ArgumentError, Fault
from teraplan.finance.deal import Deal
from teraplan.finance.debt import Loan, size_loan
from teraplan.finance.funding import Close, Funding, fund
from teraplan.finance.tax import Basis, basis_with_debt, sold_credit
from teraplan.finance.waterfall import Lines, operate

Floats = NDArray[np.float64]
SETTLED = 1e-14
"""Largest change of debt, uses and service from one round to the next, as a share of the capex, at the end."""
ROUNDS = 500
BEYOND = 1e6
"""Uses as a multiple of the capex from which on they are taken to grow without end."""


@dataclass(frozen=True)
class Closed:
    """A deal that balances: its sources and uses, its loan, its basis, and the lines of operation."""

    funding: Funding
    loan: Loan
    basis: Basis
    lines: Lines


def close_deal(deal: Deal) -> Closed:
    """Return the deal at the debt and uses that agree; raise ArgumentError for terms under which they never do."""
    terms = deal.terms
    circular = terms.cfads_tax or terms.cfads_reserve_interest
    cfads = _plain_cfads(deal)
    scale = deal.capex_in_all
    working_capital = deal.working_capital_months / 12.0 * deal.operating_cost[0]
    close = Close(np.zeros_like(scale), np.maximum(scale - deal.grants, 0.0), working_capital, np.zeros_like(scale))
    settled = np.zeros(deal.scenarios, dtype=bool)
    for _ in range(ROUNDS):
        funding = fund(deal, close)
        loan = size_loan(deal, cfads, funding.uses)
        reserve = deal.dsra_months / 12.0 * loan.service(deal, 0, loan.debt)
        reserves = working_capital + (reserve if terms.dsra_funding == "close" else 0.0)
        basis = basis_with_debt(deal, funding)
        found = Close(loan.debt, funding.uses, reserves, sold_credit(deal, basis))
        change = np.maximum.reduce([np.abs(getattr(found, f.name) - getattr(close, f.name)) for f in fields(Close)])
        if circular:
            planned = operate(deal, funding, loan, basis, as_planned=True)["cfads"]
            change = np.maximum(change, np.abs(planned - cfads).max(axis=0))
            cfads = np.where(settled, cfads, planned)
        close = Close(*(np.where(settled, getattr(close, f.name), getattr(found, f.name)) for f in fields(Close)))
        settled = settled | (change <= SETTLED * scale)
        if settled.all() or (close.uses > BEYOND * scale).any():
            break
    if not settled.all():
        raise ArgumentError("finance", (_never_settled(settled),))
    funding = fund(deal, close)
    loan = size_loan(deal, cfads, funding.uses)
    basis = basis_with_debt(deal, funding)
    return Closed(funding, loan, basis, operate(deal, funding, loan, basis))


def _plain_cfads(deal: Deal) -> Floats:
    """Cash flow available for debt service before tax and interest on reserves."""
    cfads = deal.revenue - deal.operating_cost
    cfads[: deal.tenor] -= deal.agency_fee
    if deal.terms.cfads_salvage:
        cfads[-1] += deal.salvage_value
    return cfads


def _never_settled(settled: NDArray[np.bool_]) -> Fault:
    first = int(np.flatnonzero(~settled)[0])
    what = f"debt and uses do not settle in {int((~settled).sum())} scenarios, first in {first} of its block"
    return Fault("terms", what, "fees, interest and reserves of the debt are larger than the debt: lower them")
