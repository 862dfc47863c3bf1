"""How much senior debt a project carries, and how it is repaid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from teraplan.finance.deal import Deal

Floats = NDArray[np.float64]
DUST = 1e-12
"""Share of the debt below which what is due is rounding and has no coverage; of uses below which a debt is none."""


@dataclass(frozen=True)
class Loan:
    """Debt at completion [currency], and what of it is repaid by year of operation (years, scenarios) [currency]."""

    debt: Floats
    principal: Floats

    def service(self, deal: Deal, year: int, balance: Floats) -> Floats:
        """Return interest and planned principal of a year (first is 0) on a balance; nothing after the last."""
        if year >= deal.life:
            return np.zeros_like(balance)
        due: Floats = deal.interest[year] * balance + np.minimum(self.principal[year], balance)
        return due


def size_loan(deal: Deal, cfads: Floats, uses: Floats) -> Loan:
    """Return the largest loan that keeps the gearing cap and the coverage of every year.

        service[t] = CFADS[t] / dscr[t],   debt = sum over t of service[t] / product over u <= t of (1 + interest[u])

    for sculpted debt, scaled down where gearing binds. cfads (years, scenarios), uses (scenarios) net of grants.
    Years in which CFADS is negative carry no service.
    """
    if deal.gearing is None and deal.dscr is None:
        return Loan(np.zeros_like(uses), np.zeros_like(cfads))
    able = np.maximum(cfads, 0.0) if deal.dscr is None else np.maximum(cfads, 0.0) / deal.dscr
    service, present_value = _service_of_one(deal, able)
    limits = [(1.0 - deal.mezzanine) * uses]
    if deal.gearing is not None:
        limits.append(deal.gearing * uses)
    if deal.dscr is not None:
        sculpted = deal.terms.repayment == "sculpted"
        held = slice(0, deal.terms.grace if sculpted else deal.tenor)
        limits.append(_least_ratio(able[held], service[held]))
        if sculpted:
            limits.append(present_value)
    debt = np.maximum(np.minimum.reduce(limits), 0.0)
    debt = np.where((present_value > 0.0) & (debt > DUST * uses), debt, 0.0)
    return Loan(debt, debt * _principal_of_one(deal, service))


def _least_ratio(able: Floats, service: Floats) -> Floats:
    """The least of able / service over the years, without end where nothing is due."""
    due = service > DUST
    ratio = np.where(due, able / np.where(due, service, 1.0), np.inf)
    least: Floats = np.min(ratio, axis=0, initial=np.inf)
    return least


def _service_of_one(deal: Deal, able: Floats) -> tuple[Floats, Floats]:
    """Service by year of a debt of one, and for sculpted debt the present value of what could be paid."""
    service = np.zeros_like(able)
    grace, tenor = deal.terms.grace, deal.tenor
    service[:grace] = deal.interest[:grace]
    discount = 1.0 / np.cumprod(1.0 + deal.interest[grace:tenor], axis=0)
    value = np.ones(able.shape[1])
    if deal.terms.repayment == "sculpted":
        value = (able[grace:tenor] * discount).sum(axis=0)
        service[grace:tenor] = able[grace:tenor] / np.where(value > 0.0, value, 1.0)
    elif deal.terms.repayment == "annuity":
        service[grace:tenor] = 1.0 / discount.sum(axis=0)
    else:
        equal = np.full((tenor - grace, 1), 1.0 / (tenor - grace))
        share = deal.principal[grace:tenor] if deal.terms.repayment == "given" else equal
        before = 1.0 - np.cumsum(share, axis=0) + share
        service[grace:tenor] = share + deal.interest[grace:tenor] * before
    return service, value


def _principal_of_one(deal: Deal, service: Floats) -> Floats:
    """What a debt of one repays by year; the last year of the tenor repays what is left."""
    principal = np.zeros_like(service)
    left = np.ones(service.shape[1])
    for year in range(deal.terms.grace, deal.tenor - 1):
        principal[year] = service[year] - deal.interest[year] * left
        left = left - principal[year]
    principal[deal.tenor - 1] = left
    return principal
