"""Every mechanism on a case small enough for the back of an envelope; the arithmetic is in the docstring."""

import numpy as np
import pytest

from teraplan import finance
from teraplan.finance.depreciation import MACRS

T = finance.Terms


def test_terms_that_are_not_given_are_not_there():
    """All equity, no tax: 100 pays 60 twice."""
    p = finance.project([60.0, 60.0], 0.0, 100.0)
    assert p.equity_cash_flow.tolist() == [-100.0, 60.0, 60.0]
    assert (p.debt, p.payback, p.moic) == (0.0, pytest.approx(1.0 + 40.0 / 60.0), pytest.approx(1.2))


def test_annuity():
    """80 at 10 % over 2 years: 80 x 0.1 / (1 - 1.1^-2) = 46.0952."""
    p = finance.project([60.0, 60.0], 0.0, 100.0, T(gearing=0.8, interest=0.1, repayment="annuity"))
    assert p.debt_service[1:] == pytest.approx([46.0952381, 46.0952381])
    assert p.interest[1:] == pytest.approx([8.0, 80.0 * 0.1 - 0.1 * (46.0952381 - 8.0)])


def test_equal_principal_after_a_year_of_grace():
    """80 at 10 %, 3 years, first without repayment: interest 8, 8, 4; repaid 0, 40, 40."""
    terms = T(gearing=0.8, interest=0.1, repayment="equal_principal", grace=1)
    p = finance.project([60.0] * 3, 0.0, 100.0, terms)
    assert p.principal[1:] == pytest.approx([0.0, 40.0, 40.0])
    assert p.interest[1:] == pytest.approx([8.0, 8.0, 4.0])


def test_given_schedule_and_interest_by_year():
    """80 repaid 25 % and 75 %, at 10 % and then 20 %: interest 8 and 0.2 x 60 = 12."""
    terms = T(gearing=0.8, interest=[0.1, 0.2], repayment="given", principal=[0.25, 0.75])
    p = finance.project([60.0, 90.0], 0.0, 100.0, terms)
    assert p.debt_service[1:] == pytest.approx([28.0, 72.0])


def test_annuity_is_limited_by_the_coverage_of_its_worst_year():
    """Cash 60 and 40 at coverage 2: service at most 20 a year, debt 20 / 1.1 + 20 / 1.21 = 34.7107."""
    p = finance.project([60.0, 40.0], 0.0, 100.0, T(dscr=2.0, gearing=0.8, interest=0.1, repayment="annuity"))
    assert p.debt == pytest.approx(20.0 / 1.1 + 20.0 / 1.21)
    assert p.dscr[1:] == pytest.approx([3.0, 2.0])


def test_fee_of_debt_on_uses_that_contain_it():
    """Uses u = 100 + 0.02 d and d = u / 2, so u = 100 / 0.99."""
    p = finance.project([60.0, 60.0], 0.0, 100.0, T(gearing=0.5, upfront_fee=0.02))
    assert p.uses == pytest.approx(100.0 / 0.99, rel=1e-13)


def test_interest_on_the_draws_of_the_year():
    """Half a year of 10 % on half of what is needed: n = 100 + 0.05 x n / 2, so n = 100 / 0.975."""
    p = finance.project([90.0, 60.0], 0.0, 100.0, T(gearing=0.5, draw_timing=0.5, interest=0.1))
    assert p.uses == pytest.approx(100.0 / 0.975, rel=1e-13)


@pytest.mark.parametrize(("draws", "debt"), [("equity_first", [0.0, 50.0]), ("debt_first", [50.0, 0.0])])
def test_who_pays_first(draws, debt):
    """Uses are 100 without interest: half of them is one year's need."""
    terms = T(gearing=0.5, draws=draws, construction_interest=0.0)
    p = finance.project([90.0, 60.0], 0.0, [50.0, 50.0], terms)
    assert p.debt_draw[:2] == pytest.approx(debt)


