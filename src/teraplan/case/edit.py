"""A scenario is a change of data: edits on resolved cells, in order, each a fault if it selects nothing."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from teraplan.case.patterns import matching
from teraplan.case.resolve import Tables
from teraplan.case.tables import TABLES, EditBlock
from teraplan.errors import CaseError, Fault, did_you_mean

DEMAND = {
    "quantity": ("demand_quantity", "value"),
    "anchor_price": ("demand_steps", "price"),
    "step_price": ("demand_steps", "price"),
    "step_width": ("demand_steps", "width"),
    "local_share_min": ("local_share", "value"),
}
RESERVE = {"margin": ("reserve_margin", "value"), "firm_share": ("firm_share", "value")}
EXPRESSION = re.compile(r"^\s*(\w+)\s*\[(.*)\]\s*(?:\.(\w+))?\s*(=|\*=|\+=|-=)\s*([-+0-9.eE]+)\s*$")
OPERATIONS = {"=": "set", "*=": "multiply", "+=": "add", "-=": "add"}


@dataclass(frozen=True)
class Edit:
    """One change: the cells of `table` where every label fits are set, multiplied or added to."""

    table: str
    where: Mapping[str, Any]
    operation: str
    amount: float
    column: str = "value"
    origin: str = "edit"


def parse_set(expression: str) -> Edit:
    """Return the edit that `table[key=value,...] *= 1.5` means; also `=`, `+=`, `-=`, and `.column` after the bracket."""
    found = EXPRESSION.match(expression)
    if found is None:
        fix = "write it as table[key=value,...] = number, or with *=, += or -="
        raise CaseError("edit", (Fault(f"--set {expression!r}", "cannot be read", fix),))
    table, keys, column, sign, number = found.groups()
    where: dict[str, Any] = {}
    for part in filter(None, (part.strip() for part in keys.split(","))):
        key, equals, text = part.partition("=")
        if not equals:
            raise CaseError(
                "edit", (Fault(f"--set {expression!r}", f"{part!r} is not key=value", "write each key as key=value"),)
            )
        where[key.strip()] = _value(text.strip())
    try:
        amount = float(number)
    except ValueError:
        raise CaseError(
            "edit", (Fault(f"--set {expression!r}", f"{number!r} is not a number", "end it with a number"),)
        ) from None
    return Edit(
        table,
        where,
        OPERATIONS[sign],
        -amount if sign == "-=" else amount,
        column or "value",
        f"--set {expression.strip()}",
    )


def edit_of(block: EditBlock, origin: str) -> Edit:
    """Return the edit of one [[edit]] block of a scenario file."""
    operation, amount = next(
        (name, value) for name in ("set", "multiply", "add") if (value := getattr(block, name)) is not None
    )
    return Edit(block.table, block.where, operation, amount, block.column, origin)


def apply_edits(tables: Tables, edits: Sequence[Edit]) -> Tables:
    """Return new tables with the edits applied in order; CaseError naming every edit that selects nothing.

    low and high scale along; the source of a changed cell becomes the edit, its grade an assumption.
    """
    frames, faults = dict(tables.frames), []
    for edit in edits:
        name, column, where = _target(edit)
        fault = _misfit(edit, name, column, where, frames)
        if fault is not None:
            faults.append(fault)
            continue
        frame = frames[name]
        hit = _selected(frame, where)
        if not frame.filter(hit).height:
            faults.append(_nothing(edit, frame, where))
            continue
        frames[name] = _changed(frame, hit, edit, column)
    if faults:
        raise CaseError(tables.settings.name, tuple(faults))
    return replace(tables, frames=frames, edits=(*tables.edits, *(edit.origin for edit in edits)))


def matches(label: pl.Expr, wanted: Any) -> pl.Expr:
    """Return whether a label fits: an exact value, a pattern, a list of them, or `not ...`."""
    if isinstance(wanted, list | tuple):
        fits = pl.lit(False)
        for one in wanted:
            fits = fits | matches(label, one)
        return fits
    text = str(wanted)
    if text.startswith("not "):
        return ~matches(label, text[4:].strip())
    if "*" in text:
        return (
            label.cast(pl.String)
            .str.contains("^" + ".*".join(re.escape(part) for part in text.split("*")) + "$")
            .fill_null(False)
        )
    between = re.fullmatch(r"(\d{4})\.\.(\d{4})?", text)
    if between:
        year = label.cast(pl.Float64, strict=False)
        return ((year >= int(between[1])) & (year <= int(between[2] or 9999))).fill_null(False)
    return (label.cast(pl.String) == text).fill_null(False)


def _target(edit: Edit) -> tuple[str, str, dict[str, Any]]:
    """The frame and column that an edit of a table means: demand and reserve are split by item."""
    where = dict(edit.where)
    for table, items in (("demand", DEMAND), ("reserve", RESERVE)):
        if edit.table == table and where.get("item") in items:
            name, column = items[where.pop("item")]
            return name, column if edit.column == "value" else edit.column, where
    return edit.table, edit.column, where


def _misfit(
    edit: Edit, name: str, column: str, where: Mapping[str, Any], frames: Mapping[str, pl.DataFrame]
) -> Fault | None:
    if name not in frames:
        known = [*frames, "demand", "reserve"]
        fix = "name the item: quantity, step_price, …" if name in ("demand", "reserve") else did_you_mean(name, known)
        return Fault(
            edit.origin,
            f"there is no table {name!r} to edit" if name not in TABLES else f"{name!r} is edited by item",
            fix,
        )
    labels = [c for c in frames[name].columns if c not in ("line", "low", "high")]
    for key in where:
        if key not in labels:
            return Fault(edit.origin, f"{name} has no column {key!r}", did_you_mean(key, labels))
    numbers = [c for c, dtype in frames[name].schema.items() if dtype.is_numeric() and c not in ("line", "year")]
    if column not in numbers:
        return Fault(edit.origin, f"{name} has no number {column!r} to change", did_you_mean(column, numbers))
    return None


def _selected(frame: pl.DataFrame, where: Mapping[str, Any]) -> pl.Expr:
    hit = pl.lit(True)
    for key, wanted in where.items():
        hit = hit & matches(pl.col(key), wanted)
    return hit


def _nothing(edit: Edit, frame: pl.DataFrame, where: Mapping[str, Any]) -> Fault:
    """Say which label fits nowhere, or that no cell has all of them together."""
    for key, wanted in where.items():
        if not frame.filter(matches(pl.col(key), wanted)).height:
            known = frame[key].cast(pl.String).drop_nulls().unique().to_list()
            close = matching(str(wanted), known) or known
            return Fault(
                edit.origin, f"selects nothing: {edit.table} has no {key} {wanted!r}", did_you_mean(str(wanted), close)
            )
    return Fault(
        edit.origin,
        f"selects nothing: no row of {edit.table} has all of {_listed(where.items())}",
        "take a key away to see which rows there are",
    )


def _changed(frame: pl.DataFrame, hit: pl.Expr, edit: Edit, column: str) -> pl.DataFrame:
    def change(value: pl.Expr) -> pl.Expr:
        if edit.operation == "set":
            return pl.lit(edit.amount)
        return value * edit.amount if edit.operation == "multiply" else value + edit.amount

    changed = {column: pl.when(hit).then(change(pl.col(column))).otherwise(pl.col(column)).cast(frame.schema[column])}
    for name in ("low", "high"):
        if name in frame.columns:
            changed[name] = pl.when(hit).then(change(pl.col(name))).otherwise(pl.col(name))
    for name, text in (("source", edit.origin), ("grade", "assumption")):
        if name in frame.columns:
            changed[name] = pl.when(hit).then(pl.lit(text)).otherwise(pl.col(name))
    return frame.with_columns(**changed)


def _value(text: str) -> Any:
    return [part.strip() for part in text.split("|")] if "|" in text else text


def _listed(pairs: Iterable[tuple[str, Any]]) -> str:
    return ", ".join(f"{key} {value}" for key, value in pairs)
