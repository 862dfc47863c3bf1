"""The exact count of dies: squares that can be counted by eye, another exact way of counting, laws, what is refused."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from teraplan.errors import ArgumentError
from teraplan.industry.placement import placed_dies
from teraplan.industry.wafers import gross_dies

SIDES = st.floats(20.0, 150.0)


def count_at(x: float, y: float, size: tuple[float, float], lane: float, radius: float) -> int:
    """How many dies of the grid with a die's corner at (x, y) have all four corners in the circle."""
    pitch = (size[0] + lane, size[1] + lane)
    left, low = (
        start + step * np.arange(-math.ceil(radius / step) - 2, math.ceil(radius / step) + 3)
        for start, step in zip((x % pitch[0], y % pitch[1]), pitch, strict=True)
    )
    far_x = np.maximum(np.abs(left), np.abs(left + size[0]))
    far_y = np.maximum(np.abs(low), np.abs(low + size[1]))
    return int((far_x[:, None] ** 2 + far_y**2 <= (radius * (1.0 + 1e-9)) ** 2).sum())


def count_all_pairs(width: float, height: float, lane: float, radius: float) -> int:
    """The best count over every offset at which any two corners of the grid lie on the circle, and more.

    Offsets that keep a set of dies in the circle form a convex set bounded by arcs: a best one is where two arcs meet.
    """
    across, up = width + lane, height + lane
    columns = range(-math.ceil(2 * radius / across) - 1, math.ceil(2 * radius / across) + 2)
    rows = range(-math.ceil(2 * radius / up) - 1, math.ceil(2 * radius / up) + 2)
    corners = [(i * across + a, j * up + b) for i in columns for j in rows for a in (0, width) for b in (0, height)]
    apart = {(round(p[0] - q[0], 9), round(p[1] - q[1], 9)) for p, q in combinations(corners, 2)}
    best = 0
    for run, rise in apart:
        chord = math.hypot(run, rise)
        if not 0.0 < chord <= 2.0 * radius:
            continue
        off = math.sqrt(radius**2 - chord**2 / 4.0) / chord
        for sign in (-1.0, 1.0):
            x, y = -run / 2.0 - sign * off * rise, -rise / 2.0 + sign * off * run
            for a in (0.0, width):
                for b in (0.0, height):
                    best = max(best, count_at(x - a, y - b, (width, height), lane, radius))
    return best


@pytest.mark.parametrize(
    ("side", "dies"),
    [
        (301.0 / math.sqrt(2.0), 0),  # its diagonal is longer than the wafer
        (300.0 / math.sqrt(2.0), 1),
        (300.0 / math.sqrt(5.0), 2),  # side by side
        (300.0 / math.sqrt(8.0), 4),  # a square of four
        (300.0 / math.sqrt(10.0), 5),  # a cross
        (300.0 / 6.0, 21),  # five rows of five without the corners
    ],
)
def test_squares_that_can_be_counted_by_eye(side: float, dies: int) -> None:
    assert placed_dies(side, side) == dies


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.floats(45.0, 150.0), st.floats(45.0, 150.0), st.sampled_from([0.0, 0.1, 3.0]))
def test_the_chords_find_what_all_pairs_of_corners_find(width: float, height: float, lane: float) -> None:
    assert placed_dies(width, height, 300.0, 3.0, lane) == count_all_pairs(width, height, lane, 147.0)


@settings(max_examples=40, deadline=None)
@given(st.floats(5.0, 60.0), st.floats(5.0, 60.0), st.floats(0.0, 2.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_no_offset_holds_more(width: float, height: float, lane: float, x: float, y: float) -> None:
    at = count_at(x * (width + lane), y * (height + lane), (width, height), lane, 147.0)
    assert at <= placed_dies(width, height, 300.0, 3.0, lane) <= math.pi * 147.0**2 / (width * height)


@settings(max_examples=40, deadline=None)
@given(SIDES, SIDES, st.floats(0.0, 2.0), st.floats(1.0, 1.5), st.floats(1.0, 1.5))
def test_the_count_falls_with_the_sides_and_does_not_mind_a_quarter_turn(
    width: float, height: float, lane: float, wider: float, higher: float
) -> None:
    dies = placed_dies(width, height, scribe_lane=lane)
    assert placed_dies(height, width, scribe_lane=lane) == dies
    assert placed_dies(width * wider, height * higher, scribe_lane=lane) <= dies


def test_a_reticle_on_a_wafer_of_300_mm() -> None:
    """Where the estimates say 63 (edge corrected) to 71 (Flynn) for a square of 814 mm^2, 70 fit."""
    assert gross_dies(814.0, formula="exact") == 70
    assert placed_dies(26.0, 33.0, edge_exclusion=3.0, scribe_lane=0.1) == 64


def test_arrays_give_what_one_by_one_gives() -> None:
    sides = np.array([20.0, 30.0, 40.0])
    grid = placed_dies(sides[:, None], sides)
    assert np.array_equal(grid, [[placed_dies(a, b) for b in sides] for a in sides])
    assert type(placed_dies(20.0, 30.0)) is float


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(ArgumentError, match="no usable wafer is left"):
        placed_dies(20.0, 20.0, edge_exclusion=150.0)
    with pytest.raises(ArgumentError, match="176715 dies on a wafer, counted are at most 20000"):
        gross_dies(0.4, formula="exact")
    with pytest.raises(ArgumentError, match="2 faults"):
        placed_dies(0.0, -1.0)
