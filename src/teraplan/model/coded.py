"""A case whose labels are numbers inside: the build joins and sorts on them, and their texts come back at its end.

Several labels that stand side by side are packed into one whole number, which polars joins and sorts several times
faster than it does texts, or several columns. Frames with texts work too, only slower.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from math import log2
from typing import Literal, overload

import polars as pl
from polars import selectors

from teraplan.case.case import Case
from teraplan.model.addressed import joined_by_address, ordered_by_address
from teraplan.model.remembered import Remembered

LABELS = (
    "process", "mode", "region", "place", "origin", "destination", "commodity", "buyer",
    "period", "order_period", "use_period", "before_period", "later", "slice", "from_slice",
    "limit", "group", "share", "rule",
)  # fmt: skip
"""Columns whose texts are coded, wherever they occur: those that a join may hold against each other."""
BITS = 64
MANY = 20_000
"""Rows from which it pays to pack labels."""
WORDS = ("all", "charge", "discharge")
"""Labels that the model itself gives."""


@dataclass(frozen=True)
class Coded:
    """A frame whose labels are numbers, and the same with texts, which are written out when they are asked for."""

    frame: pl.DataFrame

    @cached_property
    def texts(self) -> pl.DataFrame:
        """Return the frame with its labels as texts."""
        return plain(self.frame)


class Labelled:
    """A field of a dataclass that is given a frame, coded or not, and read with its labels as texts."""

    def __set_name__(self, owner: type, name: str) -> None:
        """Take the name of the field."""
        self._name = name

    @overload
    def __get__(self, owner: None, kind: type) -> "Labelled": ...
    @overload
    def __get__(self, owner: object, kind: type) -> pl.DataFrame: ...
    def __get__(self, owner: object | None, kind: type) -> "pl.DataFrame | Labelled":
        """Return the frame with texts."""
        if owner is None:
            # A dataclass asks for the default of the field: there is none.
            raise AttributeError(self._name)
        held = vars(owner)[self._name]
        return held.texts if isinstance(held, Coded) else held

    def __set__(self, owner: object, frame: pl.DataFrame | Coded) -> None:
        """Hold a frame."""
        vars(owner)[self._name] = frame


def coded(case: Case, remembered: Remembered | None = None) -> Case:
    """Return the case with every label of LABELS as a value of one enumeration, in alphabetical order.

    remembered: what coding another case has made already.
    """
    made = remembered or Remembered()
    frames = {field.name: getattr(case, field.name) for field in fields(case)}
    tables = {name: frame for name, frame in frames.items() if isinstance(frame, pl.DataFrame) and name != "kept"}
    plan = case.programme
    given = {**tables, **({} if plan is None else {"kept_orders": plan.kept_orders})}
    # The frame that was given before, if it is the same: it is compared once here, and never again.
    every = {name: made(f"field {name}", _itself, frame) for name, frame in given.items()}
    try:
        # What stands in a long frame stands in a short one, too, as a rule.
        numbers = _numbers(every, [name for name, frame in every.items() if frame.height < MANY], made)
    except pl.exceptions.InvalidOperationError:
        numbers = _numbers(every, list(every), made)
    if plan is not None:
        plan = replace(plan, kept_orders=numbers.pop("kept_orders"))
    return replace(case, programme=plan, **numbers)  # type: ignore[arg-type]


def _numbers(every: Mapping[str, pl.DataFrame], named: Sequence[str], made: Remembered) -> dict[str, pl.DataFrame]:
    """Code every frame by the labels that stand in those that are named; raises where one has others."""
    labels = [made(f"labels of {name}", _labels, every[name]) for name in named]
    enumeration = made("enumeration", _enumeration, labels)
    return {name: made(f"coded {name}", with_codes, frame, enumeration) for name, frame in every.items()}


def _itself(frame: pl.DataFrame) -> pl.DataFrame:
    return frame


def _labels(frame: pl.DataFrame) -> pl.Series:
    texts = [frame[name] for name in _texts(frame)]
    return pl.concat([*texts, pl.Series(dtype=pl.String)]).unique(maintain_order=True)


def _enumeration(labels: Sequence[pl.Series]) -> pl.Enum:
    return pl.Enum(pl.concat([*labels, pl.Series(WORDS)]).drop_nulls().unique().sort())


def kind(case: Case) -> pl.DataType:
    """Return the type of the labels of a case: text, or the enumeration of a coded one."""
    return case.periods.schema["period"]


def joined(
    left: pl.DataFrame, right: pl.DataFrame, on: Sequence[str], how: Literal["inner", "left", "semi", "anti"] = "inner"
) -> pl.DataFrame:
    """Join on labels, of which none is a label of its own; a left join keeps the order."""
    if how != "left" and (left.is_empty() or right.is_empty()):
        nobody = left if how == "anti" else left.clear()
        return nobody.hstack(right.drop(on).clear()) if how == "inner" else nobody
    kept: Literal["left"] | None = "left" if how == "left" else None
    many = left.height + right.height >= MANY
    if many and (found := joined_by_address(left, right, on, how)) is not None:
        return found
    if len(on) < 2 or not many:
        return left.join(right, on=list(on), how=how, nulls_equal=True, maintain_order=kept)
    keys = _keys(left, on)
    left, right = left.with_columns(**keys), right.select(pl.exclude(*on), **keys)
    return left.join(right, on=list(keys), how=how, nulls_equal=True, maintain_order=kept).drop(list(keys))


def looked_up(frame: pl.DataFrame, where: pl.DataFrame, labels: Sequence[str], *kept: str) -> pl.DataFrame:
    """Return these columns of a frame and of the rows of `where` that have its labels; the labels are left behind."""
    mine, theirs = ([name for name in kept if name in one.columns] for one in (frame, where))
    found = joined(frame[[*labels, *mine]], where[[*labels, *theirs]], labels)
    return found[list(kept)]


def ordered(frame: pl.DataFrame, labels: Sequence[str]) -> pl.DataFrame:
    """Return every combination of these labels that occurs, once, in alphabetical order."""
    if frame.height < MANY:
        return frame[list(labels)].unique().sort(labels)
    if (found := ordered_by_address(frame, labels)) is not None:
        return found
    keys = _keys(frame, labels)
    return frame.select(*labels, **keys).unique(list(keys)).sort(list(keys)).select(labels)


def plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with its labels as texts."""
    return frame.with_columns(selectors.enum().cast(pl.String))


