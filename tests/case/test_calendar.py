"""The calendar: every share is an integral, held against sums over many small steps and against hand arithmetic."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from teraplan.case.calendar import (
    discount_factor,
    period_years,
    share_after,
    share_at,
    share_in_service,
    share_paid,
    shifted_overlap,
)


def one(x: float) -> np.ndarray:
    return np.array([float(x)])


def dates(a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    return one(a), one(b)


def periods(*edges: float) -> pl.DataFrame:
    pairs = list(zip(edges, edges[1:], strict=False))
    return pl.DataFrame(
        {
            "period": [f"{a:g}" for a, _ in pairs],
            "start": [float(a) for a, _ in pairs],
            "end": [float(b) for _, b in pairs],
        }
    ).with_columns(years=pl.col("end") - pl.col("start"))


def test_orders_spread_over_a_year_are_half_in_service_in_the_year_in_which_they_start():
    """Order over 2024, lead 2 years: starts run evenly through 2026; the mean share in service is 1/2 then, later 1."""
    share = [share_in_service(dates(2024, 2025), dates(y, y + 1), one(2), one(20))[0] for y in (2025, 2026, 2027)]
    assert share == pytest.approx([0.0, 0.5, 1.0])


def test_an_order_at_the_start_of_its_period_is_in_service_from_its_exact_month():
    """Order on 1 January 2024, lead 18 months: start 1 July 2025, so half of 2025."""
    assert share_in_service(dates(2024, 2024), dates(2025, 2026), one(1.5), one(10))[0] == pytest.approx(0.5)


def test_fifteen_months_of_lead_leave_nine_thirty_seconds_of_the_first_year():
    """Starts run from 1 April 2025 to 1 April 2026. In 2025 an order placed at u is in service 2025.0+1-(u+1.25) for
    u < 2024.75: the mean is the triangle 0.75^2 / 2 = 0.28125."""
    assert share_in_service(dates(2024, 2025), dates(2025, 2026), one(1.25), one(10))[0] == pytest.approx(0.28125)


def test_a_ramp_holds_each_level_for_a_year_of_age():
    """Placed 1 January 2024 without lead, ramp 40, 80 %: 0.4, 0.8, 1, and nothing after a life of 3 years."""
    share = [
        share_in_service(dates(2024, 2024), dates(y, y + 1), one(0), one(3), (0.4, 0.8))[0] for y in range(2024, 2028)
    ]
    assert share == pytest.approx([0.4, 0.8, 1.0, 0.0])


def test_service_over_all_time_is_the_life():
    years = [share_in_service(dates(2024, 2025), dates(y, y + 1), one(0.7), one(5))[0] for y in range(2020, 2040)]
    assert sum(years) == pytest.approx(5.0)


def test_money_is_paid_between_order_and_start_by_its_profile():
    """Order on 1 January 2024, lead 2 years, a quarter in the first half of it and three quarters in the second."""
    paid = [share_paid(dates(2024, 2024), dates(y, y + 1), one(2), (0.25, 0.75))[0] for y in (2023, 2024, 2025, 2026)]
    assert paid == pytest.approx([0.0, 0.25, 0.75, 0.0])


def test_money_without_a_lead_time_is_paid_with_the_order():
    paid = [share_paid(dates(2024, 2026), dates(y, y + 1), one(0), (1.0,))[0] for y in (2023, 2024, 2025, 2026)]
    assert paid == pytest.approx([0.0, 0.5, 0.5, 0.0])


@given(
    a=st.floats(2020, 2030),
    length=st.one_of(st.just(0.0), st.floats(0.1, 3)),
    lead=st.floats(0, 6),
    profile=st.lists(st.floats(0.05, 1), min_size=1, max_size=4),
)
def test_every_order_pays_its_whole_cost_and_no_more(a, length, lead, profile):
    shares = tuple(np.array(profile) / sum(profile))
    paid = [share_paid(dates(a, a + length), dates(y, y + 1), one(lead), shares)[0] for y in range(2019, 2045)]
    assert sum(paid) == pytest.approx(1.0, abs=1e-9)
    assert min(paid) > -1e-9


@given(a=st.floats(2020, 2025), length=st.floats(0.1, 3), delay=st.floats(0, 5), t0=st.floats(2020, 2032))
def test_the_closed_form_is_the_mean_over_many_dates(a, length, delay, t0):
    u = a + length * (np.arange(4000) + 0.5) / 4000
    t1 = t0 + 1
    sampled = np.mean(np.clip(t1 - (u + delay), 0, 1))
    assert share_after(dates(a, a + length), dates(t0, t1), one(delay))[0] == pytest.approx(sampled, abs=1e-3)


@given(a=st.floats(2020, 2025), length=st.one_of(st.just(0.0), st.floats(0.1, 3)), delay=st.floats(-2, 5))
def test_a_dated_amount_falls_somewhere_once(a, length, delay):
    shares = [share_at(dates(a, a + length), dates(y, y + 1), one(delay))[0] for y in range(2015, 2040)]
    assert sum(shares) == pytest.approx(1.0, abs=1e-9)


@given(a=st.integers(2020, 2026), lead=st.floats(0, 5), life=st.floats(0.5, 12), t=st.integers(2020, 2040))
def test_splitting_a_year_of_service_into_quarters_changes_nothing(a, lead, life, t):
    whole = share_in_service(dates(a, a + 1), dates(t, t + 1), one(lead), one(life), (0.4, 0.8))[0]
    quarters = [
        share_in_service(
            dates(a + i / 4, a + (i + 1) / 4), dates(t + j / 4, t + (j + 1) / 4), one(lead), one(life), (0.4, 0.8)
        )[0]
        for i in range(4)
        for j in range(4)
    ]
    assert np.mean(quarters) == pytest.approx(whole, abs=1e-9)


def test_a_payment_in_the_middle_of_the_year_after_the_base_year_is_discounted_by_one_and_a_half_years():
    assert discount_factor(one(2026), 0.08, 2025)[0] == pytest.approx(1.08**-1.5)
    assert discount_factor(one(2026), 0.08, 2025, "start")[0] == pytest.approx(1.08**-1)
    assert discount_factor(one(2026), 0.08, 2025, "end")[0] == pytest.approx(1.08**-2)


def test_a_period_lies_in_its_calendar_years_by_time():
    rows = period_years(periods(2024, 2024.25, 2026, 2027)).rows()
    expected = [("2024", 2024, 1.0), ("2024.25", 2024, 0.75 / 1.75), ("2024.25", 2025, 1 / 1.75), ("2026", 2026, 1.0)]
    assert [(p, y) for p, y, _ in rows] == [(p, y) for p, y, _ in expected]
    assert [s for *_, s in rows] == pytest.approx([s for *_, s in expected])


def test_parts_needed_seven_months_before_come_from_this_year_and_the_one_before():
    """Seven twelfths of a year's chips use parts of the year before; in the first year these lie before the horizon."""
    rows = {(p, u): s for p, u, s in shifted_overlap(periods(2024, 2025, 2026), 7 / 12).rows()}
    assert rows == pytest.approx(
        {("2024", None): 7 / 12, ("2024", "2024"): 5 / 12, ("2025", "2024"): 7 / 12, ("2025", "2025"): 5 / 12}
    )
