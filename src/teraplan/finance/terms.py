"""Every term of a financing, with its unit, its meaning and its default: what is not given is not there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Value = float | Sequence[float] | Floats
"""One number for all scenarios, or an array (scenarios)."""
Yearly = float | Sequence[float] | Floats
"""One number, an array over years of operation (years), or (scenarios, years); (scenarios, 1) is one a scenario."""
MOST_YEARS = 1_000
"""The longest life."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The terms of one financing, or of many at once.

    Currency is whatever revenue, cost and capex are in. Shares and rates are fractions, not percent. Years of
    operation are counted from 1. `Terms()` is all equity, untaxed, at the end of each year.
    """

    # --- time and growth
    life: int | None = None
    """Years of operation; needed if neither revenue nor cost says it by its last axis [year]."""
    discount_rate: Value = 0.10
    """Rate of net present values and levelised cost, e.g. the cost of equity [1 / year]."""
    mid_year: bool = False
    """Whether operating flows come half a year earlier than the end of their year. Interest still runs whole years."""
    revenue_escalator: Value = 0.0
    """Growth of revenue from the second year of operation on: (1 + rate) ^ (year - 1) [1 / year]."""
    degradation: Value = 0.0
    """Loss of output from the second year on, on revenue and volume: (1 - rate) ^ (year - 1) [1 / year]."""
    cost_escalator: Value = 0.0
    """Growth of operating cost from the second year on: (1 + rate) ^ (year - 1) [1 / year]."""
    salvage: Value = 0.0
    """Sale of what is left at the end of the last year, as a share of capex; taxed [1]."""

    # --- senior debt
    gearing: Value | None = None
    """Most debt as a share of all uses net of grants; none: no such limit, or no debt if `dscr` is none too [1]."""
    dscr: Yearly | None = None
    """Least debt service coverage when debt is sized; none: debt is gearing x uses [1]."""
    repayment: Literal["sculpted", "annuity", "equal_principal", "given"] = "sculpted"
    """`sculpted`: service in proportion to CFADS / dscr; `annuity`: level service; `given`: as `principal` says."""
    principal: Sequence[float] | Floats | None = None
    """For `given`: share of the debt repaid in each year of operation; they sum to one [1]."""
    interest: Yearly = 0.06
    """Interest of the senior debt in operation [1 / year]."""
    construction_interest: Value | None = None
    """Interest during construction; none: that of the first year of operation [1 / year]."""
    tenor: int | None = None
    """Years of operation until the debt is repaid, grace included; none: the life [year]."""
    grace: int = 0
    """First years of operation in which interest is paid and nothing is repaid [year]."""
    draws: Literal["pro_rata", "equity_first", "debt_first"] = "pro_rata"
    """Who pays first in construction; pro rata: debt pays the same share of every year's needs."""
    draw_timing: Value = 0.0
    """Share of the year for which a draw bears interest in its own year: 0 end, 0.5 middle, 1 start of the year [1]."""
    upfront_fee: Value = 0.0
    """Fee on the debt, due in the first year of construction [1]."""
    closing_cost: Value = 0.0
    """Cost of closing that does not depend on the debt, due in the first year of construction [currency]."""
    commitment_fee: Value = 0.0
    """Fee in construction on the debt not drawn when the year begins [1 / year]."""
    agency_fee: Value = 0.0
    """Fee in each year of the tenor, part of CFADS and of taxable income [currency / year]."""

    # --- mezzanine
    mezzanine: Value = 0.0
    """Mezzanine debt as a share of all uses net of grants, drawn pro rata [1]."""
    mezzanine_interest: Value = 0.10
    """Its interest; what cash does not cover is added to its balance [1 / year]."""
    mezzanine_tenor: int | None = None
    """Years of operation over which it is repaid in level payments, then at once; none: the tenor [year]."""

    # --- reserves and waterfall
    dsra_months: Value = 0.0
    """Months of the next year's senior debt service held in reserve [month]."""
    dsra_funding: Literal["close", "cash"] = "close"
    """Whether the reserve is filled from the sources at completion, or from cash of operation."""
    shortfall: Literal["reserve", "owner"] = "reserve"
    """Who covers cash that is short: the debt service reserve, then trapped cash, then the owner; or the owner alone,
    who also keeps the reserve filled."""
    working_capital_months: Value = 0.0
    """Months of the next year's operating cost held, filled from the sources, returned in the last year [month]."""
    reserve_interest: Value = 0.0
    """Interest on what reserves, working capital and trapped cash were when the year began; taxed [1 / year]."""
    lockup: Value | None = None
    """DSCR below which cash is trapped instead of distributed; trapped cash is free once the test is met [1]."""
    sweep: Value = 0.0
    """Share of the cash free for distribution that prepays senior debt; the last repayments fall away first [1]."""

    # --- what CFADS contains: revenue - operating cost - agency fee, and
    cfads_tax: bool = False
    """Whether tax is taken off cash flow available for debt service."""
    cfads_reserve_interest: bool = False
    """Whether interest on reserves is part of it."""
    cfads_salvage: bool = False
    """Whether salvage is part of it."""

    # --- tax
    federal_tax: Yearly = 0.0
    """Rate of federal (or the only) income tax [1]."""
    state_tax: Yearly = 0.0
    """Rate of state income tax [1]."""
    state_tax_deductible: bool = True
    """Whether state tax lowers federal taxable income."""
    losses: Literal["carry_forward", "refund", "expire"] = "carry_forward"
    """What becomes of a tax loss: set against later income; paid out at once at the tax rate; nothing."""
    loss_limit: Value = 1.0
    """Most of a year's taxable income that losses carried forward may offset; US federal law since 2018: 0.8 [1]."""
    depreciation: Sequence[float] | Floats | None = None
    """Share of the basis by year (`straight_line`, `macrs`, `immediate` or given); none: straight over the life [1]."""
    state_depreciation: Sequence[float] | Floats | None = None
    """The same for state tax; none: as federal [1]."""
    residual_basis: Literal["written_off", "lost"] = "written_off"
    """What becomes of depreciation that a schedule puts after the last year: written off in that year, or never."""
    basis_interest: Value = 1.0
    """Share of interest and commitment fees during construction in the depreciable basis [1]."""
    basis_fees: Value = 1.0
    """Share of up-front fee and closing cost in the depreciable basis; 0 in NREL's SAM [1]."""
    basis_reserves: Value = 0.0
    """Share of reserves funded at completion in the basis; some models depreciate all that is paid at close [1]."""
    basis_grants: Value = 1.0
    """Share of grants that lowers the basis [1]."""
    grants_taxed: Value = 0.0
    """Share of grants that is taxable income of the first year of operation [1]."""

    # --- support
    grants: Value = 0.0
    """Grants received in construction, in proportion to capex; sources beside debt and equity [currency]."""
    investment_credit: Value = 0.0
    """Investment tax credit as a share of the depreciable basis before its own reduction [1]."""
    credit_basis_reduction: Value = 0.5
    """Share of the credit that lowers the depreciable basis; US law: half [1]."""
    production_credit: Yearly = 0.0
    """Tax credit of each year of operation, not taxed [currency / year]."""
    credit_use: Literal["paid", "against_tax", "at_close"] = "paid"
    """How credits are used, the investment credit from the first year of operation on: as cash (or by an owner with
    other tax to pay); or only against federal tax, the rest carried forward; `at_close`: the investment credit is sold
    at completion and is a source beside grants, the production credit is cash."""

    # --- measures
    levelised_view: Literal["project", "equity"] = "project"
    """Whose net present value levelised cost leaves out: the project's without debt, after tax; or the owner's."""
