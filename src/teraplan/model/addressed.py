"""Joins and look-ups by address: where the labels of two frames are numbers out of a small box, no hashing is needed.

The codes of several labels, each between the least and the most of its column, are the coordinates of a cell in a box.
One array with an entry for each cell (a direct-address table) says which row of a frame has these labels, and a join is
index arithmetic. Frames that fill too little of their box, or whose labels are texts, are left to polars: None.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

How = Literal["inner", "left", "semi", "anti"]
Codes = Sequence[NDArray[Any]]
Addresses = NDArray[np.int32]
CELLS = 8
"""A box has at most this many cells for each row: emptying and reading a cell is that much cheaper than hashing."""
MOST = 1 << 30
"""No box has more cells than this, so that addresses are numbers of 32 bits."""


@dataclass(frozen=True)
class Box:
    """The cells that rows can be in: for each label its least code, and how many codes there are up to its most."""

    least: tuple[int, ...]
    spans: tuple[int, ...]

    @property
    def size(self) -> int:
        """Return the number of cells, which is the address of whatever is outside, too."""
        return prod(self.spans)

    def addresses(self, codes: Codes) -> Addresses:
        """Return the cell of each row with these codes."""
        at = codes[0].astype(np.int32) - self.least[0]
        for code, least, span in zip(codes[1:], self.least[1:], self.spans[1:], strict=True):
            at *= span
            at += code
            at -= least
        for code, least, span in zip(codes, self.least, self.spans, strict=True):
            if code.size and (code.min() < least or code.max() >= least + span):
                at[(code < least) | (code >= least + span)] = self.size
        return at


def joined_by_address(left: pl.DataFrame, right: pl.DataFrame, on: Sequence[str], how: How) -> pl.DataFrame | None:
    """Return the join of two frames, in the order of the left one.

    None also where a row of the left one may meet several: polars is as fast there.
    """
    if any(left.get_column(label).dtype != right.get_column(label).dtype for label in on):
        return None
    mine, theirs = _codes(left, on), _codes(right, on)
    box = _box(theirs, left.height + right.height) if mine and theirs else None
    if box is None or mine is None or theirs is None:
        return None
    if how in ("semi", "anti"):
        there = np.zeros(box.size + 1, dtype=np.bool_)
        there[box.addresses(theirs)] = True
        return _kept(left, there[box.addresses(mine)] == (how == "semi"))
    rows = _table(box, box.addresses(theirs))
    if np.count_nonzero(rows >= 0) < right.height:
        return None
    found, added = rows[box.addresses(mine)], right.drop(on)
    kept = found >= 0
    if kept.all():
        return left.hstack(_taken(added, pl.Series(found)))
    if how == "left":
        return left.hstack(_taken(added, pl.Series(found).set(pl.Series(~kept), None)))
    return _kept(left, kept).hstack(_taken(added, pl.Series(found[kept])))


def ordered_by_address(frame: pl.DataFrame, labels: Sequence[str]) -> pl.DataFrame | None:
    """Return every combination of these labels that occurs, once, in the order of their codes."""
    codes = _codes(frame, labels)
    box = _box(codes, frame.height) if codes else None
    if box is None or codes is None:
        return None
    at = box.addresses(codes)
    if (at[1:] > at[:-1]).all():
        return frame.select(labels)
    rows = _table(box, at)
    return _taken(frame.select(labels), pl.Series(rows[rows >= 0]))


def _codes(frame: pl.DataFrame, labels: Sequence[str]) -> Codes | None:
    """Return the codes of each label, -1 for a null; None where they are not all numbers, or there is no row."""
    columns = [frame.get_column(label) for label in labels]
    if not frame.height or not all(isinstance(column.dtype, pl.Enum) for column in columns):
        return None
    physical = [column.to_physical() for column in columns]
    return [(one.cast(pl.Int32).fill_null(-1) if one.null_count() else one).to_numpy() for one in physical]


def _box(codes: Codes, rows: int) -> Box | None:
    least = tuple(int(code.min()) for code in codes)
    box = Box(least, tuple(int(code.max()) - low + 1 for code, low in zip(codes, least, strict=True)))
    return box if box.size <= min(MOST, CELLS * rows) else None


def _table(box: Box, at: Addresses) -> Addresses:
    """Return which row is in each cell, the last where there are several, -1 where there is none or outside."""
    rows = np.full(box.size + 1, -1, dtype=np.int32)
    rows[at] = np.arange(at.size, dtype=np.int32)
    rows[box.size] = -1
    return rows


def _kept(frame: pl.DataFrame, kept: NDArray[np.bool_]) -> pl.DataFrame:
    return frame if kept.all() else frame.filter(pl.Series(kept))


def _taken(frame: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    return frame.select(pl.all().gather(rows))
