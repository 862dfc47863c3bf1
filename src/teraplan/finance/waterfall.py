"""Operation, year by year: who is paid in what order, and what is kept back."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from teraplan.finance.deal import Deal
from teraplan.finance.debt import DUST, Loan
from teraplan.finance.funding import Funding
from teraplan.finance.tax import Basis, TaxAccount, open_account, tax_year

Floats = NDArray[np.float64]
Lines = dict[str, Floats]
AS_GOOD = 1e-9
"""Share of a coverage that is rounding: debt sculpted to the coverage of the lock-up passes its test."""

OPERATION = (
    "ebitda",
    "reserve_interest",
    "state_taxable_income",
    "federal_taxable_income",
    "state_tax",
    "federal_tax",
    "tax",
    "tax_credit",
    "cfads",
    "interest",
    "principal",
    "debt_service",
    "debt_balance",
    "working_capital",
    "working_capital_change",
    "dsra",
    "dsra_change",
    "mezzanine_payment",
    "mezzanine_balance",
    "trapped_cash",
    "trapped_cash_change",
    "sweep",
    "equity_support",
    "dividends",
    "dscr",
)
"""The lines that operation fills, (years, scenarios)."""


@dataclass
class Accounts:
    """What is left over from year to year (scenarios) [currency]."""

    debt: Floats
    mezzanine: Floats
    dsra: Floats
    working_capital: Floats
    trapped: Floats
    tax: TaxAccount


def operate(deal: Deal, funding: Funding, loan: Loan, basis: Basis, as_planned: bool = False) -> Lines:
    """Return the lines of operation.

    The order is: operating cost, tax, working capital, senior interest, senior principal, debt service reserve,
    mezzanine, lock-up test, sweep, dividends. Cash that is short comes from the reserve, from trapped cash, at last
    from the owner (equity_support). as_planned: without lock-up and sweep, for the size of the debt.
    """
    lines: Lines = {name: np.zeros((deal.life, deal.scenarios)) for name in OPERATION}
    lines["ebitda"] += deal.revenue - deal.operating_cost
    lines["ebitda"][: deal.tenor] -= deal.agency_fee
    need = deal.working_capital_months / 12.0 * deal.operating_cost
    reserve = funding.reserves[-1] - need[0]
    tax = open_account(deal, basis)
    nothing = np.zeros(deal.scenarios)
    debt, second = funding.debt_draw.sum(axis=0), funding.mezzanine_draw.sum(axis=0)
    accounts = Accounts(debt, second, reserve, need[0], nothing, tax)
    for year in range(deal.life):
        now = {name: line[year] for name, line in lines.items()}
        held = need[year + 1] if year + 1 < deal.life else nothing
        now["working_capital_change"][:] = held - accounts.working_capital
        _income(deal, year, now, accounts, basis)
        cash = _senior(deal, year, now, accounts, loan)
        cash = _reserve(deal, year, now, accounts, cash)
        cash = _mezzanine(deal, year, now, accounts, cash)
        _distribute(deal, year, now, accounts, cash, as_planned)
        accounts.working_capital = held
        now["working_capital"][:] = held
    return lines


def _income(deal: Deal, year: int, now: Lines, accounts: Accounts, basis: Basis) -> None:
    """Interest earned and owed, taxes, and cash flow available for debt service."""
    idle = accounts.dsra + accounts.working_capital + accounts.trapped
    now["reserve_interest"][:] = deal.reserve_interest * idle
    now["interest"][:] = deal.interest[year] * accounts.debt
    owed = now["interest"] + deal.mezzanine_interest * accounts.mezzanine
    salvage = _salvage(deal, year)
    taxes = tax_year(deal, year, now["ebitda"] + salvage + now["reserve_interest"] - owed, basis, accounts.tax)
    now["state_taxable_income"][:], now["federal_taxable_income"][:] = taxes.state_income, taxes.federal_income
    now["state_tax"][:], now["federal_tax"][:] = taxes.state, taxes.federal
    now["tax"][:] = taxes.state + taxes.federal
    now["tax_credit"][:] = taxes.credit
    now["cfads"][:] = now["ebitda"]
    if deal.terms.cfads_tax:
        now["cfads"][:] -= now["tax"]
    if deal.terms.cfads_reserve_interest:
        now["cfads"][:] += now["reserve_interest"]
    if deal.terms.cfads_salvage:
        now["cfads"][:] += salvage


def _salvage(deal: Deal, year: int) -> Floats:
    return deal.salvage_value if year == deal.life - 1 else np.zeros(deal.scenarios)


def _senior(deal: Deal, year: int, now: Lines, accounts: Accounts, loan: Loan) -> Floats:
    """Pay senior debt service; return the cash after it, negative if there was not enough."""
    now["principal"][:] = np.minimum(loan.principal[year], accounts.debt)
    if year == deal.tenor - 1:
        now["principal"][:] = accounts.debt
    now["debt_service"][:] = now["interest"] + now["principal"]
    accounts.debt = accounts.debt - now["principal"]
    cash = now["ebitda"] + _salvage(deal, year) + now["reserve_interest"] + now["tax_credit"] - now["tax"]
    due = now["debt_service"] > DUST * loan.debt
    now["dscr"][:] = np.where(due, now["cfads"] / np.where(due, now["debt_service"], 1.0), np.nan)
    target = deal.dsra_months / 12.0 * loan.service(deal, year + 1, accounts.debt)
    now["dsra_change"][:] = target - accounts.dsra
    return cash - now["working_capital_change"] - now["debt_service"]


def _reserve(deal: Deal, year: int, now: Lines, accounts: Accounts, cash: Floats) -> Floats:
    """Fill the reserve up to next year's need as far as cash goes, free what is more, or draw what cash is short of."""
    wanted = now["dsra_change"]
    drawn = np.maximum(np.minimum(accounts.dsra, -cash), -wanted)
    if deal.terms.shortfall == "reserve":
        now["dsra_change"][:] = np.where(cash >= 0.0, np.minimum(wanted, cash), -drawn)
    accounts.dsra = accounts.dsra + now["dsra_change"]
    now["dsra"][:] = accounts.dsra
    return cash - now["dsra_change"]


