"""Time to survive and risk exposure of plain networks: the published instance, and networks worked by hand."""

import numpy as np
import pytest

from teraplan.errors import ArgumentError
from teraplan.uncertainty.exposure import Network, risk_exposure, time_to_survive

PUBLISHED = Network(
    capacity=[30, 45, 60], uses=[[1, 1]] * 3, demand=[75, 50], stock=[20, 25], margin=[5000, 6500]
)  # fmt: skip
"""Three suppliers, two products, weeks; Simchi-Levi et al. (2015) as taught in
https://github.com/acedesci/scanalytics_cases, Case3_1; times to survive by hand: stock over what is short a week."""


def test_the_published_instance() -> None:
    found = risk_exposure(PUBLISHED, duration=2)
    assert found.impact == pytest.approx([0, 125_000, 275_000])
    assert found.lost == pytest.approx(np.array([[0, 0], [25, 0], [55, 0]]))
    assert found.index == pytest.approx([0, 0.4545454545, 1])
    assert found.survive == pytest.approx([45 / 20, 45 / 35, 45 / 50])


def test_two_sites_at_once_are_survived_for_less_time_and_half_an_outage_for_more() -> None:
    # Without S1 and S2 60 of 125 are made: 45 of stock cover 65 a week short. Half of S3 leaves 105: 20 short.
    assert time_to_survive(PUBLISHED, [0, 1]) == pytest.approx(45 / 65)
    assert time_to_survive(PUBLISHED, [2], depth=0.5) == pytest.approx(45 / 20)
    # A sixth of S3 leaves 125: nothing is short, ever.
    assert time_to_survive(PUBLISHED, [2], depth=1 / 6) == np.inf


def test_a_part_is_missed_in_what_is_made_of_it() -> None:
    # The part plant makes 10 a week, the final plant turns 2 parts into 1 product; 8 parts and 1 product lie in stock.
    # Without parts: 8 of stock make 4, with 1 of stock that is 5 products, one week's demand.
    network = Network(
        capacity=[10, 5], uses=[[1, 0], [0, 1]], demand=[0, 5], stock=[8, 1], margin=[0, 100], needs=[[0, 2], [0, 0]]
    )
    assert time_to_survive(network, [0]) == pytest.approx(1.0)
    assert risk_exposure(network, 3).impact == pytest.approx([100 * (15 - 5), 100 * (15 - 1)])


def test_nothing_lost_makes_no_index() -> None:
    spare = Network(capacity=[9, 9], uses=[[1], [1]], demand=[5], stock=[0], margin=[1])
    assert risk_exposure(spare, 4).index == pytest.approx([0, 0])


def test_every_fault_is_told_at_once() -> None:
    wrong = Network(capacity=[30, -1], uses=[[1, 1]], demand=[75, 50], stock=[20], margin=[5000, np.nan])
    with pytest.raises(ArgumentError) as told:
        time_to_survive(wrong, [0], depth=2)
    assert [fault.where for fault in told.value.faults] == ["capacity", "uses", "stock", "margin", "depth"]
