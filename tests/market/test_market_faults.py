"""What is wrong with a market is said, all at once."""

import math

import numpy as np
import pytest

from teraplan.errors import ArgumentError, LimitReached
from teraplan.market import cournot
from teraplan.market.complementarity import least_solution

GOOD: dict[str, object] = {"intercept": 100, "slope": 1, "cost": [10.0, 20.0]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"slope": -1}, "slope\n.*holds -1: the price would not fall"),
        ({"slope": 0}, "the price would not fall"),
        ({"slope": [1, 0], "intercept": [1, 2]}, "the price would not fall"),
        ({"intercept": math.nan}, "intercept\n.*not a finite number"),
        ({"intercept": "much"}, "intercept\n.*not an array of numbers"),
        ({"cost": [10, math.inf]}, "cost\n.*not a finite number"),
        ({"cost": [[1, 2], [3]]}, "cost\n.*not an array of numbers"),
        ({"cost": []}, "cost\n.*names no firm"),
        ({"cost": 10}, "cost\n.*names no firm"),
        ({"cost": [[10, 20], [10, 20]]}, r"cost\n.*shape \(2, 2\), but there are 2 firms in one market"),
        ({"capacity": [10, -1]}, "capacity\n.*-1, which is negative"),
        ({"capacity": [10, math.nan]}, "capacity\n.*not a finite number"),
        ({"capacity": [1, 2, 3]}, r"capacity\n.*shape \(3,\), but there are 2 firms"),
        ({"conduct": -0.5}, "conduct\n.*-0.5, which is negative"),
        ({"conduct": [1, 0], "groups": [0, 0]}, "conduct\n.*differs within a group"),
        ({"groups": [0]}, "groups\n.*1 labels for 2 firms"),
        ({"groups": [[0, 2]]}, "groups\n.*from 0 to 1"),
        ({"groups": [[0], [0, 1]]}, "groups\n.*each firm at most once"),
        ({"groups": [[0], 1]}, "groups\n.*are not lists of places"),
        ({"groups": [["a", "b"]]}, "groups\n.*are not lists of places"),
        ({"transport": [[1, 2], [3, 4]]}, r"transport\n.*shape \(2, 2\)"),
        ({"cost_slope": [-1, 0]}, "cost slope\n.*negative"),
        ({"intercept": [1, 2], "slope": [1, 2, 3]}, r"intercept\n.*shape \(2,\), but there are 2 firms and 3 m"),
        ({"intercept": [[1, 2]]}, r"intercept\n.*shape \(1, 2\)"),
        ({"intercept": []}, "names no market"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        cournot(**{**GOOD, **changes})  # type: ignore[arg-type]


def test_what_has_no_optimum_is_not_given_an_answer() -> None:
    """Curve x^2 - 4 x y + y^2: the more of both the better, without end."""
    with pytest.raises(LimitReached, match="no equilibrium meets its conditions"):
        least_solution(np.array([[1.0, -2.0], [-2.0, 1.0]]), np.ones(2), np.zeros((0, 2)), np.zeros(0))


def test_all_faults_are_told_together() -> None:
    with pytest.raises(ArgumentError) as caught:
        cournot(100, -1, [10.0, 20.0], capacity=-5, conduct=-1)
    assert [fault.where for fault in caught.value.faults] == ["slope", "capacity", "conduct"]


def test_one_number_does_for_all_firms() -> None:
    found = cournot(100, 1, [10.0, 10.0], capacity=20, cost_slope=0, transport=5)
    assert found.quantity == pytest.approx([20, 20])
    assert found.rent == pytest.approx([100 - 40 - 15 - 20] * 2)


def test_numbers_of_any_size_are_taken() -> None:
    for size in (1e-12, 1e12):
        found = cournot(100 * size, size, np.array([10.0, 20.0, 30.0]) * size)
        assert found.quantity == pytest.approx([30, 20, 10], rel=1e-12)
        assert found.price == pytest.approx(40 * size, rel=1e-12)
    huge = cournot(100, 1, [10.0, 20.0, 30.0], capacity=[1e15, 20, 1e300])
    assert huge.quantity == pytest.approx([30, 20, 10], rel=1e-9)