def test_commitment_fee_on_what_is_not_drawn():
    """Debt first, half of u = 100 + fees: the first year pays 2 % of d, the second nothing, so u = 100 / 0.99."""
    terms = T(gearing=0.5, draws="debt_first", construction_interest=0.0, commitment_fee=0.02)
    p = finance.project([90.0, 60.0], 0.0, [60.0, 40.0], terms)
    assert p.fees[:2] == pytest.approx([100.0 / 0.99 * 0.01, 0.0], abs=1e-12)


def test_reserves_are_filled_at_close_and_given_back():
    """No interest: debt d = u / 2 over 2 years, reserve of 6 months d / 4, 12 months of cost 10: u = 110 + u / 8."""
    terms = T(gearing=0.5, interest=0.0, repayment="annuity", dsra_months=6, working_capital_months=12)
    p = finance.project([90.0, 90.0], 10.0, 100.0, terms)
    uses = 110.0 / 0.875
    assert p.uses == pytest.approx(uses)
    assert p.dsra == pytest.approx([uses / 8.0, uses / 8.0, 0.0])
    assert p.dsra_change == pytest.approx([0.0, 0.0, -uses / 8.0])
    assert p.working_capital == pytest.approx([10.0, 10.0, 0.0])


def test_losses_carried_forward_refunded_or_gone():
    """Income 60 less depreciation 100 is -40; then 60. Tax 25 %: 0 and (60 - 40) / 4; -10 and 15; 0 and 15."""
    wanted = {"carry_forward": [0.0, 5.0], "refund": [-10.0, 15.0], "expire": [0.0, 15.0]}
    for losses, tax in wanted.items():
        terms = T(federal_tax=0.25, losses=losses, depreciation=finance.immediate())
        assert finance.project([60.0, 60.0], 0.0, 100.0, terms).tax[1:] == pytest.approx(tax)


def test_losses_offset_at_most_a_share_of_income():
    """80 % of 60 is 48: the loss of 40 fits; of 40 it is 32, so 8 is taxed."""
    terms = T(federal_tax=0.25, loss_limit=0.8, depreciation=finance.immediate())
    assert finance.project([60.0, 40.0], 0.0, 100.0, terms).tax[1:] == pytest.approx([0.0, 2.0])


def test_state_tax_is_deducted_from_federal_income():
    """Income 60 - 50 = 10: state 10 % = 1, federal 20 % of 9."""
    p = finance.project([60.0, 60.0], 0.0, 100.0, T(federal_tax=0.2, state_tax=0.1))
    assert p.state_tax[1:] == pytest.approx([1.0, 1.0])
    assert p.federal_tax[1:] == pytest.approx([1.8, 1.8])


def test_credit_lowers_the_basis_by_half_of_it_and_grants_by_all():
    """Basis 100 - 20 = 80, credit 30 % = 24, depreciated 80 - 12 = 68."""
    p = finance.project([60.0, 60.0], 0.0, 100.0, T(grants=20.0, investment_credit=0.3))
    assert p.tax_credit[1:] == pytest.approx([24.0, 0.0])
    assert p.depreciation.sum() == pytest.approx(68.0)
    assert p.equity[0] == pytest.approx(80.0)


def test_credit_sold_at_close_is_a_source():
    """Uses u = 100 + 0.02 d - 0.3 (100 + 0.02 d) with d = u / 2: u = 70 / (1 - 0.007), credit 0.3 (100 + 0.01 u)."""
    p = finance.project(
        [60.0, 60.0], 0.0, 100.0, T(gearing=0.5, upfront_fee=0.02, investment_credit=0.3, credit_use="at_close")
    )
    assert p.uses == pytest.approx(70.0 / 0.993, rel=1e-13)
    assert p.tax_credit == pytest.approx([0.3 * (100.0 + 0.01 * p.uses), 0.0, 0.0])
    assert p.project_cash_flow[0] == pytest.approx(-70.0)


def test_sculpted_debt_keeps_its_coverage_after_tax_and_interest_on_reserves():
    terms = T(dscr=1.3, gearing=0.9, federal_tax=0.25, cfads_tax=True, cfads_reserve_interest=True, dsra_months=6)
    p = finance.project([30.0, 40.0, 25.0, 35.0], 5.0, 100.0, terms)
    assert p.dscr[1:] == pytest.approx([1.3] * 4, rel=1e-12)
    assert p.llcr == pytest.approx(1.3, rel=1e-12)


