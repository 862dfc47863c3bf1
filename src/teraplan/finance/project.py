"""project(revenue, operating_cost, capex, terms): the financing of one project, or of a hundred thousand at once."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from teraplan.errors import ArgumentError, Fault
from teraplan.finance.closing import close_deal
from teraplan.finance.deal import Deal, Flows, make_deal
from teraplan.finance.measures import all_lines, all_measures
from teraplan.finance.terms import Terms
from teraplan.finance.waterfall import Lines
from teraplan.floats import within_floats

Floats = NDArray[np.float64]
BLOCK = 2048
"""Scenarios computed together: few enough for their rows to stay in the processor's cache."""


@dataclass(frozen=True)
class Measures:
    """The measures of a financing: one number, or an array (scenarios)."""

    debt: Floats
    """Senior debt at completion [currency]."""
    mezzanine: Floats
    """Mezzanine debt at completion [currency]."""
    equity_paid: Floats
    """What the owner pays in construction [currency]."""
    uses: Floats
    """All uses net of grants and credit sold: what debt, mezzanine and equity pay together [currency]."""
    gearing: Floats
    """Debt over uses [1]."""
    equity_irr: Floats
    """Rate of return of the owner after tax; NaN unless there is exactly one [1 / year]."""
    equity_irr_count: Floats
    """How many such rates there are: 0, 1, or 2 for several."""
    equity_irr_before_tax: Floats
    """Rate of return of the owner before tax and tax credit [1 / year]."""
    equity_irr_count_before_tax: Floats
    """How many such rates there are."""
    project_irr: Floats
    """Rate of return of the project without debt, after the tax that it would then pay [1 / year]."""
    project_irr_count: Floats
    """How many such rates there are."""
    project_irr_before_tax: Floats
    """Rate of return of the project without debt, before tax [1 / year]."""
    project_irr_count_before_tax: Floats
    """How many such rates there are."""
    equity_npv: Floats
    """Present value of the owner's cash flow at the discount rate, in the first year of construction [currency]."""
    project_npv: Floats
    """Present value of the project's cash flow without debt, after tax [currency]."""
    moic: Floats
    """What the owner gets over what the owner pays in, over the whole life [1]."""
    payback: Floats
    """Years from the first year of construction until the owner has the money back; NaN if never [year]."""
    min_dscr: Floats
    """Least debt service coverage; NaN without debt [1]."""
    average_dscr: Floats
    """Mean debt service coverage over the years with debt service [1]."""
    llcr: Floats
    """Present value of CFADS of the tenor at the debt's interest over the debt at completion [1]."""
    plcr: Floats
    """The same with CFADS of the whole life [1]."""
    levelised_revenue: Floats
    """Present value of revenue over that of volume [currency / unit]; NaN without volume."""
    levelised_cost: Floats
    """Present value of revenue less the net present value (of `levelised_view`), over that of volume
    [currency / unit]: the level revenue at which the net present value would be zero, were tax the same."""


