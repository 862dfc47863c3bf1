"""The lines of a whole project, construction and operation, and the measures read off them."""

import numpy as np
from numpy.typing import NDArray

from teraplan.finance.closing import Closed
from teraplan.finance.deal import Deal
from teraplan.finance.tax import basis_without_debt, open_account, sold_credit, tax_year
from teraplan.finance.value import discounted, rates_of
from teraplan.finance.waterfall import Lines

Floats = NDArray[np.float64]
ROUNDING = 1e-12
"""Share of the largest flow that a running total may be below zero and be taken for zero."""


def times_of(deal: Deal) -> Floats:
    """Return when each year's flows come, counted from the first year of construction [year]."""
    times = np.arange(deal.construction + deal.life, dtype=float)
    if deal.terms.mid_year:
        times[deal.construction :] -= 0.5
    return times


def equity_cash_flow(deal: Deal, closed: Closed) -> Floats:
    """Return dividends less what the owner pays in, by year of the project (years, scenarios) [currency]."""
    operation = closed.lines["dividends"] - closed.lines["equity_support"]
    return np.concatenate([-closed.funding.equity, operation])


def all_lines(deal: Deal, closed: Closed) -> Lines:
    """Return every line by year of the project (years, scenarios); see ProjectResult for what each means."""
    built, life = deal.construction, deal.life
    before = np.zeros((built, deal.scenarios))
    lines = {name: np.concatenate([before, line]) for name, line in closed.lines.items()}
    lines["dscr"][:built] = np.nan
    funding = closed.funding
    after = np.zeros((life, deal.scenarios))
    for name in ("grants", "fees", "construction_interest", "reserves", "debt_draw", "mezzanine_draw", "equity"):
        key = "reserves_funded" if name == "reserves" else name
        lines[key] = np.concatenate([getattr(funding, name), after])
    lines["tax_credit"][:built] = funding.credit
    lines["capex"] = np.concatenate([deal.capex, after])
    for name in ("revenue", "operating_cost"):
        lines[name] = np.concatenate([before, getattr(deal, name)])
    lines["salvage"] = np.concatenate([before, after])
    lines["salvage"][-1] = deal.salvage_value
    lines["agency_fee"] = np.concatenate([before, after])
    lines["agency_fee"][built : built + deal.tenor] = deal.agency_fee
    for name, schedule in (("depreciation", deal.depreciation), ("state_depreciation", deal.state_depreciation)):
        lines[name] = np.concatenate([before, schedule * closed.basis.amount])
    _balances_in_construction(deal, closed, lines)
    lines["equity_cash_flow"] = equity_cash_flow(deal, closed)
    lines["equity_cash_flow_before_tax"] = lines["equity_cash_flow"] + lines["tax"] - lines["tax_credit"]
    _without_debt(deal, lines)
    lines["llcr_by_year"] = _life_coverage(deal, lines, deal.tenor)
    lines["plcr_by_year"] = _life_coverage(deal, lines, life)
    return lines


def _balances_in_construction(deal: Deal, closed: Closed, lines: Lines) -> None:
    """Balances while the project is built: debts as drawn, reserves once they are funded."""
    built = deal.construction
    lines["debt_balance"][:built] = np.cumsum(closed.funding.debt_draw, axis=0)
    lines["mezzanine_balance"][:built] = np.cumsum(closed.funding.mezzanine_draw, axis=0)
    capital = deal.working_capital_months / 12.0 * deal.operating_cost[0]
    lines["working_capital"][built - 1] = capital
    lines["dsra"][built - 1] = closed.funding.reserves[-1] - capital


def _without_debt(deal: Deal, lines: Lines) -> None:
    """The cash flow of the project as if equity paid for all of it: no debt, fee, reserve or interest, before tax and
    after the tax that it would then pay."""
    built = deal.construction
    income = deal.revenue - deal.operating_cost + lines["salvage"][built:]
    capital = np.diff(lines["working_capital"], axis=0, prepend=0.0)
    flow = lines["grants"] - lines["capex"] - capital
    flow[built:] += income
    basis = basis_without_debt(deal)
    account = open_account(deal, basis)
    after_tax = flow.copy()
    after_tax[built - 1] += sold_credit(deal, basis)
    for year in range(deal.life):
        taxes = tax_year(deal, year, income[year], basis, account)
        after_tax[built + year] += taxes.credit - taxes.state - taxes.federal
    lines["project_cash_flow_before_tax"], lines["project_cash_flow"] = flow, after_tax


