"""Textbook markets, by algebra."""

import numpy as np
import pytest

from teraplan.market import compare, cournot

COST = [10.0, 20.0, 30.0]


def near(values: object) -> object:
    return pytest.approx(values, rel=1e-12, abs=1e-9)


def test_three_firms_without_limits_sell_30_20_10_at_40() -> None:
    """q[i] = (a - n c[i] + sum of other c) / (n + 1): (100 + 60 - 4 c[i]) / 4."""
    found = cournot(100, 1, COST)
    assert found.quantity == near([30, 20, 10])
    assert found.price == near(40)
    assert found.profit == near([900, 400, 100])
    assert found.rent == near([0, 0, 0])
    assert found.margin == near([30, 20, 10])
    assert found.consumer_surplus == near(1800)
    assert found.surplus == near(3200)
    assert found.hhi == near(1e4 * (30**2 + 20**2 + 10**2) / 60**2)


def test_a_capacity_of_20_earns_a_rent_of_13_3333() -> None:
    """The others face 80 - q: (80 + 30 - 40) / 3 and (80 + 20 - 60) / 3; price 130/3; rent 130/3 - 10 - 20."""
    found = cournot(100, 1, COST, capacity=[20, np.inf, np.inf])
    assert found.quantity == near([20, 70 / 3, 40 / 3])
    assert found.price == near(130 / 3)
    assert found.profit == near([2000 / 3, (70 / 3) ** 2, (40 / 3) ** 2])
    assert found.rent == near([40 / 3, 0, 0])


def test_best_responses_to_each_other_settle_at_the_same_quantities() -> None:
    """Each in turn sells (intercept - cost - what the others sell) / 2, at most its capacity, until nobody changes."""
    capacity = np.array([20, np.inf, np.inf])
    sold = np.zeros(3)
    for _ in range(200):
        for firm, cost in enumerate(COST):
            sold[firm] = np.clip((100 - cost - sold.sum() + sold[firm]) / 2, 0, capacity[firm])
    assert cournot(100, 1, COST, capacity).quantity == near(sold)


def test_price_takers_with_a_capacity_of_20_sell_20_60_0_at_20() -> None:
    found = cournot(100, 1, COST, capacity=[20, np.inf, np.inf], conduct=0)
    assert found.quantity == near([20, 60, 0])
    assert found.price == near(20)
    assert found.profit == near([200, 0, 0])
    assert found.rent == near([10, 0, 0])


def test_a_monopoly_sells_half_of_what_competition_would() -> None:
    """a = 90, b = 3, c = 30: competition sells 60 / 3 = 20; monopoly 10 at 60; profit 300; 150 are lost."""
    monopoly, competition = cournot(90, 3, [30.0]), cournot(90, 3, [30.0], conduct=0)
    assert (monopoly.quantity[0], monopoly.price, monopoly.profit[0]) == near((10, 60, 300))
    assert (competition.quantity[0], competition.price, competition.profit[0]) == near((20, 30, 0))
    assert compare(monopoly, competition).surplus == near(150)
    assert monopoly.hhi == near(10_000)


@pytest.mark.parametrize("firms", [1, 2, 3, 5, 10])
@pytest.mark.parametrize("conduct", [1.0, 0.5, 0.0])
def test_equal_firms_follow_the_formula(firms: int, conduct: float) -> None:
    """Q = n (a - c) / (b (n + conduct)); equal shares, also where only the sum is determined."""
    found = cournot(100, 2, [40.0] * firms, conduct=conduct)
    assert found.quantity == near([60 / (2 * (firms + conduct))] * firms)
    assert found.hhi == near(1e4 / firms)


def test_rising_cost_gives_price_takers_a_supply_curve() -> None:
    """Marginal cost 10 + q, 20 + q / 2, demand 100 - Q: p - 10 + 2 (p - 20) = 100 - p: p = 37.5; 27.5 and 35."""
    found = cournot(100, 1, [10.0, 20.0], conduct=0, cost_slope=[1.0, 0.5])
    assert found.price == near(37.5)
    assert found.quantity == near([27.5, 35])
    assert found.margin == near([0, 0])
    assert found.profit == near([27.5**2 / 2, 35**2 / 4])


def test_rising_cost_in_a_duopoly() -> None:
    """Marginal cost 10 + q for both: 100 - 2 q - q - 10 - q = 0, so q = 22.5 and the price is 55."""
    found = cournot(100, 1, [10.0, 10.0], cost_slope=1.0)
    assert found.quantity == near([22.5, 22.5])
    assert found.price == near(55)
    assert found.profit == near([45 * 22.5 - 22.5**2 / 2] * 2)


