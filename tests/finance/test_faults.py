"""What a financing refuses, and how it says so."""

import numpy as np
import pytest

from teraplan import finance
from teraplan.errors import ArgumentError, TeraplanError

T = finance.Terms


def faults_of(*arguments, **keywords):
    with pytest.raises(ArgumentError) as caught:
        finance.project(*arguments, **keywords)
    assert isinstance(caught.value, TeraplanError) and caught.value.exit_code == 2
    return {fault.where for fault in caught.value.faults}


@pytest.mark.parametrize(
    ("terms", "where"),
    [
        (T(life=5, tenor=6), "terms.tenor"),
        (T(life=5, mezzanine_tenor=6), "terms.mezzanine_tenor"),
        (T(life=5, tenor=2, grace=2), "terms.grace"),
        (T(life=5, gearing=1.2), "terms.gearing"),
        (T(life=5, gearing=-0.1), "terms.gearing"),
        (T(life=5, gearing=0.8, mezzanine=0.3), "terms.mezzanine"),
        (T(life=5, gearing=float("nan")), "terms.gearing"),
        (T(life=5, interest="six"), "terms.interest"),
        (T(life=5, dscr=0.9), "terms.dscr"),
        (T(life=5, federal_tax=21.0), "terms.federal_tax"),
        (T(life=5, interest=[0.05, 0.06]), "terms.interest"),
        (T(life=5, sweep=None), "terms.sweep"),
        (T(life=5, repayment="anuity"), "terms.repayment"),
        (T(life=5, repayment="given"), "terms.principal"),
        (T(life=5, repayment="given", principal=[0.5, 0.4]), "terms.principal"),
        (T(life=5, repayment="given", tenor=1, principal=[0.5, 0.5]), "terms.principal"),
        (T(life=5, depreciation=[0.6, 0.6]), "terms.depreciation"),
        (T(life=5, depreciation=[[0.5, 0.5]]), "terms.depreciation"),
        (T(life=5.5), "terms.life"),
        (T(life=0), "terms.life"),
        (T(life=5, grants=20.0), "terms.grants"),
    ],
)
def test_a_wrong_term_is_named(terms, where):
    assert where in faults_of(5.0, 1.0, 10.0, terms)


@pytest.mark.parametrize(
    ("flows", "where"),
    [
        (([1.0, np.nan], 0.0, 1.0), "revenue"),
        (([1.0, 2.0], [1.0, 2.0, 3.0], 1.0), "revenue"),
        (([[[1.0]]], 0.0, 1.0), "revenue"),
        (("much", 0.0, 1.0), "revenue"),
        (([], 0.0, 1.0), "revenue"),
        ((1.0, 0.0, -1.0), "capex"),
        ((1.0, 0.0, [0.0, 0.0]), "capex"),
        ((np.ones((2, 3)), np.ones((4, 3)), 1.0), "scenarios"),
    ],
)
def test_a_wrong_flow_is_named(flows, where):
    assert where in faults_of(*flows)


def test_every_fault_is_said_at_once_with_how_to_mend_it():
    with pytest.raises(ArgumentError) as caught:
        finance.project([5.0] * 4, 1.0, 10.0, T(gearing=60.0, tenor=7, sweep=2.0))
    assert str(caught.value).splitlines()[0] == "finance: 3 faults found, nothing was computed"
    assert "fix: give at least 0 and at most 1 (a fraction, not percent)" in str(caught.value)


def test_a_misspelt_word_is_answered_with_its_likely_meaning():
    with pytest.raises(ArgumentError, match="did you mean 'annuity'"):
        finance.project(5.0, 1.0, 10.0, T(repayment="anuity"))  # type: ignore[arg-type]


def test_reserves_that_no_debt_can_pay_for_are_refused():
    """A reserve of 40 years of service is more than the debt: every unit of debt asks for more than one more."""
    with pytest.raises(ArgumentError, match="do not settle"):
        finance.project([5.0] * 10, 1.0, 10.0, T(gearing=0.9, interest=0.3, dsra_months=480.0))


@pytest.mark.parametrize(
    ("volume", "target", "year", "where"),
    [(0.0, 0.1, None, "volume"), (1.0, -1.0, None, "target_irr"), (1.0, 0.1, 6, "target_year")],
)
def test_an_offtake_price_refuses_too(volume, target, year, where):
    with pytest.raises(ArgumentError) as caught:
        finance.offtake_price(volume, 1.0, 10.0, T(life=5), target, year)
    assert where in {fault.where for fault in caught.value.faults}


def test_a_project_that_earns_nothing_has_no_rate_of_return():
    p = finance.project([0.0] * 5, 1.0, 10.0)
    assert np.isnan(p.equity_irr) and p.equity_irr_count == 0
    assert np.isnan(p.payback) and np.isnan(p.min_dscr)


@pytest.mark.parametrize("wrong", [{"take": 1.5}, {"price": -1.0}, {"ramp": (2.0,)}, {"escalator": -1.0}])
def test_a_contract_refuses_what_makes_no_sense(wrong):
    good = {"price": 1.0, "volume": 1.0, "years": 3}
    with pytest.raises(ArgumentError):
        finance.take_or_pay(finance.TakeOrPay(**(good | wrong)), [1.0])


def test_every_other_function_refuses_what_makes_no_sense():
    for call in (
        lambda: finance.collateral_value(-1.0, 1.0),
        lambda: finance.collateral_value(1.0, 1.0, haircut=1.0),
        lambda: finance.collateral_value(1.0, 1.0, finance.ResaleCurve((0.0,), (1.0,))),
        lambda: finance.collateral_value(1.0, 1.0, finance.ResaleCurve((0.0, 1.0), (1.0, 0.0))),
        lambda: finance.macrs(6),
        lambda: finance.bonus(1.5, finance.macrs(5)),
        lambda: finance.irr([]),
        lambda: finance.irr(3.0),
        lambda: finance.present_value([1.0, 2.0], 0.1, times=[0.0]),
        lambda: finance.project(5.0, 1.0, 10.0, None),
        lambda: finance.offtake_price(np.ones((3, 5)), 1.0, 10.0, T(), [0.1, 0.2]),
        lambda: finance.straight_line(0),
    ):
        with pytest.raises(ArgumentError):
            call()