def _keys(frame: pl.DataFrame, labels: Sequence[str]) -> dict[str, pl.Expr]:
    """Return the labels as few columns that compare as they do: neighbours of an enumeration packed into one number."""
    schema = frame.schema
    kinds = [schema[label] for label in labels]
    sizes = [kind.categories.len() + 1 if isinstance(kind, pl.Enum) else 0 for kind in kinds]
    keys: list[pl.Expr] = []
    room = 0.0
    for label, size in zip(labels, sizes, strict=True):
        code = (pl.col(label).to_physical().cast(pl.UInt64) + 1).fill_null(0) if size else pl.col(label)
        if size and log2(size) < room:
            keys[-1] = keys[-1] * size + code
            room -= log2(size)
        else:
            keys.append(code)
            room = BITS - log2(size) if size else 0.0
    return {f"key {place}": key for place, key in enumerate(keys)}


def _texts(frame: pl.DataFrame) -> list[str]:
    return [column.name for column in frame if column.name in LABELS and column.dtype == pl.String]


def with_codes(frame: pl.DataFrame, enumeration: pl.DataType) -> pl.DataFrame:
    """Return the frame with its labels as values of an enumeration."""
    texts = _texts(frame)
    return frame.with_columns(pl.col(texts).cast(enumeration)) if texts else frame
