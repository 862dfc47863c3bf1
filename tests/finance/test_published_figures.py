"""Worked figures of project finance, each computed by hand (or by a spreadsheet) before this code existed.

Sculpting: 6 % interest, coverage 1.30, CFADS 30, 28, 26, 24, 22: debt = sum of CFADS / 1.30 / 1.06 ^ t.
Fab: 20000 drawn 30/40/30 %, half debt at 6 %: interest 0, 0.06 x 3000 = 180, 0.06 x (3000 + 4090) = 425.40; ten years,
600 thousand wafers a year, cost 4000, tax 21 % with losses carried forward, straight line over 5 years, tenor 7.
"""

import numpy as np
import pytest

from teraplan import finance

DRAWS = np.array([0.30, 0.40, 0.30]) * 20000.0
FAB = finance.Terms(
    life=10,
    gearing=0.5,
    interest=0.06,
    tenor=7,
    federal_tax=0.21,
    depreciation=finance.straight_line(5),
    discount_rate=0.12,
)
WAFERS = 600.0
COST = 4000.0


@pytest.fixture(scope="module")
def sculpted():
    return finance.project([30, 28, 26, 24, 22], 0.0, 1000.0, finance.Terms(dscr=1.3, interest=0.06))


@pytest.fixture(scope="module")
def at_15_percent():
    return finance.offtake_price(WAFERS, COST, DRAWS, FAB, 0.15)


def test_sculpted_debt_is_the_present_value_of_cfads_over_coverage(sculpted):
    assert finance.present_value(sculpted.cfads, 0.06) == pytest.approx(110.501816, abs=5e-7)
    assert sculpted.debt == pytest.approx(85.001397, abs=5e-7)


def test_sculpted_debt_service_follows_cfads(sculpted):
    assert sculpted.debt_service[1:] == pytest.approx([23.0769, 21.5385, 20.0, 18.4615, 16.9231], abs=5e-5)


def test_sculpted_interest(sculpted):
    assert sculpted.interest[1:] == pytest.approx([5.1001, 4.0215, 2.9705, 1.9487, 0.9579], abs=5e-5)


def test_sculpted_balances(sculpted):
    assert sculpted.debt_balance[1:] == pytest.approx([67.0246, 49.5076, 32.4780, 15.9652, 0.0], abs=5e-5)


def test_llcr_of_sculpted_debt_is_its_coverage(sculpted):
    assert sculpted.llcr == pytest.approx(1.30, abs=1e-12)


def test_fab_interest_during_construction():
    fab = finance.project(15 * WAFERS, COST, DRAWS, FAB)
    assert fab.construction_interest[:3] == pytest.approx([0.0, 180.0, 425.40], abs=1e-9)
    assert fab.construction_interest.sum() == pytest.approx(605.40, abs=1e-9)


def test_fab_uses_debt_and_equity():
    fab = finance.project(15 * WAFERS, COST, DRAWS, FAB)
    assert fab.uses == pytest.approx(20605.40, abs=1e-9)
    assert fab.debt == pytest.approx(10302.70, abs=1e-9)
    assert fab.equity[:3] == pytest.approx([3000.0, 4090.0, 3212.70], abs=1e-9)


@pytest.mark.parametrize(
    ("price", "irr", "dscr", "moic"),
    [
        (14, 0.1683135422, 2.384081681, 2.5933),
        (15, 0.2070019557, 2.7091837284, 3.0533),
        (16, 0.2416434533, 3.0342857758, 3.5134),
    ],
)
def test_fab_returns_at_a_price(price, irr, dscr, moic):
    fab = finance.project(price * WAFERS, COST, DRAWS, FAB)
    assert fab.equity_irr == pytest.approx(irr, abs=5e-11)
    assert fab.min_dscr == pytest.approx(dscr, abs=5e-10)
    assert fab.llcr == pytest.approx(dscr, abs=5e-10)
    assert fab.moic == pytest.approx(moic, abs=5e-5)


def test_fab_price_for_15_percent(at_15_percent):
    assert at_15_percent.price == pytest.approx(13.568884535, abs=5e-10)
    assert at_15_percent.result.equity_irr == pytest.approx(0.15, abs=1e-12)


def test_fab_debt_service_at_15_percent(at_15_percent):
    fab = at_15_percent.result
    assert fab.min_dscr == pytest.approx(2.2439251606, abs=5e-10)
    assert fab.debt_service[3:10] == pytest.approx([1845.5744] * 7, abs=5e-5)


def test_fab_equity_cash_flow_at_15_percent(at_15_percent):
    expected = [-3000, -4090, -3212.70, *[2295.76] * 5, 1932.30, 1448.01, *[3271.65] * 3]
    assert at_15_percent.result.equity_cash_flow == pytest.approx(expected, abs=5e-3)


def test_fab_value_at_15_percent(at_15_percent):
    assert at_15_percent.result.equity_npv == pytest.approx(1520.6478, abs=5e-5)
    assert at_15_percent.result.moic == pytest.approx(2.3949113861, abs=5e-10)


def test_price_without_tax_and_debt_is_cost_and_annuity_over_volume():
    """(4000 + 20000 x CRF(8 %, 10)) / 600, CRF = r / (1 - (1 + r)^-n)."""
    recovery = 0.08 / (1.0 - 1.08**-10)
    offtake = finance.offtake_price(600.0, COST, 20000.0, finance.Terms(life=10), 0.08)
    assert offtake.price == pytest.approx((COST + 20000.0 * recovery) / 600.0, rel=1e-12)
