"""Labels as numbers inside: joins and sorts on packed numbers give what polars gives on the texts themselves."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from model.golden_case import golden_case
from teraplan.model.coded import MANY, coded, joined, looked_up, ordered, plain
from teraplan.model.variables import declare_variables

NAMES = [f"label {place}" for place in range(300)]
FEW, SEVERAL = ["a", "b", "c"], ["a", "b", "c", "d", "e", "f", "g", "h", "i"]
"""Labels that fit into one whole number, and more than fit."""


def drawn(seed: int, labels: list[str], variety: int) -> pl.DataFrame:
    """More rows than it takes to pack, of labels that are texts or null, and a step that is no enumeration."""
    draw = np.random.default_rng(seed)
    names = pl.Series([None, *NAMES[:variety]], dtype=pl.String)
    columns = {label: names[draw.integers(0, names.len(), MANY + 1)] for label in labels}
    return pl.DataFrame(columns).with_columns(step=pl.Series(draw.integers(0, 3, MANY + 1)))


def numbers(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col(pl.String).cast(pl.Enum(sorted(NAMES))))


def pair(labels: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    variety = 30 if labels is FEW else 1
    left, right = drawn(1, labels, variety), drawn(2, labels, variety)
    return left.with_row_index("mine"), right.unique([*labels, "step"], maintain_order=True).with_row_index("theirs")


@pytest.mark.parametrize("labels", [FEW, SEVERAL], ids=["one number", "several numbers"])
@pytest.mark.parametrize("how", ["inner", "left", "semi", "anti"])
def test_a_join_on_numbers_is_the_join_on_texts(labels: list[str], how: str) -> None:
    left, right = pair(labels)
    on = [*labels, "step"]
    texts = left.join(right, on=on, how=how, nulls_equal=True).sort("mine")  # type: ignore[arg-type]
    packed = joined(numbers(left), numbers(right), on, how)  # type: ignore[arg-type]
    if how == "left":
        assert packed["mine"].is_sorted()
    assert_frame_equal(plain(packed).sort("mine"), texts)


@pytest.mark.parametrize("labels", [FEW, SEVERAL], ids=["one number", "several numbers"])
def test_numbers_stand_in_the_order_of_their_texts(labels: list[str]) -> None:
    left, right = pair(labels)
    on = [*labels, "step"]
    assert_frame_equal(plain(ordered(numbers(left), on)), left.select(on).unique().sort(on))
    found = looked_up(numbers(left), numbers(right), on, "mine", "theirs").sort("mine")
    assert_frame_equal(found, left.join(right, on=on, nulls_equal=True).select("mine", "theirs").sort("mine"))


def test_a_coded_case_declares_the_same_columns(tmp_path: Path) -> None:
    case = golden_case(tmp_path)
    assert_frame_equal(declare_variables(coded(case)).columns, declare_variables(case).columns)
