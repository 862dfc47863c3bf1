"""Supply networks: the published instance, what follows from it by hand, the laws, and what is refused."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from teraplan.errors import ArgumentError
from teraplan.uncertainty.networks import Network, performance_impact, risk_exposure, time_to_survive

ANY = ("S1", "S2", "S3")
PUBLISHED = Network(
    capacity={"S1": 30, "S2": 45, "S3": 60},
    demand={"P1": 75, "P2": 50},
    stock={"P1": 20, "P2": 25},
    margin={"P1": 5000, "P2": 6500},
    inputs={"P1": {ANY: 1}, "P2": {ANY: 1}},
)
"""The teaching case of the method: three suppliers of a part, two products, weeks and dollars."""


@pytest.mark.parametrize(
    ("supplier", "impact", "lost", "survived"),
    [("S1", 0, 0, 2.25), ("S2", 125_000, 25, 9 / 7), ("S3", 275_000, 55, 0.9)],
)
def test_published_figures_of_an_outage_of_two_weeks(
    supplier: str, impact: float, lost: float, survived: float
) -> None:
    found = performance_impact(PUBLISHED, supplier, duration=2)
    assert found.lost_margin == pytest.approx(impact)
    assert dict(found.lost) == pytest.approx({"P1": lost, "P2": 0})
    assert time_to_survive(PUBLISHED, supplier) == pytest.approx(survived)


def test_published_index_ranks_the_suppliers() -> None:
    found = risk_exposure(PUBLISHED, 2, yearly_rate={"S2": 0.1})
    assert list(found) == ["S3", "S2", "S1"]
    assert [exposure.index for exposure in found.values()] == pytest.approx([1, 5 / 11, 0])
    assert found["S2"].expected_loss == pytest.approx(12_500)
    assert found["S3"].time_to_survive == pytest.approx(0.9) and found["S3"].time_to_recover == 2


def test_two_suppliers_at_once_lose_more_than_each_alone() -> None:
    both = performance_impact(PUBLISHED, ("S1", "S2"), duration=2)
    # 60 a week and 45 in stock against 250: 85 are lost, all of them of the cheaper product.
    assert both.lost_margin == pytest.approx(85 * 5000)
    assert list(risk_exposure(PUBLISHED, {"S1": 2, ("S1", "S2"): 2})) == [("S1", "S2"), "S1"]


def test_half_an_outage_leaves_half_the_capacity() -> None:
    found = performance_impact(PUBLISHED, "S3", duration=4, depth=0.5)
    # 105 a week for four weeks and 45 in stock against 500.
    assert found.lost_margin == pytest.approx((500 - 420 - 45) * 5000)
    assert time_to_survive(PUBLISHED, "S3", depth=0.5) == pytest.approx(45 / 20)


def test_capacity_is_worth_the_margin_that_it_would_save_over_the_outage() -> None:
    assert performance_impact(PUBLISHED, "S3", duration=2).worth == pytest.approx(dict.fromkeys(ANY, 2 * 5000))
    assert performance_impact(PUBLISHED, "S1", duration=2).worth == pytest.approx(dict.fromkeys(ANY, 0))


def test_a_way_back_loses_until_the_rest_is_enough() -> None:
    alone = Network(capacity={"A": 10}, demand={"A": 10}, margin={"A": 1})
    assert performance_impact(alone, "A", duration=1).lost_margin == pytest.approx(10)
    assert performance_impact(alone, "A", duration=1, recovery=2).lost_margin == pytest.approx(10 + 10 * 2 / 2)


def test_stock_of_parts_counts_as_products_do() -> None:
    chain = Network(
        capacity={"mine": 4, "plant": 2},
        demand={"plant": 2},
        margin={"plant": 3},
        stock={"mine": 8},
        inputs={"plant": {"mine": 2}},
    )
    # Two parts a product: a stock of 8 lasts 8 / 4 = 2 while the mine is shut; a shut plant loses at once.
    assert time_to_survive(chain, "mine") == pytest.approx(2)
    assert time_to_survive(chain, "plant") == pytest.approx(0)
    assert performance_impact(chain, "mine", duration=3).lost_margin == pytest.approx(2 * 3)


def test_each_input_is_needed_and_any_of_its_makers_will_do() -> None:
    network = Network(
        capacity={"die": 10, "memory_a": 5, "memory_b": 7},
        demand={"chip": 10},
        margin={"chip": 1},
        inputs={"chip": {"die": 1, ("memory_a", "memory_b"): 1}},
    )
    assert performance_impact(network, "memory_a", duration=1).lost_margin == pytest.approx(3)
    assert performance_impact(network, "memory_b", duration=1).lost_margin == pytest.approx(5)
    assert performance_impact(network, "die", duration=1).lost_margin == pytest.approx(10)


def test_a_site_limits_its_nodes_together_and_falls_with_them() -> None:
    network = Network(
        capacity={"park": 12},
        demand={"A": 6, "B": 6},
        margin={"A": 1, "B": 2},
        sites={"park": ("A", "B")},
    )
    assert performance_impact(network, "park", duration=1).lost_margin == pytest.approx(18)
    assert performance_impact(network, "park", duration=1, depth=0.5).lost_margin == pytest.approx(6)
    assert performance_impact(network, "A", duration=1).lost_margin == pytest.approx(6)
    assert time_to_survive(network, "park", depth=0) == math.inf


def test_what_is_never_missed_is_survived_for_ever() -> None:
    assert time_to_survive(Network(capacity={"A": 2, "B": 1}, demand={"A": 1}), "B") == math.inf
    assert time_to_survive(Network(capacity={"A": 2}, demand={"A": 1}), "A", depth=0.5) == math.inf
    assert performance_impact(PUBLISHED, "S3", duration=0).lost_margin == 0


QUICK = settings(deadline=None, max_examples=15)
amounts = st.floats(0.125, 100.0)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """A network like the published one with other numbers."""
    numbers = {name: {key: draw(amounts) for key in getattr(PUBLISHED, name)} for name in ("capacity", "demand")}
    numbers |= {name: {key: draw(amounts) for key in getattr(PUBLISHED, name)} for name in ("stock", "margin")}
    return replace(PUBLISHED, **numbers)  # type: ignore[arg-type]


@QUICK
@given(networks(), st.floats(0.0, 5.0), st.floats(0.0, 5.0), st.sampled_from(ANY))
def test_longer_or_deeper_or_wider_never_loses_less(network: Network, one: float, other: float, node: str) -> None:
    short, long = sorted((one, other))
    worst = performance_impact(network, node, long).lost_margin
    close = 1e-6 * (1 + worst)
    assert performance_impact(network, node, short).lost_margin <= worst + close
    assert performance_impact(network, node, long, depth=0.4).lost_margin <= worst + close
    assert worst <= performance_impact(network, ANY[:2] if node == "S1" else (node, "S1"), long).lost_margin + close


@QUICK
@given(networks(), st.sampled_from(ANY))
def test_an_outage_that_is_survived_loses_nothing_and_a_longer_one_does(network: Network, node: str) -> None:
    survived = time_to_survive(network, node)
    whole = 1e-6 * sum(network.demand[p] * network.margin[p] for p in network.demand)
    if survived == math.inf:
        assert performance_impact(network, node, 100.0).lost_margin <= 100 * whole
    else:
        assert performance_impact(network, node, survived).lost_margin <= whole * (1 + survived)
        assert performance_impact(network, node, survived * 1.1 + 0.1).lost_margin > 0


@QUICK
@given(networks(), st.floats(0.01, 100.0))
def test_the_unit_of_money_changes_no_index(network: Network, unit: float) -> None:
    dear = replace(network, margin={name: unit * number for name, number in network.margin.items()})
    first, second = risk_exposure(network, 2), risk_exposure(dear, 2)
    for node in ANY:
        assert second[node].index == pytest.approx(first[node].index, rel=1e-6, abs=1e-6)


def test_everything_wrong_is_said_at_once() -> None:
    network = Network(
        capacity={"A": -1.0, "park": 3},
        demand={"A": math.nan},
        margin={"B": 1},
        stock={"park": 2},
        inputs={"A": {"C": 0.0, (): 1}, "C": {"A": 1}},
        sites={"park": "AC"},
    )
    with pytest.raises(ArgumentError) as caught:
        performance_impact(network, ("D", "A"), duration=-1, depth=2)
    told = "\n".join(map(str, caught.value.faults))
    for said in (
        "capacity of A", "demand of A", "margin of B", "stock of park", "input 'C' of A", "name no node",
        "go round in a circle", "has no sequence of nodes", "'D'", "duration of", "depth",
    ):  # fmt: skip
        assert said in told


def test_a_part_of_what_has_no_capacity_cannot_fail() -> None:
    for depth, recovery in ((0.5, 0.0), (1.0, 1.0)):
        with pytest.raises(ArgumentError, match="has no capacity of which a part can fail"):
            performance_impact(PUBLISHED, "P1", 1, depth, recovery)
    assert performance_impact(PUBLISHED, "P1", 1).lost["P1"] == pytest.approx(55)
    assert performance_impact(PUBLISHED, "P1", 1, depth=0).lost_margin == 0


def test_rates_without_an_outage_are_refused() -> None:
    with pytest.raises(ArgumentError, match="has no duration"):
        risk_exposure(PUBLISHED, {"S1": 2}, yearly_rate={"S2": 0.1})
    with pytest.raises(ArgumentError, match="name nothing that fails"):
        time_to_survive(PUBLISHED, ())