def _life_coverage(deal: Deal, lines: Lines, until: int) -> Floats:
    """Present value of CFADS of a year and all later ones up to `until`, over the debt when the year begins."""
    built = deal.construction
    ratio = np.full(lines["cfads"].shape, np.nan)
    value = np.zeros(deal.scenarios)
    for year in reversed(range(until)):
        value = (value + lines["cfads"][built + year]) / (1.0 + deal.interest[year])
        owed = lines["debt_balance"][built + year - 1]
        due = owed > 1e-9 * lines["debt_balance"][built - 1]
        ratio[built + year] = np.where(due, value / np.where(due, owed, 1.0), np.nan)
    return ratio


def all_measures(deal: Deal, lines: Lines) -> Lines:
    """Return every measure (scenarios); see Measures for what each means."""
    times = times_of(deal)
    equity = lines["equity_cash_flow"]
    found: Lines = {
        "debt": lines["debt_draw"].sum(axis=0),
        "mezzanine": lines["mezzanine_draw"].sum(axis=0),
        "equity_paid": lines["equity"].sum(axis=0),
    }
    found["uses"] = found["debt"] + found["mezzanine"] + found["equity_paid"]
    found["gearing"] = found["debt"] / np.where(found["uses"] > 0.0, found["uses"], np.nan)
    for name in (
        "equity_cash_flow",
        "equity_cash_flow_before_tax",
        "project_cash_flow",
        "project_cash_flow_before_tax",
    ):
        irr = rates_of(lines[name], times)
        key = name.replace("_cash_flow", "_irr")
        found[key], found[key.replace("_irr", "_irr_count")] = irr.rate, irr.count.astype(float)
    for name in ("equity", "project"):
        found[f"{name}_npv"] = discounted(lines[f"{name}_cash_flow"], deal.discount_rate, times)
    found["moic"] = _over(np.maximum(equity, 0.0).sum(axis=0), -np.minimum(equity, 0.0).sum(axis=0))
    found["payback"] = _payback(equity, times)
    dscr = lines["dscr"][deal.construction :]
    counted = np.isfinite(dscr)
    found["min_dscr"] = np.where(counted.any(axis=0), np.where(counted, dscr, np.inf).min(axis=0), np.nan)
    found["average_dscr"] = _over(np.where(counted, dscr, 0.0).sum(axis=0), counted.sum(axis=0).astype(float))
    for name in ("llcr", "plcr"):
        found[name] = lines[f"{name}_by_year"][deal.construction]
    revenue = discounted(lines["revenue"], deal.discount_rate, times)
    volume = discounted(deal.volume, deal.discount_rate, times[deal.construction :])
    found["levelised_revenue"] = _over(revenue, volume)
    found["levelised_cost"] = _over(revenue - found[f"{deal.terms.levelised_view}_npv"], volume)
    return found


def _over(above: Floats, below: Floats) -> Floats:
    """A ratio, NaN where there is nothing to divide by."""
    return np.where(below > 0.0, above / np.where(below > 0.0, below, 1.0), np.nan)


def _payback(flow: Floats, times: Floats) -> Floats:
    """When the running total of a flow is first no longer negative, between years in proportion; NaN if never."""
    total = np.cumsum(flow, axis=0)
    paid = np.full(flow.shape[1], np.nan)
    nothing = -ROUNDING * np.abs(flow).max(axis=0)
    for year in range(1, len(flow)):
        now = np.isnan(paid) & (total[year] >= nothing) & (total[year - 1] < nothing)
        share = np.minimum(-total[year - 1] / np.where(now, flow[year], 1.0), 1.0)
        paid = np.where(now, times[year - 1] + share * (times[year] - times[year - 1]), paid)
    return paid