def test_a_dominant_seller_faces_what_the_fringe_leaves() -> None:
    """Demand 100 - Q, the fringe sells p - 20, the seller costs 10 and takes the fringe's quantity as given.

    p - x = 10 and x = 100 - p - (p - 20) = 120 - 2 p, so p = 130 / 3. (A leader that foresaw the fringe's answer would
    face p = 60 - x / 2 and sell more.)
    """
    found = cournot(100, 1, [10.0, 20.0], conduct=[1, 0], cost_slope=[0, 1])
    assert found.price == near(130 / 3)
    assert found.quantity == near([100 / 3, 70 / 3])


def test_two_markets_are_served_at_delivered_cost() -> None:
    """A firm at home in each of two like markets (a = 100, b = 1, c = 10), freight 20: abroad it sells 20 less.

    Home + abroad: p = (100 + 10 + 30) / 3 = 140 / 3; home 110 / 3, abroad 50 / 3 (Brander, Krugman 1983).
    """
    freight = [[0.0, 20.0], [20.0, 0.0]]
    found = cournot([100, 100], [1, 1], [10.0, 10.0], transport=freight)
    assert found.price == near([140 / 3] * 2)
    assert found.quantity == near(np.array([[110, 50], [50, 110]]) / 3)
    delivered = cournot([100, 100], 1, np.array(freight) + 10)
    assert delivered.quantity == near(found.quantity)


def test_a_capacity_is_shared_by_markets_until_marginal_revenues_are_equal() -> None:
    """Monopoly, 100 - q and 60 - q, no cost, 40 to sell: 100 - 2 x = 60 - 2 y and x + y = 40: 30, 10, rent 40."""
    found = cournot([100, 60], [1, 1], [0.0], capacity=[40])
    assert found.quantity[0] == near([30, 10])
    assert found.rent == near([40])
    assert found.price == near([70, 50])


@pytest.mark.parametrize("groups", [[0, 0, 1], ["x", "x", "y"], [[0, 1]], [[0, 1], [2]], [(1, 0)]])
def test_a_merger_is_the_duopoly_of_its_members(groups: list[object]) -> None:
    """Three at cost 10, 22.5 each at 32.5; two merge: 30 each for two groups at 40, and members share theirs."""
    before, after = cournot(100, 1, [10.0] * 3), cournot(100, 1, [10.0] * 3, groups=groups)
    assert after.quantity == near([15, 15, 30])
    change = compare(before, after)
    assert change.price == near(7.5)
    assert change.output == near(-7.5)
    assert after.profit == near([450, 450, 900])
    assert change.hhi == near(5000 - 1e4 / 3)
    # The merged lose, 900 < 2 * 22.5^2: the paradox of Salant, Switzer, Reynolds (1983).
    assert after.profit[:2].sum() < before.profit[:2].sum()


def test_a_merged_firm_makes_its_goods_where_they_are_cheap() -> None:
    """Costs 10, 20 merge, 30 stays: duopoly of 10 and 30: (100 + 30 - 20) / 3 and (100 + 10 - 60) / 3."""
    found = cournot(100, 1, COST, groups=[[0, 1]])
    assert found.quantity == near([110 / 3, 0, 50 / 3])


def test_an_entry_lowers_the_price_and_what_the_others_earn() -> None:
    """From two to three at cost 10: price 40 to 32.5; each of the old earns 900, then 22.5^2; buyers gain."""
    change = compare(cournot(100, 1, [10.0] * 2), cournot(100, 1, [10.0] * 3))
    assert change.price == near(-7.5)
    assert change.consumer_surplus == near((67.5**2 - 60**2) / 2)
    assert change.profit == near(3 * 22.5**2 - 2 * 900)


def test_who_costs_more_than_buyers_pay_sells_nothing() -> None:
    found = cournot(50, 1, [60.0, 70.0])
    assert found.quantity == near([0, 0])
    assert found.price == near(50)
    assert found.hhi == 0
    assert found.margin == near([-10, -20])


def test_no_capacity_at_all_has_a_rent_all_the_same() -> None:
    """The first unit would earn price less cost: 100 - 2 q - 20 = 0, q = 40, price 60; 60 - 10 = 50."""
    found = cournot(100, 1, [10.0, 20.0], capacity=[0, np.inf])
    assert found.quantity == near([0, 40])
    assert found.rent == near([50, 0])
