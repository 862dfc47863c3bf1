"""Patterns and years: which row speaks for which cell. The most specific row group wins with its whole series of years."""

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import polars as pl

from teraplan.errors import Fault

EXACT = 1_000
CARRIED = ("low", "high", "grade", "source", "line", "unit", "money_year")


def matching(pattern: str, labels: Iterable[str]) -> list[str]:
    """Return the labels that a pattern stands for; `*` is any text."""
    if "*" not in pattern:
        return [label for label in labels if label == pattern]
    shape = re.compile(".*".join(re.escape(part) for part in pattern.split("*")))
    return [label for label in labels if shape.fullmatch(label)]


def specificity(pattern: str) -> int:
    """Return how much a pattern says: letters before and after `*`; an exact label says more than any pattern."""
    return EXACT if "*" not in pattern else len(pattern.replace("*", ""))


def expanded(
    table: str,
    rows: pl.DataFrame,
    places: pl.DataFrame,
    patterns: Sequence[str],
    keys: Sequence[str],
    faults: list[Fault],
) -> pl.DataFrame:
    """Return rows with patterns replaced by the labels of `places` they stand for, the most specific row group per cell.

    patterns: columns that may hold patterns, all of them columns of places; keys: the other key columns, years apart.
    """
    groups = rows.select(patterns).unique(maintain_order=True)
    options = {column: places[column].unique(maintain_order=True).to_list() for column in patterns}
    meanings = {column: _meanings(column, groups[column].unique(), options[column]) for column in patterns}
    reach = groups.with_row_index("group")
    for column in patterns:
        reach = reach.join(meanings[column], on=column, how="inner")
    reach = reach.select(
        "group", *(pl.col(f"{c}_label").alias(c) for c in patterns), *(f"{c}_rank" for c in patterns)
    ).join(places.unique(), on=list(patterns), how="inner")
    numbered = rows.join(groups.with_row_index("group"), on=list(patterns), nulls_equal=True).drop(patterns)
    cells = numbered.select("group", *keys).unique(maintain_order=True).join(reach, on="group")
    ranks = [f"{column}_rank" for column in patterns]
    label = [*patterns, *(key for key in keys)]
    best = cells.with_columns(*(pl.col(rank).max().over(label).alias(f"{rank}_best") for rank in ranks))
    winners = best.filter(pl.all_horizontal(pl.col(rank) == pl.col(f"{rank}_best") for rank in ranks))
    torn = best.join(winners, on=label, how="anti", nulls_equal=True).select(label).unique()
    chosen = winners
    if torn.height:
        chosen = pl.concat(
            [
                winners,
                _settled(
                    table, best.join(torn, on=label, how="semi", nulls_equal=True), numbered, label, ranks, faults
                ),
            ]
        )
    return chosen.select("group", *label).join(numbered, on=["group", *keys], nulls_equal=True).drop("group")


def by_year(
    rows: pl.DataFrame, keys: Sequence[str], years: Sequence[int], *, before: bool, stepwise: bool
) -> pl.DataFrame:
    """Return one row per key and calendar year: values interpolated linearly, or held from the year given (stepwise).

    before: whether the first value also holds before its year. A row without year holds in every year. An empty value ends
    what came before it. low and high are interpolated alike; grade, source and line are those of the row before.
    """
    span = pl.DataFrame({"year": np.array(years, dtype=np.int32)})
    constant = rows.filter(pl.col("year").is_null()).drop("year").join(span, how="cross")
    dated = rows.filter(pl.col("year").is_not_null()).sort("year")
    if not dated.height:
        return constant.filter(pl.col("value").is_not_null())
    series = dated.select(keys).unique(maintain_order=True).with_row_index("_series")
    right = dated.join(series, on=list(keys), nulls_equal=True).drop(keys).with_columns(at=pl.col("year")).sort("year")
    cells = series.join(span, how="cross").sort("year")
    values = [name for name in ("value", "low", "high") if name in rows.columns]
    past = cells.join_asof(right, on="year", by="_series", strategy="backward", check_sortedness=False)
    then = {f"next_{name}": pl.col(name) for name in (*values, *CARRIED) if name in right.columns}
    ahead = right.select("_series", "year", next="at", **then)
    both = past.join_asof(ahead, on="year", by="_series", strategy="forward", check_sortedness=False)
    return pl.concat([constant, _interpolated(both, values, rows.columns, before, stepwise)], how="diagonal")


def _interpolated(
    both: pl.DataFrame, values: Sequence[str], columns: Sequence[str], before: bool, stepwise: bool
) -> pl.DataFrame:
    part = (pl.col("year") - pl.col("at")) / (pl.col("next") - pl.col("at"))
    between = pl.col("at").is_not_null() & pl.col("next").is_not_null() & (pl.col("next") > pl.col("at"))
    exprs = {}
    for name in values:
        here, there = pl.col(name), pl.col(f"next_{name}")
        slope = (
            pl.when(between & pl.col("value").is_not_null() & there.is_not_null())
            .then(here + (there - here) * part)
            .otherwise(here)
        )
        past = here if stepwise else slope
        exprs[name] = (
            pl.when(pl.col("at").is_null()).then(there if before else pl.lit(None, pl.Float64)).otherwise(past)
        )
    carried = {
        name: pl.when(pl.col("at").is_null()).then(pl.col(f"next_{name}")).otherwise(pl.col(name))
        for name in CARRIED
        if f"next_{name}" in both.columns and name not in values
    }
    return both.with_columns(**exprs, **carried).select(columns).filter(pl.col("value").is_not_null())


def _meanings(column: str, patterns: pl.Series, labels: Sequence[str]) -> pl.DataFrame:
    found = [(pattern, label, specificity(pattern)) for pattern in patterns for label in matching(pattern, labels)]
    return pl.DataFrame(
        found, schema={column: pl.String, f"{column}_label": pl.String, f"{column}_rank": pl.Int64}, orient="row"
    )


def _settled(
    table: str,
    torn: pl.DataFrame,
    numbered: pl.DataFrame,
    label: Sequence[str],
    ranks: Sequence[str],
    faults: list[Fault],
) -> pl.DataFrame:
    """Cells where no row group is the most specific in every column: equal series are fine, others are a fault."""
    series = numbered.group_by("group").agg(
        pl.col("value").first().alias("_value"), pl.col("line").min().alias("_line")
    )
    claims = (
        torn.join(series, on="group")
        .group_by(label, maintain_order=True)
        .agg(pl.col("_line").unique().sort(), pl.col("_value").n_unique(), pl.col("group").first())
    )
    for row in claims.filter(pl.col("_value") > 1).unique("_line", maintain_order=True).iter_rows(named=True):
        lines = " and ".join(str(line) for line in row["_line"])
        cell = ", ".join(str(row[name]) for name in label if row[name] is not None)
        faults.append(
            Fault(
                f"{table}.csv lines {lines}",
                f"both speak for {cell}, neither is more specific, and they disagree",
                "add a row for that cell",
            )
        )
    return torn.join(claims.select(*label, "group"), on=[*label, "group"], how="semi", nulls_equal=True)


def group_members(groups: pl.DataFrame, labels: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Return groups with exact members: group, kind, member."""
    found = [
        (row["group"], row["kind"], label)
        for row in groups.iter_rows(named=True)
        for label in matching(row["member"], labels.get(row["kind"], ()))
    ]
    return pl.DataFrame(
        found, schema={"group": pl.String, "kind": pl.String, "member": pl.String}, orient="row"
    ).unique(maintain_order=True)
