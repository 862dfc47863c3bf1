"""Joins by address: what polars gives on the texts, in the order of the left frame, wherever labels fill their box."""

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from teraplan.model.addressed import How, joined_by_address, ordered_by_address
from teraplan.model.coded import plain

NAMES = [f"label {place:03}" for place in range(200)]
KIND = pl.Enum(NAMES)
ON = ["place", "period"]


def drawn(seed: int, first: int, rows: int = 400) -> pl.DataFrame:
    """Rows of two labels, each one of 12 that stand side by side from `first` on, or null."""
    draw = np.random.default_rng(seed)
    names = pl.Series([None, *NAMES[first : first + 12]], dtype=pl.String)
    return pl.DataFrame({label: names[draw.integers(0, names.len(), rows)] for label in ON})


def numbers(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col(ON).cast(KIND))


@pytest.mark.parametrize("how", ["inner", "left", "semi", "anti"])
@pytest.mark.parametrize("first", [0, 5, 40, 180], ids=["the same labels", "some others", "all others", "far away"])
def test_a_join_by_address_is_the_join_on_texts(how: How, first: int) -> None:
    left = drawn(1, first).with_row_index("mine")
    right = drawn(2, 0).unique(maintain_order=True).with_row_index("theirs")
    found = joined_by_address(numbers(left), numbers(right), ON, how)
    assert found is not None
    texts = left.join(right, on=ON, how=how, nulls_equal=True, maintain_order="left")
    assert_frame_equal(plain(found), texts.select(found.columns))


def test_every_combination_stands_once_in_alphabetical_order() -> None:
    for frame in (drawn(3, 7), drawn(3, 7).unique().sort(ON)):
        found = ordered_by_address(numbers(frame), ON)
        assert found is not None
        assert_frame_equal(plain(found), frame.unique().sort(ON))


def test_what_has_no_address_is_left_to_polars() -> None:
    """Rows of which one meets several; labels that are texts, or of two enumerations; a box with few rows; no row."""
    left, right = numbers(drawn(1, 0)), numbers(drawn(2, 0)).unique()
    assert joined_by_address(left, pl.concat([right, right]), ON, "inner") is None
    assert joined_by_address(drawn(1, 0), drawn(2, 0).unique(), ON, "inner") is None
    assert joined_by_address(left.cast(pl.Enum(NAMES[:20])), right, ON, "inner") is None
    corners = numbers(pl.DataFrame({"place": [NAMES[0], NAMES[-1]], "period": [NAMES[0], NAMES[-1]]}))
    assert joined_by_address(corners, corners, ON, "inner") is None
    assert ordered_by_address(corners, ON) is None
    assert ordered_by_address(left.clear(), ON) is None
