"""What holds for every financing, whatever its terms."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from teraplan import finance
from teraplan.finance.project import BLOCK, LINES, MEASURES

LIFE = 9
SHARES = st.floats(0.0, 1.0)


@st.composite
def all_terms(draw):
    """Terms of every kind: three ways to size debt, four ways to repay it, reserves, taxes, waterfall."""
    tenor = draw(st.integers(2, LIFE))
    grace = draw(st.integers(0, 1))
    repayment = draw(st.sampled_from(["sculpted", "annuity", "equal_principal", "given"]))
    weights = np.array(
        [0.0] * grace + draw(st.lists(st.floats(0.1, 1.0), min_size=tenor - grace, max_size=tenor - grace))
    )
    return finance.Terms(
        life=LIFE,
        tenor=tenor,
        grace=grace,
        repayment=repayment,
        principal=weights / weights.sum() if repayment == "given" else None,
        gearing=draw(st.none() | st.floats(0.1, 0.8)),
        dscr=draw(st.none() | st.floats(1.0, 2.0)),
        interest=draw(st.floats(0.0, 0.1)),
        draws=draw(st.sampled_from(["pro_rata", "equity_first", "debt_first"])),
        draw_timing=draw(SHARES),
        upfront_fee=draw(st.floats(0.0, 0.03)),
        closing_cost=draw(st.floats(0.0, 20.0)),
        commitment_fee=draw(st.floats(0.0, 0.01)),
        agency_fee=draw(st.floats(0.0, 1.0)),
        mezzanine=draw(st.sampled_from([0.0, 0.1])),
        dsra_months=draw(st.sampled_from([0.0, 6.0])),
        dsra_funding=draw(st.sampled_from(["close", "cash"])),
        shortfall=draw(st.sampled_from(["reserve", "owner"])),
        working_capital_months=draw(st.sampled_from([0.0, 2.0])),
        reserve_interest=draw(st.floats(0.0, 0.03)),
        lockup=draw(st.none() | st.floats(1.0, 1.5)),
        sweep=draw(st.sampled_from([0.0, 0.5, 1.0])),
        cfads_tax=draw(st.booleans()),
        cfads_reserve_interest=draw(st.booleans()),
        cfads_salvage=draw(st.booleans()),
        federal_tax=draw(st.floats(0.0, 0.35)),
        state_tax=draw(st.floats(0.0, 0.1)),
        losses=draw(st.sampled_from(["carry_forward", "refund", "expire"])),
        loss_limit=draw(st.sampled_from([0.8, 1.0])),
        depreciation=draw(
            st.sampled_from([None, finance.macrs(5), finance.immediate(), finance.straight_line(20, True)])
        ),
        salvage=draw(st.floats(0.0, 0.2)),
        grants=draw(st.floats(0.0, 100.0)),
        investment_credit=draw(st.floats(0.0, 0.3)),
        credit_use=draw(st.sampled_from(["paid", "against_tax", "at_close"])),
        production_credit=draw(st.floats(0.0, 5.0)),
        mid_year=draw(st.booleans()),
    )


REVENUES = st.lists(st.floats(100.0, 400.0), min_size=LIFE, max_size=LIFE)
CAPEX = np.array([300.0, 500.0, 200.0])


def close(left, right, scale=1e-8):
    return left == pytest.approx(right, abs=scale)


@given(all_terms(), REVENUES)
@settings(max_examples=60, deadline=None)
def test_sources_are_uses_in_every_year_of_construction(terms, revenue):
    p = finance.project(revenue, 80.0, CAPEX, terms)
    built = np.arange(3 + LIFE) < 3
    uses = p.capex + p.fees + p.construction_interest + p.reserves_funded
    assert close(p.debt_draw + p.mezzanine_draw + p.equity + p.grants + built * p.tax_credit, uses)
    assert close(p.debt + p.mezzanine + p.equity_paid, p.uses)
    if terms.credit_use != "at_close":  # what it sells for may be more than the last year needs
        assert np.all(p.equity >= -1e-8) and np.all(p.debt_draw >= -1e-8)


@given(all_terms(), REVENUES)
@settings(max_examples=60, deadline=None)
def test_cash_adds_up_in_every_year_of_operation(terms, revenue):
    p = finance.project(revenue, 80.0, CAPEX, terms)
    earned = p.revenue - p.operating_cost - p.agency_fee + p.salvage + p.reserve_interest + p.tax_credit - p.tax
    kept = p.working_capital_change + p.dsra_change + p.trapped_cash_change
    paid = p.debt_service + p.mezzanine_payment + p.sweep + p.dividends
    assert close((earned + p.equity_support)[3:], (paid + kept)[3:])


@given(all_terms(), REVENUES)
@settings(max_examples=60, deadline=None)
def test_debt_is_repaid_and_reserves_are_given_back(terms, revenue):
    p = finance.project(revenue, 80.0, CAPEX, terms)
    assert close(p.principal.sum() + p.sweep.sum(), p.debt)
    assert close(p.debt_balance[3 + terms.tenor - 1 :], 0.0)
    assert close(p.debt_balance[:-1] - (p.principal + p.sweep)[1:] + p.debt_draw[1:], p.debt_balance[1:])
    for balance in (p.dsra, p.working_capital, p.trapped_cash):
        assert close(balance[-1], 0.0) and np.all(balance >= -1e-8)
    assert close(p.reserves_funded.sum() + (p.dsra_change + p.working_capital_change).sum(), 0.0)


@given(all_terms(), REVENUES)
@settings(max_examples=60, deadline=None)
def test_interest_is_the_rate_on_what_was_owed(terms, revenue):
    p = finance.project(revenue, 80.0, CAPEX, terms)
    assert close(p.interest[3:], terms.interest * p.debt_balance[2:-1])


@given(all_terms(), REVENUES)
@settings(max_examples=60, deadline=None)
def test_debt_keeps_its_limits(terms, revenue):
    p = finance.project(revenue, 80.0, CAPEX, terms)
    if terms.gearing is not None:
        assert p.gearing <= terms.gearing + 1e-9
    if terms.dscr is not None and p.debt > 1e-6:
        planned = finance.project(revenue, 80.0, CAPEX, replace(terms, sweep=0.0, lockup=None))
        assert planned.min_dscr >= terms.dscr - 1e-6
    if terms.gearing is None and terms.dscr is None:
        assert p.debt == 0.0


@given(all_terms(), REVENUES)
@settings(max_examples=60, deadline=None)
def test_the_present_value_at_the_rate_of_return_is_zero(terms, revenue):
    p = finance.project(revenue, 80.0, CAPEX, terms)
    if p.equity_irr_count == 1:
        times = np.arange(3.0 + LIFE) - 0.5 * terms.mid_year * (np.arange(3 + LIFE) >= 3)
        weights = np.abs(p.equity_cash_flow) / (1.0 + p.equity_irr) ** times
        assert abs(finance.present_value(p.equity_cash_flow, p.equity_irr, times)) <= 1e-9 * weights.sum()


@given(all_terms(), REVENUES)
@settings(max_examples=40, deadline=None)
def test_alone_is_as_among_others(terms, revenue):
    revenues = np.array([np.array(revenue) * factor for factor in (0.7, 1.0, 1.3)])
    many = finance.project(revenues, 80.0, CAPEX, terms)
    one = finance.project(revenue, 80.0, CAPEX, terms)
    for name in (*LINES, *MEASURES):
        assert getattr(many, name)[1] == pytest.approx(getattr(one, name), rel=1e-9, abs=1e-9, nan_ok=True), name


@given(REVENUES, st.floats(0.1, 0.4), st.floats(0.45, 0.8), st.sampled_from(["sculpted", "annuity", "equal_principal"]))
@settings(max_examples=40, deadline=None)
def test_more_equity_never_lowers_coverage(revenue, low, high, repayment):
    terms = finance.Terms(gearing=np.array([high, low]), repayment=repayment, federal_tax=0.21, tenor=7, dsra_months=6)
    p = finance.project([revenue, revenue], 80.0, CAPEX, terms)
    assert p.min_dscr[1] >= p.min_dscr[0]


@given(all_terms(), st.floats(150.0, 300.0), st.floats(1.02, 1.5))
@settings(max_examples=40, deadline=None)
def test_a_higher_price_never_lowers_the_return_of_the_project(terms, revenue, factor):
    p = finance.project([[revenue], [revenue * factor]], 80.0, CAPEX, terms)
    if (p.project_irr_count == 1).all():
        assert p.project_irr[1] > p.project_irr[0]


@given(st.floats(150.0, 300.0), st.floats(1.02, 1.5), st.floats(1.2, 2.0))
@settings(max_examples=40, deadline=None)
def test_a_higher_price_raises_the_return_of_the_owner(revenue, factor, dscr):
    terms = finance.Terms(life=LIFE, dscr=dscr, gearing=0.7, federal_tax=0.21, dsra_months=6, upfront_fee=0.02)
    p = finance.project([[revenue], [revenue * factor]], 80.0, CAPEX, terms)
    assert p.equity_irr[1] > p.equity_irr[0]


@given(st.floats(0.02, 0.3), st.floats(0.0, 0.03), st.integers(1, LIFE))
@settings(max_examples=15, deadline=None)
def test_the_offtake_price_gives_its_target_in_its_year(target, escalator, year):
    terms = finance.Terms(
        life=LIFE, gearing=0.6, federal_tax=0.21, revenue_escalator=escalator, degradation=0.01, cfads_tax=True
    )
    found = finance.offtake_price(10.0, 80.0, CAPEX, terms, target, year)
    until = found.result.equity_cash_flow[: 3 + year]
    assert finance.irr(until).rate == pytest.approx(target, abs=1e-9)
    assert found.result.revenue[3] == pytest.approx(10.0 * found.price)


def test_offtake_prices_of_many_are_those_of_each():
    terms = finance.Terms(life=LIFE, dscr=1.4, gearing=0.7, federal_tax=0.21, losses="carry_forward", dsra_months=6)
    costs = np.linspace(50.0, 120.0, 7)[:, None]
    many = finance.offtake_price(10.0, costs, CAPEX, terms, 0.12)
    each = [finance.offtake_price(10.0, cost[0], CAPEX, terms, 0.12).price for cost in costs]
    assert many.price == pytest.approx(each, rel=1e-12)
    targets = finance.offtake_price(10.0, 80.0, CAPEX, terms, np.array([0.08, 0.12]))
    assert targets.result.equity_irr == pytest.approx([0.08, 0.12], abs=1e-10)


def test_terms_of_each_scenario_are_those_of_each_alone():
    """More scenarios than are computed at once, each with its own terms."""
    count = BLOCK + 3
    rng = np.random.default_rng(7)
    gearing, interest = rng.uniform(0.2, 0.7, count), rng.uniform(0.02, 0.08, (count, 1))
    dscr, lockup = rng.uniform(1.2, 1.6, (count, LIFE)), rng.uniform(1.0, 1.5, count)
    grants, capex = rng.uniform(0.0, 50.0, count), rng.uniform(0.8, 1.2, (count, 1)) * CAPEX

    def terms(at):
        one = {"gearing": gearing[at], "interest": interest[at], "dscr": dscr[at], "lockup": lockup[at]}
        return finance.Terms(**one, life=LIFE, grants=grants[at], federal_tax=0.21, cfads_tax=True, dsra_months=3)

    many = finance.project(200.0, 80.0, capex, terms(slice(None)))
    for at in (0, BLOCK - 1, BLOCK, count - 1):
        one = finance.project(200.0, 80.0, capex[at], terms(at))
        for name in (*LINES, *MEASURES):
            assert getattr(many, name)[at] == pytest.approx(getattr(one, name), rel=1e-9, abs=1e-9, nan_ok=True), name
