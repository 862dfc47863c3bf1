"""Near-optimal plans: an example worked by hand, then the laws that hold for any program."""

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from teraplan.model.problem import LinearProgram
from teraplan.uncertainty.near_optimal import hop_skip_jump, ranges

WIND, SUN, GAS = 0, 1, 2


def supply(maximise: bool = False) -> LinearProgram:
    """Min 60 w + 50 s + 70 g with w + s + g >= 100, w <= 60, s <= 50, g <= 50: 5500 at (50, 50, 0)."""
    sign = -1.0 if maximise else 1.0
    return LinearProgram(
        cost=sign * np.array([60.0, 50.0, 70.0]),
        offset=0.0,
        matrix=sparse.csr_matrix(np.ones((1, 3))),
        row_lower=np.array([100.0]),
        row_upper=np.array([np.inf]),
        column_lower=np.zeros(3),
        column_upper=np.array([60.0, 50.0, 50.0]),
        maximise=maximise,
    )


@pytest.mark.parametrize("maximise", [False, True], ids=["costs", "the same, as a loss that is maximised"])
def test_ranges_of_the_worked_example(maximise: bool) -> None:
    """At 2 % there are 110 to spend. Gas for wind costs 10 more: wind 50 - 11, gas 11. Wind for sun costs 10 more, but
    for 10 of it only, then gas for sun 20 more: sun 50 - 10 - 10 / 20. At 5 % 275, at 10 % 550, by the same steps.
    """
    found = ranges(supply(maximise), np.eye(3), [0.02, 0.05, 0.10])
    expected = {
        0.02: [(39.0, 60.0), (39.5, 50.0), (0.0, 11.0)],
        0.05: [(22.5, 60.0), (31.25, 50.0), (0.0, 27.5)],
        0.10: [(0.0, 60.0), (17.5, 50.0), (0.0, 50.0)],
    }
    for slack, told in expected.items():
        rows = found.filter(pl.col("slack") == slack).sort("measure")
        assert rows.select("least", "most").rows() == [pytest.approx(pair) for pair in told]


def test_hop_skip_jump_of_the_worked_example() -> None:
    found = hop_skip_jump(supply(), np.eye(3), 0.05)
    assert found["plan"].unique().to_list() == [0, 1]
    first, second = (found.filter(pl.col("plan") == at) for at in (0, 1))
    assert first["amount"].to_list() == pytest.approx([50.0, 50.0, 0.0])
    assert second["amount"].to_list() == pytest.approx([22.5, 50.0, 27.5])
    assert second["objective"][0] == pytest.approx(5775.0)
