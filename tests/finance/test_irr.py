"""Rates of return: where there is one, where there is none, and where there are several."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from teraplan import finance
from teraplan.errors import ArgumentError


def test_one_year_at_ten_percent():
    found = finance.irr([-100.0, 110.0])
    assert (found.rate, found.count) == (pytest.approx(0.10, abs=1e-15), 1)


def test_a_flow_without_change_of_sign_has_no_rate():
    found = finance.irr([[1.0, 2.0], [-1.0, -2.0], [0.0, 0.0]])
    assert np.isnan(found.rate).all() and found.count.tolist() == [0, 0, 0]


def test_two_rates_are_no_answer():
    """-100 x^0 + 230 x^1 - 132 x^2 is zero at x = 1 / 1.1 and at 1 / 1.2."""
    found = finance.irr([-100.0, 230.0, -132.0])
    assert np.isnan(found.rate) and found.count == 2


def test_several_changes_of_sign_with_no_real_rate():
    """1 - 2 x + 2 x^2 has no real root."""
    found = finance.irr([1.0, -2.0, 2.0])
    assert np.isnan(found.rate) and found.count == 0


def test_three_changes_of_sign_and_only_one_rate():
    """(x - 0.8)(x^2 + x + 5) multiplied out: x = 0.8 is its only real root, so the rate is 1 / 0.8 - 1."""
    found = finance.irr([-4.0, 4.2, 0.2, 1.0])
    assert found.rate == pytest.approx(0.25, abs=1e-12) and found.count == 1
    found = finance.irr(np.convolve([-0.8, 1.0], [5.0, -1.0, 1.0]))
    assert found.rate == pytest.approx(0.25, abs=1e-12) and found.count == 1


def test_cost_at_the_end_leaves_the_one_rate_that_is_not_negative():
    """The running total -100, 50, 40 changes sign once; the other rate of the flow is negative."""
    found = finance.irr([-100.0, 150.0, -10.0])
    share = (150.0 - np.sqrt(150.0**2 - 4.0 * 10.0 * 100.0)) / 20.0
    assert found.rate == pytest.approx(1.0 / share - 1.0, abs=1e-12) and found.count == 1


def test_a_loss_has_a_negative_rate_and_a_windfall_a_large_one():
    assert finance.irr([-100.0, 1.0]).rate == pytest.approx(-0.99, abs=1e-12)
    assert finance.irr([-1.0, 1e6]).rate == pytest.approx(1e6 - 1.0, rel=1e-12)


def test_half_years():
    """100 = 121 / 1.21 ^ (t / 1): half a year at 21 % pays 10 % in all."""
    assert finance.irr([-100.0, 110.0], times=[0.0, 0.5]).rate == pytest.approx(0.21, abs=1e-12)


@pytest.mark.parametrize(
    ("flow", "times"), [([-1.0, np.nan], None), ([[[1.0]]], None), ([-1.0, 2.0], [0.0]), ([-1.0, 2.0], [1.0, 0.0])]
)
def test_what_is_no_cash_flow_is_a_fault(flow, times):
    with pytest.raises(ArgumentError):
        finance.irr(flow, times)


@settings(deadline=None)
@given(
    st.lists(st.floats(1.0, 100.0), min_size=1, max_size=5),
    st.lists(st.just(0.0) | st.floats(0.1, 100.0), min_size=1, max_size=30).filter(any),
)
def test_the_present_value_at_the_rate_is_zero(paid, received):
    flow = np.array([-one for one in paid] + received)
    found = finance.irr(flow)
    assert found.count == 1
    weights = np.abs(flow) / (1.0 + found.rate) ** np.arange(len(flow))
    assert abs(finance.present_value(flow, found.rate)) <= 1e-10 * weights.sum()


@settings(deadline=None)
@given(st.lists(st.floats(-100.0, 100.0), min_size=2, max_size=12))
def test_alone_and_among_others_is_the_same(flow):
    others = np.array([flow, [-1.0, 2.0, *[0.0] * (len(flow) - 2)], flow])
    alone, among = finance.irr(flow), finance.irr(others)
    assert np.array_equal([alone.rate, alone.rate], among.rate[[0, 2]], equal_nan=True)
    assert among.count.tolist()[::2] == [alone.count] * 2
