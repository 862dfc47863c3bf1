"""A scenario is a change of data: edits on resolved cells, in order, each a fault if it selects nothing."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from teraplan.case.checks import CASE_CHECKS
from teraplan.case.faults import first_of
from teraplan.case.patterns import matching
from teraplan.case.resolve import BUYER, Tables
from teraplan.case.settings import EditBlock
from teraplan.case.tables import TABLES
from teraplan.errors import CaseError, Fault, did_you_mean

ITEMS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "demand": {
        "quantity": ("demand_quantity", "value"),
        "anchor_price": ("demand_anchor", "value"),
        "step_price": ("demand_steps", "price"),
        "step_width": ("demand_steps", "width"),
        "local_share_min": ("local_share", "value"),
    },
    "reserve": {
        "margin": ("reserve_margin", "value"),
        "cover": ("reserve_cover", "value"),
        "firm_share": ("firm_share", "value"),
    },
}
"""Tables that are kept item by item: the frame and the column of each item."""
FRAMES = tuple(frame for items in ITEMS.values() for frame, _ in items.values())
UNREAD = (
    "regions", "commodities", "groups", "exchange", "deflators", "calibration", "partners", "commitments", "shocks",
    "tree", "uncertainties", "sources",
)  # fmt: skip
"""Tables that no plan reads after they are resolved: an edit of theirs would change nothing."""
EXPRESSION = re.compile(r"\s*(\w+)\s*\[(.*)\]\s*(?:\.(\w+))?\s*(=|\*=|\+=|-=)\s*(\S+)\s*", re.DOTALL)
OPERATIONS = {"=": "set", "*=": "multiply", "+=": "add", "-=": "add"}
SIGNS = {"set": "=", "multiply": "*=", "add": "+="}
NOT_CHANGED = ("line", "year", "low", "high", "step", "position", "ordered_from", "ordered_until")
"""Numbers that say which cell it is, or that follow its value."""
OF_VALUE = ("value", "width")
"""Columns that low, high, source and grade of a row speak of."""


@dataclass(frozen=True)
class Edit:
    """One change: the cells of `table` where every label fits are set, multiplied or added to."""

    table: str
    where: Mapping[str, Any]
    operation: str
    amount: float
    column: str = "value"
    origin: str = "edit"

    def __str__(self) -> str:
        """Say where it comes from and what it does: `scenario dear, edit 1: costs[item=capex] *= 2`."""
        column = "" if self.column == "value" else f".{self.column}"
        expression = f"{self.table}[{_listed(self.where)}]{column} {SIGNS[self.operation]} {self.amount:g}"
        return self.origin if self.origin.startswith("--set") else f"{self.origin}: {expression}"


def parse_set(expression: str) -> Edit:
    """Return the edit that `table[key=value,...] *= 1.5` means; also `=`, `+=`, `-=`, and `.column` after the bracket.

    A value is a label, a pattern, alternatives `a|b`, years `2027..2030`, or `not ...` of these.
    """
    where = f"--set {expression.strip()!r}"
    found = EXPRESSION.fullmatch(expression)
    if found is None:
        fix = "write it as table[key=value,...] = number, or with *=, += or -="
        raise CaseError("edit", (Fault(where, "cannot be read", fix),))
    table, keys, column, sign, number = found.groups()
    pairs = [part.partition("=") for part in keys.split(",") if part.strip()]
    faults = [
        Fault(where, f"{key.strip()!r} is not key=value", "write each key as key=value")
        for key, equals, value in pairs
        if not (key.strip() and equals and value.strip())
    ]
    try:
        amount = float(number)
    except ValueError:
        amount = math.nan
    if not math.isfinite(amount):
        faults.append(Fault(where, f"{number!r} is not a finite number", "end it with a number such as 1.5 or 7e12"))
    if faults:
        raise CaseError("edit", tuple(faults))
    chosen = {key.strip(): value.strip() for key, _, value in pairs}
    signed = -amount if sign == "-=" else amount
    return Edit(table, chosen, OPERATIONS[sign], signed, column or "value", f"--set {expression.strip()}")


def cells_of(tables: Tables, expression: str) -> tuple[str, pl.DataFrame] | Fault:
    """Return the frame that `table[key=value,...]` means, by name, and the rows it selects; or why it selects none."""
    try:
        edit = parse_set(f"{expression} = 0")
    except CaseError as error:
        return replace(error.faults[0], where=expression, fix="write it as table[key=value,...]")
    name, column, where = _target(edit)
    fault = _misfit(edit, name, column, where, tables.frames) or _nothing(edit, tables.frames[name], where)
    return replace(fault, where=expression) if fault else (name, tables.frames[name].filter(_selected(where)))


def edit_of(block: EditBlock, origin: str) -> Edit:
    """Return the edit of one [[edit]] block of a scenario file."""
    changes = {name: getattr(block, name) for name in SIGNS}
    operation, amount = next((name, value) for name, value in changes.items() if value is not None)
    return Edit(block.table, block.where, operation, amount, block.column, origin)


def apply_edits(tables: Tables, edits: Sequence[Edit]) -> Tables:
    """Return new tables with the edits applied in order; CaseError naming every edit that selects nothing or is wrong.

    low and high scale along; the source of a changed cell becomes the edit, its grade an assumption.
    """
    faults: list[Fault] = []
    changed = edited(tables, edits, faults)
    faults += [fault for check in CASE_CHECKS for fault in first_of(check(changed))]
    if faults:
        raise CaseError(tables.settings.name, tuple(dict.fromkeys(faults)))
    return changed


def edited(tables: Tables, edits: Sequence[Edit], faults: list[Fault]) -> Tables:
    """Return new tables with the edits applied in order; what cannot be applied is left out and added to `faults`."""
    frames = dict(tables.frames)
    for edit in edits:
        name, column, where = _target(edit)
        fault = _misfit(edit, name, column, where, frames) or _nothing(edit, frames[name], where)
        if fault is not None:
            faults.append(fault)
            continue
        before = frames[name]
        frames[name] = _changed(before, _selected(where), edit, column)
        if name == "demand_anchor":
            frames["demand_steps"] = repriced(frames["demand_steps"], before, frames[name], str(edit))
    return replace(tables, frames=frames, edits=(*tables.edits, *map(str, edits)))


def matches(label: pl.Expr, wanted: Any) -> pl.Expr:
    """Return whether a label fits: a value, a pattern, years `2027..2030`, `a|b` or a list of these, `not ...`."""
    if isinstance(wanted, list | tuple):
        return pl.any_horizontal([matches(label, one) for one in wanted]) if wanted else pl.lit(False)
    text = {True: "true", False: "false"}[wanted] if isinstance(wanted, bool) else str(wanted).strip()
    if text.startswith("not "):
        return ~matches(label, text[4:])
    if "|" in text:
        return matches(label, text.split("|"))
    words = label.cast(pl.String)
    if "*" in text:
        shape = ".*".join(re.escape(part) for part in text.split("*"))
        return words.str.contains(f"^(?s:{shape})$").fill_null(False)
    between = re.fullmatch(r"(\d{4})?\.\.(\d{4})?", text)
    if between and text != "..":
        year = words.str.extract(r"^(\d{4})(?:\D|$)").cast(pl.Int32)
        return year.is_between(int(between[1] or 0), int(between[2] or 9999)).fill_null(False)
    same = words.is_in([text, {"yes": "true", "no": "false"}.get(text, text)])
    if re.fullmatch(r"[-+]?\d+(\.\d*)?", text):
        same = same | (label.cast(pl.Float64, strict=False) == float(text))
    return same.fill_null(False)


def _target(edit: Edit) -> tuple[str, str, dict[str, Any]]:
    """The frame and column that an edit of a table means: demand and reserve are kept item by item."""
    where, items = dict(edit.where), ITEMS.get(edit.table, {})
    if isinstance(item := where.get("item"), str) and item in items:
        del where["item"]
        name, column = items[item]
        return name, column if edit.column == "value" else edit.column, where
    return edit.table, edit.column, where


def _misfit(
    edit: Edit, name: str, column: str, where: Mapping[str, Any], frames: Mapping[str, pl.DataFrame]
) -> Fault | None:
    """Why an edit cannot be applied at all: no such table, item, label or number."""
    if name in ITEMS:
        what = f"{name} is edited item by item, and it names {where.get('item', 'none')!r}"
        return Fault(str(edit), what, f"name one: item={', item='.join(ITEMS[name])}")
    if name in UNREAD:
        return Fault(str(edit), f"an edit of {name} would change nothing in a plan", "edit the numbers that plans read")
    if name not in TABLES and name not in FRAMES:
        known = [table for table in TABLES if table not in UNREAD]
        return Fault(str(edit), f"there is no table {name!r} to edit", did_you_mean(name, known))
    frame = frames[name]
    labels = [label for label in frame.columns if label not in ("line", "low", "high")]
    for key in where:
        if key not in labels:
            return Fault(str(edit), f"{name} has no column {key!r}", did_you_mean(key, labels))
    numbers = [c for c, kind in frame.schema.items() if kind.is_numeric() and c not in NOT_CHANGED]
    if column not in numbers:
        what = "is not a number" if column in frame.columns else "does not exist"
        fix = f"edits change numbers: {', '.join(numbers) or 'there is none here'}"
        return Fault(str(edit), f"column {column!r} of {name} {what}", fix)
    if frame.schema[column].is_integer() and (edit.operation == "multiply" or edit.amount != int(edit.amount)):
        return Fault(str(edit), f"column {column!r} of {name} holds whole numbers", "set or add a whole number")
    return None


def _nothing(edit: Edit, frame: pl.DataFrame, where: Mapping[str, Any]) -> Fault | None:
    """The fault of an edit that selects nothing: which label fits nowhere, or that no cell has all of them together."""
    if frame.select(_selected(where).any()).item():
        return None
    for key, wanted in where.items():
        if not frame.select(matches(pl.col(key), wanted).any()).item():
            known = frame[key].cast(pl.String).drop_nulls().unique().to_list()
            fix = did_you_mean(str(wanted), matching(str(wanted), known) or known)
            return Fault(str(edit), f"selects nothing: {edit.table} has no {key} {wanted!r}", fix)
    what = f"selects nothing: no row of {edit.table} has all of {_listed(where) or 'no labels'}"
    return Fault(str(edit), what, "take a label away to see which rows there are")


def _selected(where: Mapping[str, Any]) -> pl.Expr:
    return pl.all_horizontal([matches(pl.col(key), wanted) for key, wanted in where.items()] or [pl.col("line") >= 0])


def _changed(frame: pl.DataFrame, hit: pl.Expr, edit: Edit, column: str) -> pl.DataFrame:
    """The frame with the cells changed; what their rows say of the number (range, source, grade) follows."""
    old = pl.col(column)
    changed = {column: pl.when(hit).then(_change(edit, old, old)).otherwise(old).cast(frame.schema[column])}
    own = column in OF_VALUE or not set(OF_VALUE) & set(frame.columns)
    if own and "low" in frame.columns:
        ends = [_change(edit, pl.col(name), old) for name in ("low", "high")]
        for name, end in (("low", pl.min_horizontal(ends)), ("high", pl.max_horizontal(ends))):
            changed[name] = pl.when(hit & pl.col(name).is_not_null()).then(end).otherwise(pl.col(name))
    prefix = "" if own else f"{column}_"
    for name, text in ((f"{prefix}source", str(edit)), (f"{prefix}grade", "assumption")):
        if name in frame.columns:
            changed[name] = pl.when(hit).then(pl.lit(text)).otherwise(pl.col(name))
    return frame.with_columns(**changed)


def _change(edit: Edit, number: pl.Expr, old: pl.Expr) -> pl.Expr:
    """The value, or an end of its range, after an edit: the ends scale along when the value is set."""
    if edit.operation == "multiply":
        return number * edit.amount
    if edit.operation == "add":
        return number + edit.amount
    return pl.when((old != 0) & (number != old)).then(number * edit.amount / old).otherwise(pl.lit(edit.amount))


def repriced(steps: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame, origin: str) -> pl.DataFrame:
    """Return steps of demand after the anchor has changed: prices that are multiples of it change alike."""
    key = [*BUYER, "year"]
    moved = before.select(*key, _old="value").join(after.select(*key, _new="value"), on=key)
    ratio = moved.filter(pl.col("_old") != pl.col("_new")).select(*key, _ratio=pl.col("_new") / pl.col("_old"))
    joined = steps.join(ratio, on=key, how="left", maintain_order="left")
    hit = pl.col("multiple") & pl.col("_ratio").is_not_null()
    return joined.with_columns(
        price=pl.when(hit).then(pl.col("price") * pl.col("_ratio")).otherwise("price"),
        price_source=pl.when(hit).then(pl.lit(origin)).otherwise("price_source"),
        price_grade=pl.when(hit).then(pl.lit("assumption")).otherwise("price_grade"),
    ).drop("_ratio")


def _listed(where: Mapping[str, Any]) -> str:
    lists = {key: value if isinstance(value, list | tuple) else [value] for key, value in where.items()}
    return ",".join(f"{key}={'|'.join(map(str, values))}" for key, values in lists.items())
