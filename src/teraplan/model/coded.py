"""A case whose labels are numbers inside: the build joins and sorts on them, and their texts come back at its end.

Several labels that stand side by side are packed into one whole number, which polars joins and sorts several times
faster than it does texts, or several columns. Frames with texts work too, only slower.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from math import log2
from typing import Literal

import polars as pl
from polars import selectors

from teraplan.case.case import Case
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
    labels = [made(f"labels of {name}", _labels, frame) for name, frame in every.items()]
    enumeration = made("enumeration", _enumeration, labels)
    numbers = {name: made(f"coded {name}", _cast, frame, enumeration) for name, frame in every.items()}
    if plan is not None:
        plan = replace(plan, kept_orders=numbers.pop("kept_orders"))
    return replace(case, programme=plan, **numbers)  # type: ignore[arg-type]


def _itself(frame: pl.DataFrame) -> pl.DataFrame:
    return frame


def _labels(frame: pl.DataFrame) -> pl.Series:
    texts = [frame[name].unique() for name in _texts(frame)]
    return pl.concat([*texts, pl.Series(dtype=pl.String)]).unique().sort()


def _enumeration(labels: Sequence[pl.Series]) -> pl.Enum:
    return pl.Enum(pl.concat([*labels, pl.Series(WORDS)]).drop_nulls().unique().sort())


def kind(case: Case) -> pl.DataType:
    """Return the type of the labels of a case: text, or the enumeration of a coded one."""
    return case.periods.schema["period"]


def joined(
    left: pl.DataFrame, right: pl.DataFrame, on: Sequence[str], how: Literal["inner", "left", "semi", "anti"] = "inner"
) -> pl.DataFrame:
    """Join on labels, of which none is a label of its own; a left join keeps the order."""
    kept: Literal["left"] | None = "left" if how == "left" else None
    if len(on) < 2 or left.height + right.height < MANY:
        return left.join(right, on=list(on), how=how, nulls_equal=True, maintain_order=kept)
    keys = _keys(left, on)
    left, right = left.with_columns(**keys), right.select(pl.exclude(*on), **keys)
    return left.join(right, on=list(keys), how=how, nulls_equal=True, maintain_order=kept).drop(list(keys))


def looked_up(frame: pl.DataFrame, where: pl.DataFrame, labels: Sequence[str], *kept: str) -> pl.DataFrame:
    """Return these columns of a frame and of the rows of `where` that have its labels; the labels are left behind."""
    keys = _keys(frame, labels)
    mine, theirs = ([name for name in kept if name in one.columns] for one in (frame, where))
    keyed = where.select(*theirs, **keys)
    return frame.select(*mine, **keys).join(keyed, on=list(keys), nulls_equal=True).select(kept)


def ordered(frame: pl.DataFrame, labels: Sequence[str]) -> pl.DataFrame:
    """Return every combination of these labels that occurs, once, in alphabetical order."""
    if frame.height < MANY:
        return frame.select(labels).unique().sort(labels)
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
    return [name for name in LABELS if frame.schema.get(name) == pl.String]


def _cast(frame: pl.DataFrame, enumeration: pl.Enum) -> pl.DataFrame:
    return frame.with_columns(pl.col(_texts(frame)).cast(enumeration))
