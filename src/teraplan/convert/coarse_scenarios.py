"""The scenarios of a case for the coarse case: what they do to the fine tables, they do to the coarse ones.

A scenario is taken over word for word where its edits do to the coarse tables what merging the edited fine tables does.
Where they do not (an edit of one of several merged regions, or one that sets a sum), all edits of that table are
written anew as what differs; what they did to rows that the coarse case lacks is lost. A scenario of which nothing is
left, or that adds or takes away rows, is left out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from teraplan.case.edit import ITEMS, edit_of, edited
from teraplan.case.read import load_tables, read_scenario
from teraplan.case.resolve import Tables
from teraplan.case.settings import EditBlock, Scenario
from teraplan.convert.merging import Frames, Maps, merged_rows, merged_tables
from teraplan.convert.series import shown
from teraplan.errors import Fault

SAME = 1e-6
"""Relative difference up to which two numbers are the same [1]."""
NUMBERS = ("value", "width", "price", "first_year", "last_year", "opening")
"""Columns that edits change."""
NO_LABELS = (*NUMBERS, "low", "high", "grade", "source", "line", "merged", "part", "note", "how", "year", "known_on")


def coarse_scenarios(source: Path, tables: Tables, maps: Maps) -> dict[str, str]:
    """Return the text of every scenario that the coarse case can have, by the name of its file."""
    base = frames_of(tables, maps)
    found = {}
    for path in sorted((source / "scenarios").glob("*.toml")):
        scenario, _ = read_scenario(source, path.stem)
        assert scenario is not None, "a source with a scenario that cannot be read is no case"
        text = _text(path, scenario, replace(tables, frames=base), maps)
        if text is not None:
            found[f"scenarios/{path.name}"] = text
    return found


def frames_of(tables: Tables, maps: Maps) -> Frames:
    """Return the tables of the coarse case that edits may name, under the names that edits use."""
    made = {**merged_tables(tables, maps), **merged_rows(tables, maps)}
    prices = made.pop("step_price").rename({"value": "price"})
    widths = made.pop("step_width").rename({"value": "width"})
    labels = ["commodity", "region", "buyer", "step", "multiple", "year"]
    steps = widths.join(prices.select(*labels, "price"), on=labels, maintain_order="left")
    return {**tables.frames, **made, "demand_steps": steps}


def _text(path: Path, scenario: Scenario, coarse: Tables, maps: Maps) -> str | None:
    """The scenario's own text, or one with other edits; None where it cannot be said."""
    own = path.read_text(encoding="utf-8")
    if not scenario.edit:
        return own
    wanted = frames_of(load_tables(path.parent.parent, path.stem), maps)
    got, failed = coarse, set()
    for block in scenario.edit:
        faults: list[Fault] = []
        after = edited(got, [edit_of(block, "edit")], faults)
        got = got if faults else after
        failed |= {_frame(block)} if faults else set()
    names = sorted(failed | {_frame(block) for block in scenario.edit})
    wrong = [name for name in names if name in failed or _apart(got.frames[name], wanted[name]).height]
    if not wrong:
        return own
    if any(_labels(coarse.frames[name], wanted[name]) is None for name in wrong):
        return None
    kept = [block for block in scenario.edit if _frame(block) not in wrong]
    blocks = [_written(block.model_dump(exclude_none=True)) for block in kept]
    blocks += [_written(block) for name in wrong for block in _said(name, coarse.frames[name], wanted[name])]
    if not blocks:
        return None
    first = own.index("[[edit]]")
    last = re.search(r"(?s).*\[\[edit\]\].*?(?=^\[\[keep|^\[programme|\Z)", own, re.MULTILINE)
    rest = own[last.end() :] if last else ""
    return own[:first] + "\n".join(blocks) + ("\n" + rest if rest else "")


def _frame(block: EditBlock) -> str:
    """The resolved table that an edit changes."""
    item = ITEMS.get(block.table, {}).get(str(block.where.get("item")))
    return item[0] if item else block.table


def _labels(one: pl.DataFrame, other: pl.DataFrame) -> list[str] | None:
    """The labels of a table, with its year; None where two tables do not have the same rows."""
    labels = [name for name in one.columns if name not in NO_LABELS or name == "year"]
    same = one.height == other.height == one.join(other, on=labels, how="semi", nulls_equal=True).height
    return labels if same else None


def _apart(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """The rows that have another number in a second table: labels, year, and each number as it is and as `_wanted`."""
    labels = [name for name in one.columns if name not in NO_LABELS or name == "year"]
    numbers = [name for name in NUMBERS if name in one.columns]
    wanted = other.select(*labels, *(pl.col(name).alias(f"{name}_wanted") for name in numbers))
    both = one.join(wanted, on=labels, how="full", nulls_equal=True, coalesce=True, maintain_order="left")
    return both.filter(pl.any_horizontal(_differ(name) for name in numbers))


def _differ(name: str) -> pl.Expr:
    old, new = pl.col(name).cast(pl.Float64), pl.col(f"{name}_wanted").cast(pl.Float64)
    return ((old - new).abs() > SAME * pl.max_horizontal(old.abs(), new.abs())).fill_null(
        old.is_null() != new.is_null()
    )


def _said(name: str, one: pl.DataFrame, other: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """The edits that make one table the other, neighbouring years in one."""
    labels = [label for label in _labels(one, other) or [] if label != "year"]
    rows = _apart(one, other)
    for column in (number for number in NUMBERS if number in one.columns):
        differing = rows.filter(_differ(column))
        for key, part in differing.group_by(labels, maintain_order=True):
            where = {label: cell for label, cell in zip(labels, key, strict=True) if cell is not None}
            named = {} if column == "value" else {"column": column}
            if "year" not in part.columns:
                yield {"table": name, "where": where, **named, "set": part[f"{column}_wanted"][0]}
                continue
            for first, last, change in _spans(part.sort("year"), column):
                span = str(first) if first == last else f"{first}..{last}"
                yield {"table": name, "where": {**where, "year": span}, **named, **change}


def _spans(part: pl.DataFrame, column: str) -> list[tuple[int, int, dict[str, float]]]:
    """Years that follow each other and are changed alike: first, last, what is set or by what is multiplied."""
    cells = list(part.select("year", column, f"{column}_wanted").iter_rows())
    ways = [[(year, {"set": float(shown(float(new)))}) for year, _, new in cells]]
    if all(old for _, old, _ in cells):
        ways.insert(0, [(year, {"multiply": float(shown(new / old))}) for year, old, new in cells])
    return min((_joined(changes) for changes in ways), key=len)


def _joined(changes: Sequence[tuple[int, dict[str, float]]]) -> list[tuple[int, int, dict[str, float]]]:
    spans: list[tuple[int, int, dict[str, float]]] = []
    for year, change in changes:
        if spans and spans[-1][1] == year - 1 and spans[-1][2] == change:
            spans[-1] = (spans[-1][0], year, change)
        else:
            spans.append((year, year, change))
    return spans


def _written(block: Mapping[str, Any]) -> str:
    """An [[edit]] as TOML."""
    lines = ["[[edit]]"]
    for key, value in block.items():
        if key == "column" and value == "value":
            continue
        if isinstance(value, Mapping):
            lines.append(f"{key} = {{ {', '.join(f'{name} = {_cell(one)}' for name, one in value.items())} }}")
        else:
            lines.append(f"{key} = {_cell(value)}")
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    """A label, number, or list of them as TOML."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_cell, value))}]"
    return shown(value).lower() if isinstance(value, bool) else shown(value)