@dataclass(frozen=True)
class ProjectResult(Measures):
    """Every line by year, (years) or (scenarios, years), and the measures.

    Years are those of construction, then those of operation. Lines are positive in the direction of their name
    [currency], balances are those at the end of the year.
    """

    construction: int
    """Years of construction: the first entries of each line."""
    capex: Floats
    grants: Floats
    fees: Floats
    """Up-front fee, closing cost and commitment fees."""
    construction_interest: Floats
    """Interest during construction, paid out of the same sources as capex."""
    reserves_funded: Floats
    """Debt service reserve and working capital filled at completion."""
    debt_draw: Floats
    mezzanine_draw: Floats
    equity: Floats
    revenue: Floats
    operating_cost: Floats
    agency_fee: Floats
    ebitda: Floats
    """Revenue less operating cost and agency fee."""
    salvage: Floats
    reserve_interest: Floats
    """Interest earned on reserves, working capital and trapped cash."""
    depreciation: Floats
    state_depreciation: Floats
    state_taxable_income: Floats
    """Before losses carried forward, as the next."""
    federal_taxable_income: Floats
    state_tax: Floats
    """Negative where a loss is refunded, as the next."""
    federal_tax: Floats
    tax: Floats
    """State and federal tax."""
    tax_credit: Floats
    """Investment and production credit received, used or, in the last year of construction, sold."""
    cfads: Floats
    """Cash flow available for debt service, of what the terms say."""
    interest: Floats
    """Interest of the senior debt in operation."""
    principal: Floats
    """Scheduled repayment of the senior debt."""
    debt_service: Floats
    """Interest and scheduled repayment."""
    debt_balance: Floats
    dsra: Floats
    """Balance of the debt service reserve account."""
    dsra_change: Floats
    """What it takes from the cash of operation; negative where it gives."""
    working_capital: Floats
    working_capital_change: Floats
    mezzanine_payment: Floats
    mezzanine_balance: Floats
    sweep: Floats
    """Prepayment of senior debt out of cash free for distribution."""
    trapped_cash: Floats
    trapped_cash_change: Floats
    equity_support: Floats
    """What the owner has to pay in during operation because cash is short."""
    dividends: Floats
    equity_cash_flow: Floats
    """Dividends less equity and equity support."""
    equity_cash_flow_before_tax: Floats
    """The same with tax added back and the credit taken off."""
    project_cash_flow: Floats
    """Without debt, fees, reserve and interest, after the tax that the project would then pay."""
    project_cash_flow_before_tax: Floats
    dscr: Floats
    """CFADS over debt service [1]; NaN where nothing is due."""
    llcr_by_year: Floats
    """Present value, at the start of the year, of CFADS until the end of the tenor over the debt then owed [1]."""
    plcr_by_year: Floats
    """The same until the end of the life [1]."""

    def frame(self, scenario: int = 0) -> pl.DataFrame:
        """Return the lines of one scenario as a table: a row a year, counted from the first year of operation as 1.

        Raises ArgumentError if there is no such scenario.
        """
        count = len(np.atleast_2d(self.capex))
        if not isinstance(scenario, int | np.integer) or not -count <= scenario < count:
            what = f"there is no scenario {scenario!r}"
            raise ArgumentError("finance", (Fault("scenario", what, f"give a whole number from 0 to {count - 1}"),))
        lines = {name: np.atleast_2d(getattr(self, name))[scenario] for name in LINES}
        years = np.arange(len(lines["capex"])) - self.construction + 1
        return pl.DataFrame({"year": years, **lines})


MEASURES = tuple(one.name for one in fields(Measures))
LINES = tuple(one.name for one in fields(ProjectResult) if one.name not in (*MEASURES, "construction"))
NO_TERMS = Terms()


@within_floats("finance.project")
def project(
    revenue: ArrayLike,
    operating_cost: ArrayLike,
    capex: ArrayLike,
    terms: Terms = NO_TERMS,
    volume: ArrayLike = 0.0,
) -> ProjectResult:
    """Return the financing of a project, or of many: every line by year, and the measures.

    revenue, operating_cost: by year of operation, (years) or (scenarios, years) [currency / year]; one number is the
    same every year. capex: by year of construction, the same shapes [currency]; one number is one year.
    volume: output by year of operation, for levelised cost [unit / year].
    Raises ArgumentError with everything that is wrong.
    """
    deal, scenarios = make_deal(Flows.of(revenue, operating_cost, capex, volume), terms)
    return project_deal(deal, scenarios)


def project_deal(deal: Deal, scenarios: bool) -> ProjectResult:
    """Return the financing of a deal; scenarios: whether results have an axis of scenarios."""
    years = deal.construction + deal.life
    found: dict[str, Any] = {name: np.empty((deal.scenarios, years)) for name in LINES}
    found |= {name: np.empty(deal.scenarios) for name in MEASURES}
    for at, lines, measured in _blocks(deal):
        for name in LINES:
            found[name][at] = lines[name].T
        for name in MEASURES:
            found[name][at] = measured[name]
    if not scenarios:
        found = {name: value[0] for name, value in found.items()}
    return ProjectResult(**found, construction=deal.construction)


@within_floats("finance.measures")
def measures(
    revenue: ArrayLike,
    operating_cost: ArrayLike,
    capex: ArrayLike,
    terms: Terms = NO_TERMS,
    volume: ArrayLike = 0.0,
) -> Measures:
    """Return the measures of `project` without the lines: for many scenarios, in little memory."""
    deal, scenarios = make_deal(Flows.of(revenue, operating_cost, capex, volume), terms)
    found: dict[str, Any] = {name: np.empty(deal.scenarios) for name in MEASURES}
    for at, _, measured in _blocks(deal):
        for name in MEASURES:
            found[name][at] = measured[name]
    return Measures(**(found if scenarios else {name: value[0] for name, value in found.items()}))


def _blocks(deal: Deal) -> Iterator[tuple[slice, Lines, Lines]]:
    """Yield which scenarios, their lines (years, scenarios) and their measures, block by block."""
    for start in range(0, deal.scenarios, BLOCK):
        at = slice(start, min(start + BLOCK, deal.scenarios))
        part = deal.choose(at)
        lines = all_lines(part, close_deal(part))
        yield at, lines, all_measures(part, lines)
