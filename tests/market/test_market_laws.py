"""Laws of equilibrium on random markets, and the program as it is written."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.conditions import quadratic_program_by_highs, worst_breach
from teraplan.market import Equilibrium, cournot

FEW = settings(max_examples=30, deadline=None)
Given = dict[str, np.ndarray]


@st.composite
def markets(draw: st.DrawFn) -> Given:
    """Firms and markets with limits, groups, rising costs; many numbers are equal, slopes differ by up to 10^4."""
    firms, count = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    step = draw(st.sampled_from([0.0, 10.0]))

    def drawn(low: float, high: float, shape: tuple[int, ...]) -> np.ndarray:
        found = rng.uniform(low, high, shape)
        return np.round(found / step) * step if step else found

    groups = rng.integers(0, max(1, firms), firms)
    by_group = rng.choice([0.0, 0.3, 1.0], firms)
    return {
        "intercept": drawn(40, 120, (count,)),
        "slope": 10.0 ** rng.integers(-2, 3, count),
        "cost": drawn(0, 100, (firms, count)),
        "capacity": np.where(rng.random(firms) < 0.5, np.inf, drawn(0, 60, (firms,))),
        "conduct": by_group[groups],
        "groups": groups,
        "cost_slope": rng.choice([0.0, 0.0, 0.1, 2.0], firms),
    }


def solved(given: Given, **changes: np.ndarray) -> Equilibrium:
    full = {**given, **changes}
    return cournot(**{**full, "groups": list(full["groups"])})  # type: ignore[arg-type]


@settings(max_examples=150, deadline=None)
@given(markets())
def test_the_conditions_of_equilibrium_hold_to_1e_9(given: Given) -> None:
    assert worst_breach(solved(given), given) <= 2e-9


def test_a_breach_is_seen() -> None:
    one = np.ones(1)
    given = {
        "intercept": 100 * one,
        "slope": one,
        "cost": np.array([[10.0], [20.0]]),
        "capacity": np.array([9.0, np.inf]),
    }
    given |= {"conduct": np.ones(2), "groups": np.arange(2), "cost_slope": np.zeros(2)}
    found = solved(given)
    assert worst_breach(found, given) < 1e-12
    assert worst_breach(found, {**given, "conduct": np.zeros(2)}) > 0.1
    assert worst_breach(found, {**given, "capacity": np.array([8.0, np.inf])}) > 0.005
    assert worst_breach(found, {**given, "capacity": np.array([20.0, np.inf])}) > 0.1


@FEW
@given(markets())
def test_the_price_lies_between_competition_and_monopoly(given: Given) -> None:
    """In one market always; in several if capacity and rising cost do not tie them together."""
    firms, count = given["cost"].shape
    if count > 1:
        given = {**given, "capacity": np.full(firms, np.inf), "cost_slope": np.zeros(firms)}
    ones, alone = np.ones(firms), np.arange(firms)
    competition = solved(given, conduct=0 * ones)
    rivals = solved(given, conduct=ones, groups=alone)
    monopoly = solved(given, conduct=ones, groups=0 * alone)
    assert (competition.price <= rivals.price + 1e-7).all()
    assert (rivals.price <= monopoly.price + 1e-7).all()


@FEW
@given(markets())
def test_no_conduct_leaves_more_surplus_than_competition(given: Given) -> None:
    competition = solved(given, conduct=0 * given["conduct"])
    assert solved(given).surplus <= competition.surplus * (1 + 1e-9) + 1e-9


@FEW
@given(markets())
def test_rent_is_zero_where_capacity_is_slack(given: Given) -> None:
    found = solved(given)
    slack = found.quantity.sum(axis=1) < given["capacity"] * (1 - 1e-6) - 1e-6
    assert (found.rent[slack] == 0).all()
    assert (found.rent >= 0).all()


@FEW
@given(markets(), st.sampled_from([1e-6, 1e6]), st.sampled_from([1e-6, 1e6]))
def test_units_do_not_matter(given: Given, money: float, goods: float) -> None:
    found = solved(given)
    curved = {name: given[name] * money / goods for name in ("slope", "cost_slope")}
    priced = {name: given[name] * money for name in ("intercept", "cost")}
    other = solved(given, **curved, **priced, capacity=given["capacity"] * goods)
    most = max(1.0, float(found.quantity.max()))
    assert other.quantity / goods == pytest.approx(found.quantity, abs=1e-6 * most)
    assert other.price / money == pytest.approx(found.price, abs=1e-6 * 120)


@FEW
@given(markets(), st.integers(0, 10**6))
def test_the_order_of_firms_does_not_matter(given: Given, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(given["capacity"]))
    by_firm = ("cost", "capacity", "conduct", "groups", "cost_slope")
    found, other = solved(given), solved(given, **{name: given[name][order] for name in by_firm})
    assert other.quantity == pytest.approx(found.quantity[order], abs=1e-6)
    assert other.profit == pytest.approx(found.profit[order], abs=1e-4)


@FEW
@given(markets())
def test_the_program_in_units_as_given_and_not_polished_has_the_same_prices(given: Given) -> None:
    by_highs = given["intercept"] - given["slope"] * quadratic_program_by_highs(given).sum(axis=0)
    assert solved(given).price == pytest.approx(by_highs, abs=1e-6)
