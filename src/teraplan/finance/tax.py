"""Income tax: the depreciable basis, the credit on it, and what becomes of losses."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from teraplan.finance.deal import Deal
from teraplan.finance.funding import Funding

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Basis:
    """What is depreciated in all, and the investment credit (scenarios) [currency]."""

    amount: Floats
    credit: Floats


@dataclass
class TaxAccount:
    """What tax remembers from year to year: losses of both taxes and credit not yet used (scenarios) [currency]."""

    state_losses: Floats
    federal_losses: Floats
    credit: Floats


@dataclass(frozen=True)
class TaxYear:
    """Taxable income before losses, tax, and credit received, of one year (scenarios) [currency]."""

    state_income: Floats
    federal_income: Floats
    state: Floats
    federal: Floats
    credit: Floats


def basis_with_debt(deal: Deal, funding: Funding) -> Basis:
    """Return the basis of the project as it is financed: capex, and the shares of interest, fees and reserves."""
    commitment_and_interest = funding.construction_interest.sum(axis=0)
    basis = deal.capex_in_all + deal.basis_interest * commitment_and_interest
    basis = basis + deal.basis_fees * funding.fees.sum(axis=0) + deal.basis_reserves * funding.reserves.sum(axis=0)
    return _with_credit(deal, basis)


def basis_without_debt(deal: Deal) -> Basis:
    """Return the basis of the project as if equity paid for all of it: capex alone."""
    return _with_credit(deal, deal.capex_in_all)


def _with_credit(deal: Deal, basis: Floats) -> Basis:
    """The basis less grants, then less its share of the credit that it gives a right to."""
    basis = basis - deal.basis_grants * deal.grants
    credit = deal.investment_credit * basis
    return Basis(basis - deal.credit_basis_reduction * credit, credit)


def sold_credit(deal: Deal, basis: Basis) -> Floats:
    """Return the investment credit that is sold at completion (scenarios) [currency]."""
    return basis.credit if deal.terms.credit_use == "at_close" else np.zeros_like(basis.credit)


def open_account(deal: Deal, basis: Basis) -> TaxAccount:
    """Return the account before the first year of operation."""
    nothing = np.zeros_like(basis.amount)
    return TaxAccount(nothing, nothing, basis.credit - sold_credit(deal, basis))


def tax_year(deal: Deal, year: int, income: Floats, basis: Basis, account: TaxAccount) -> TaxYear:
    """Return the taxes of a year of operation (first is 0) and carry losses and credit forward in the account.

        state taxable   = income - state depreciation
        federal taxable = income - federal depreciation - state tax (if deductible)

    income: before depreciation and tax, after deductible interest.
    """
    if year == 0:
        income = income + deal.grants_taxed * deal.grants
    state_income = income - basis.amount * deal.state_depreciation[year]
    state, account.state_losses = _tax(deal, state_income, deal.state_tax[year], account.state_losses)
    federal_income = income - basis.amount * deal.depreciation[year]
    if deal.terms.state_tax_deductible:
        federal_income = federal_income - state
    federal, account.federal_losses = _tax(deal, federal_income, deal.federal_tax[year], account.federal_losses)
    account.credit = account.credit + deal.production_credit[year]
    used = account.credit
    if deal.terms.credit_use == "against_tax":
        used = np.minimum(used, np.maximum(federal, 0.0))
    account.credit = account.credit - used
    return TaxYear(state_income, federal_income, state, federal, used)


def _tax(deal: Deal, income: Floats, rate: Floats, losses: Floats) -> tuple[Floats, Floats]:
    """The tax on an income, negative where a loss is refunded, and the losses carried forward after it."""
    if deal.terms.losses == "refund":
        return rate * income, losses
    gain = np.maximum(income, 0.0)
    if deal.terms.losses == "expire":
        return rate * gain, losses
    used = np.minimum(losses, deal.loss_limit * gain)
    return rate * (gain - used), losses - used + (gain - income)