def test_credit_against_tax_waits_for_tax():
    """Credit 10 % of 100; depreciation 47.5 a year; tax 50 % of 60 - 47.5 is 6.25: used 6.25 and 3.75."""
    terms = T(federal_tax=0.5, investment_credit=0.1, credit_use="against_tax")
    assert finance.project([60.0, 60.0], 0.0, 100.0, terms).tax_credit[1:] == pytest.approx([6.25, 3.75])


def test_salvage_is_taxed_and_what_is_not_depreciated_is_written_off():
    """Straight line over 4 years: 25, and in the last of 2 years 75. Income 60 - 25, 60 + 10 - 75."""
    terms = T(salvage=0.1, depreciation=finance.straight_line(4), federal_tax=0.2, losses="refund")
    p = finance.project([60.0, 60.0], 0.0, 100.0, terms)
    assert p.federal_taxable_income[1:] == pytest.approx([35.0, -5.0])


def test_lock_up_traps_cash_until_coverage_is_good_again():
    """Service 40 a year; cash 44 covers 1.1 < 1.2: 4 is trapped; then 60: 4 + 20 is paid out."""
    terms = T(gearing=0.8, interest=0.0, repayment="equal_principal", lockup=1.2)
    p = finance.project([44.0, 60.0], 0.0, 100.0, terms)
    assert p.trapped_cash[1:] == pytest.approx([4.0, 0.0])
    assert p.dividends[1:] == pytest.approx([0.0, 24.0])


def test_debt_sculpted_to_the_coverage_of_the_lock_up_is_never_locked_up():
    """Coverage is 1.25 in each year but for rounding, which differs from scenario to scenario."""
    terms = T(dscr=1.25, lockup=1.25, interest=0.03125, tenor=8)
    revenue = np.linspace(80.0, 120.0, 101)[:, None] * np.ones(9)
    assert not finance.project(revenue, 10.0, 3_000.0, terms).trapped_cash.any()


def test_sweep_prepays_the_last_repayments():
    """Cash 60, service 20 of 4 x 20: half of 40 is swept, and the last year has nothing left to repay."""
    terms = T(gearing=0.8, interest=0.0, repayment="equal_principal", sweep=0.5, tenor=4)
    p = finance.project([60.0] * 4, 0.0, 100.0, terms)
    assert p.sweep[1:] == pytest.approx([20.0, 20.0, 0.0, 0.0])
    assert p.debt_balance == pytest.approx([80.0, 40.0, 0.0, 0.0, 0.0])


def test_mezzanine_waits_when_cash_is_short():
    """20 at 10 %, one year: 22 due, senior takes 40 of 50, 10 is paid, 12 stands; next year 13.2."""
    terms = T(gearing=0.8, interest=0.0, repayment="equal_principal", mezzanine=0.2, mezzanine_tenor=1)
    p = finance.project([50.0, 90.0], 0.0, 100.0, terms)
    assert p.mezzanine_payment[1:] == pytest.approx([10.0, 13.2])
    assert p.mezzanine_balance == pytest.approx([20.0, 12.0, 0.0])


def test_cash_that_is_short_comes_from_the_reserve_and_then_from_the_owner():
    """Uses u = 100 + r, r = a year of service = 0.4 u: debt 133.3, service 66.7; cash 20 lacks 46.7 of the 66.7."""
    terms = T(gearing=0.8, interest=0.0, repayment="equal_principal", dsra_months=12)
    p = finance.project([20.0, 20.0], 0.0, 100.0, terms)
    assert p.dsra == pytest.approx([200.0 / 3.0, 20.0, 0.0])
    assert p.equity_support[1:] == pytest.approx([0.0, 80.0 / 3.0])