def _mezzanine(deal: Deal, year: int, now: Lines, accounts: Accounts, cash: Floats) -> Floats:
    """Pay level instalments of the mezzanine debt as far as cash goes; the rest is added to its balance."""
    rate, left = deal.mezzanine_interest, max(deal.mezzanine_tenor - year, 1)
    owed = accounts.mezzanine * (1.0 + rate)
    safe = np.where(rate > 0.0, rate, 1.0)
    level = np.where(rate > 0.0, safe / (1.0 - (1.0 + safe) ** -left), 1.0 / left)
    due = owed if left == 1 else np.minimum(level * accounts.mezzanine, owed)
    now["mezzanine_payment"][:] = np.minimum(due, np.maximum(cash, 0.0))
    accounts.mezzanine = owed - now["mezzanine_payment"]
    now["mezzanine_balance"][:] = accounts.mezzanine
    return cash - now["mezzanine_payment"]


def _distribute(deal: Deal, year: int, now: Lines, accounts: Accounts, cash: Floats, as_planned: bool) -> None:
    """Trap cash where coverage is too low, sweep, pay out the rest; the owner covers what is short."""
    helped = np.minimum(accounts.trapped, np.maximum(-cash, 0.0))
    now["equity_support"][:] = np.maximum(-cash, 0.0) - helped
    free = np.maximum(cash, 0.0) + accounts.trapped - helped
    kept = np.zeros_like(free)
    if deal.lockup is not None and not as_planned and year < deal.life - 1:
        kept = np.where(now["dscr"] < deal.lockup * (1.0 - AS_GOOD), free, 0.0)
    if not as_planned:
        now["sweep"][:] = np.minimum(deal.sweep * (free - kept), accounts.debt)
    accounts.debt = accounts.debt - now["sweep"]
    now["debt_balance"][:] = accounts.debt
    now["dividends"][:] = free - kept - now["sweep"]
    now["trapped_cash_change"][:] = kept - accounts.trapped
    now["trapped_cash"][:] = kept
    accounts.trapped = kept
