"""A backcast as text and as data: every record beside the plan and the naive forecast, and the score of each stage."""

import polars as pl

from teraplan.cli.tables import table_of, text_of
from teraplan.results.backcast import Backcast

WIDTH = 132
WORDS = ("unit", "why")
"""Columns of words."""
RECORDS = ("", "year", "unit", "record", "from", "to", "plan", "off", "", "naive", "off", "")
STAGES = ("", "records", "plan in range", "naive in range", "plan off", "naive off", "nearer")


def backcast(found: Backcast) -> str:
    """Return the counted records, what was left out and why, the score by stage, and a last line that sums up."""
    records = table_of(f"Known by {found.known_by}; off = |ln(it / record)|", RECORDS, WORDS)
    for row in found.records.iter_rows(named=True):
        plan = (_number(row["model"]), f"{row['model_error']:.2f}", _verdict(row["hit"]))
        naive = (_number(row["naive"]), f"{row['naive_error']:.2f}", _verdict(row["naive_hit"]))
        bounds = (_number(row[name]) for name in ("value", "low", "high"))
        records.add_row(_name(row["record"], row["region"]), str(row["year"]), row["unit"], *bounds, *plan, *naive)
    left = table_of("Not counted", ("", "year", "record", "plan", "why"), WORDS)
    for row in found.left_out.iter_rows(named=True):
        numbers = (_number(row["value"]), _number(row["model"]))
        left.add_row(_name(row["record"], row["region"]), str(row["year"] or ""), *numbers, row["reason"] or "")
    stages = table_of("Score by stage; off: mean of |ln(it / record)|", STAGES)
    for row in found.stages.iter_rows(named=True):
        shares = (f"{row[hits] / row['records']:.0%}" for hits in ("hits", "naive_hits"))
        errors = (f"{row[name]:.2f}" for name in ("model_error", "naive_error"))
        stages.add_row(row["stage"], str(row["records"]), *shares, *errors, "plan" if row["wins"] else "naive")
    return "\n".join([*(text_of(table, WIDTH) for table in (records, left, stages)), _in_short(found.stages)])


def backcast_data(found: Backcast) -> dict[str, object]:
    """Return the same as a program reads it."""
    tables = {"records": found.records, "left_out": found.left_out, "stages": found.stages}
    return {"known_by": str(found.known_by), **{name: table.to_dicts() for name, table in tables.items()}}


def _in_short(stages: pl.DataFrame) -> str:
    own, whole = stages.filter(pl.col("stage") != "all"), stages.row(-1, named=True)
    return (
        f"In range: {whole['hits']} of {whole['records']} records (naive {whole['naive_hits']}). "
        f"Nearer than the naive forecast: {own['wins'].sum()} of {own.height} stages."
    )


def _name(record: str, region: str) -> str:
    return record if region == "WLD" else f"{record} ({region})"


def _verdict(hit: bool) -> str:
    return "in" if hit else "out"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