def test_escalators_degradation_and_half_years():
    """100 x 1.1 x 0.9 and 50 x 1.2; half a year earlier: -9 + 50 / (1 + r)^0.5 + 39 / (1 + r)^1.5."""
    terms = T(life=2, revenue_escalator=0.1, degradation=0.1, cost_escalator=0.2, mid_year=True, discount_rate=0.21)
    p = finance.project(100.0, 50.0, 9.0, terms)
    assert p.ebitda[1:] == pytest.approx([50.0, 39.0])
    assert p.equity_npv == pytest.approx(-9.0 + 50.0 / 1.1 + 39.0 / 1.331)


def test_levelised_cost_without_tax_is_cost_and_annuity_over_volume():
    recovery = 0.1 / (1.0 - 1.1**-5)
    p = finance.project([90.0] * 5, 10.0, 100.0, T(discount_rate=0.1), volume=4.0)
    assert p.levelised_cost == pytest.approx((10.0 + 100.0 * recovery) / 4.0)


def test_the_tables_of_depreciation_write_off_the_whole_basis():
    for years in MACRS:
        assert finance.macrs(years).sum() == pytest.approx(1.0, abs=1e-12)
        assert len(finance.macrs(years)) == years + 1
    assert finance.macrs(5)[0] == pytest.approx(2.0 / 5.0 / 2.0)
    assert finance.straight_line(4, half_year=True) == pytest.approx([0.125, 0.25, 0.25, 0.25, 0.125])
    assert finance.bonus(0.6, finance.straight_line(2)) == pytest.approx([0.8, 0.2])


def test_take_or_pay():
    """Price 10 growing 10 %, volume 100, half of it in the first year, 80 % must be paid; 10 % default, 25 % saved."""
    contract = finance.TakeOrPay(
        price=10.0, volume=100.0, years=3, take=0.8, escalator=0.1, ramp=(0.5,), default_rate=0.1, recovery=0.25
    )
    found = finance.take_or_pay(contract, [30.0, 95.0, 120.0, 120.0])
    assert found.due == pytest.approx([400.0, 1045.0, 1210.0, 0.0])
    assert found.survival == pytest.approx([0.9, 0.81, 0.729, 0.6561])
    assert found.expected[0] == pytest.approx(400.0 * (0.9 + 0.1 * 0.25))


def test_collateral_falls_with_age():
    """60 % after 2 years and 35 % after 4: sqrt(0.6) after 1; the same fall again after 6: 0.35 x 0.35 / 0.6."""
    value = finance.collateral_value(100.0, [0.0, 1.0, 2.0, 4.0, 6.0])
    assert value == pytest.approx([100.0, 100.0 * 0.6**0.5, 60.0, 35.0, 35.0 * 35.0 / 60.0])
    forced = finance.collateral_value(100.0, 2.0, haircut=0.25, failures=0.04)
    assert forced == pytest.approx(60.0 * 0.96**2 * 0.75)
    assert finance.loan_to_value([30.0, 0.0, 5.0], [60.0, 0.0, 0.0]).tolist() == [0.5, 0.0, np.inf]


def test_the_table_of_a_scenario_has_a_row_a_year():
    p = finance.project([[60.0, 60.0], [70.0, 70.0]], 0.0, [50.0, 50.0])
    table = p.frame(scenario=1)
    assert table["year"].to_list() == [-1, 0, 1, 2]
    assert table["revenue"].to_list() == [0.0, 0.0, 70.0, 70.0]


def test_measures_are_those_of_the_project():
    terms = T(gearing=0.5, federal_tax=0.2)
    alone, whole = finance.measures([60.0, 90.0], 0.0, 100.0, terms), finance.project([60.0, 90.0], 0.0, 100.0, terms)
    assert alone.equity_irr == whole.equity_irr and alone.llcr == whole.llcr


def test_payback_at_the_very_end_is_the_last_year():
    """At the price for a return of zero the owner has the money back when the last year ends, rounding or not."""
    assert finance.offtake_price([1.0] * 3, 10.0, 40.0, T(gearing=0.5), 0.0).result.payback == pytest.approx(3.0)
    assert np.isnan(finance.project([12.0, 12.0, 12.0], 0.0, 40.0).payback)
