"""Patterns and years: which row speaks for which cell. The most specific row group wins with its series of years."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import numpy as np
import polars as pl

from teraplan.case.faults import FAULTS_TOLD, lines
from teraplan.errors import Fault

CARRIED = ("low", "high", "distribution", "grade", "source", "line", "unit", "money_year")
SAID = ("year", "value", "unit", "spend_profile", "ramp")
"""What rows of two groups may disagree about."""


def matching(pattern: str, labels: Iterable[str]) -> list[str]:
    """Return the labels that a pattern stands for; `*` is any text."""
    if "*" not in pattern:
        return [label for label in labels if label == pattern]
    shape = re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)
    return [label for label in labels if shape.fullmatch(label)]


@cache
def covers(wide: str, narrow: str) -> bool:
    """Return whether one pattern stands for all that another stands for: `fab_*` covers `fab_n*` and `fab_n5`."""
    return bool(matching(wide, [narrow]))


def expanded(
    table: str,
    rows: pl.DataFrame,
    places: pl.DataFrame,
    patterns: Sequence[str],
    keys: Sequence[str],
    faults: list[Fault],
) -> pl.DataFrame:
    """Return rows with patterns replaced by the labels of `places` they stand for, from the most specific row group.

    patterns: columns that may hold patterns, all of them columns of places; keys: the other key columns, years apart. A
    row group is all rows with the same patterns. One is more specific than another if each of its patterns is covered
    by the other's. Groups of which none is the most specific and which disagree are a fault.
    """
    if not rows.height:
        return rows
    groups = rows.select(patterns).unique(maintain_order=True).with_row_index("group")
    reach = groups
    for column in patterns:
        options = places[column].unique(maintain_order=True).to_list()
        reach = reach.join(
            _meanings(column, groups[column].unique(maintain_order=True), options), on=column, how="inner"
        )
    labels = [pl.col(f"{column}_label").alias(column) for column in patterns]
    reach = reach.select("group", *labels).join(
        places.select(patterns).unique(maintain_order=True), on=list(patterns), how="inner"
    )
    numbered = rows.join(groups, on=list(patterns)).drop(patterns)
    cell = [*patterns, *keys]
    claims = numbered.select("group", *keys).unique(maintain_order=True).join(reach, on="group").select("group", *cell)
    several = claims.filter(pl.struct(cell).is_duplicated())
    chosen = claims
    if several.height:
        alone = claims.join(several, on=cell, how="anti", nulls_equal=True)
        chosen = pl.concat([alone, _settled(table, several, numbered, groups, faults)])
    return chosen.join(numbered, on=["group", *keys], nulls_equal=True).drop("group")


def by_year(
    rows: pl.DataFrame, keys: Sequence[str], years: Sequence[int], *, before: bool, stepwise: bool
) -> pl.DataFrame:
    """Return one row per key and calendar year: values interpolated linearly, or held from the year given (stepwise).

    before: whether the first value also holds before its year. A row without year holds in every year. An empty value
    ends what came before it. low and high are interpolated alike, towards a row without a range to its value;
    distribution, grade, source and line are those of the row before.
    """
    if not rows.height:
        return rows
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
        if name != "value":
            # Between a row with a range and one without, the range opens or closes.
            ranged = here.is_not_null() | there.is_not_null()
            here = pl.when(between & ranged).then(pl.coalesce(here, "value")).otherwise(here)
            there = pl.when(between & ranged).then(pl.coalesce(there, "next_value")).otherwise(there)
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
    known = set(labels)
    found = [
        (pattern, label)
        for pattern in patterns
        for label in (matching(pattern, labels) if "*" in pattern else [pattern] if pattern in known else [])
    ]
    return pl.DataFrame(found, schema={column: pl.String, f"{column}_label": pl.String}, orient="row")


def _settled(
    table: str, claims: pl.DataFrame, numbered: pl.DataFrame, groups: pl.DataFrame, faults: list[Fault]
) -> pl.DataFrame:
    """Choose among the row groups that claim a cell: the one whose patterns all others cover, or any that agree."""
    cell = [column for column in claims.columns if column != "group"]
    pairs = claims.join(claims.rename({"group": "other"}), on=cell, nulls_equal=True)
    relation = _relation(pairs.select("group", "other").unique(maintain_order=True), groups)
    ranked = pairs.join(relation, on=["group", "other"]).group_by("group", *cell, maintain_order=True)
    winners = ranked.agg(pl.col("narrower").all()).filter("narrower").drop("narrower")
    torn = claims.join(winners, on=cell, how="anti", nulls_equal=True)
    if not torn.height:
        return winners
    beating = relation.filter(pl.col("narrower") & (pl.col("group") != pl.col("other")))
    beaten = pairs.join(beating.select(group="other", other="group"), on=["group", "other"]).select("group", *cell)
    standing = torn.join(beaten.unique(maintain_order=True), on=["group", *cell], how="anti", nulls_equal=True)
    return pl.concat([winners, _agreed(table, standing, numbered, faults)])


def _relation(pairs: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Add to pairs of row groups whether the first is `narrower`: each of its patterns covered by the other's."""
    patterns = [column for column in groups.columns if column != "group"]
    others = groups.rename({name: f"{name}_other" for name in patterns}).rename({"group": "other"})
    named = pairs.join(groups, on="group").join(others, on="other").with_columns(narrower=pl.lit(True))
    for column in patterns:
        both = named.select(column, f"{column}_other").unique(maintain_order=True)
        covered = [covers(wide, narrow) for narrow, wide in both.iter_rows()]
        known = both.with_columns(pl.Series("_covered", covered, pl.Boolean))
        named = named.join(known, on=[column, f"{column}_other"])
        named = named.with_columns(pl.col("narrower") & pl.col("_covered")).drop("_covered")
    return named.select("group", "other", "narrower")


def _agreed(table: str, standing: pl.DataFrame, numbered: pl.DataFrame, faults: list[Fault]) -> pl.DataFrame:
    """One of the row groups that are left for each cell; those that say different things are a fault."""
    cell = [column for column in standing.columns if column != "group"]
    keys = [column for column in cell if column in numbered.columns]
    said = [pl.col(column).cast(pl.String).fill_null("") for column in SAID if column in numbered.columns]
    series = numbered.group_by("group", *keys, maintain_order=True).agg(
        said=pl.concat_str(said, separator="|").sort().str.join(";"), line=pl.col("line").min()
    )
    claims = (
        standing.join(series, on=["group", *keys], nulls_equal=True)
        .sort("line")
        .group_by(cell, maintain_order=True)
        .agg(pl.col("line").unique(maintain_order=True).sort(), pl.col("said").n_unique(), pl.col("group").first())
    )
    torn = claims.filter(pl.col("said") > 1).unique("line", maintain_order=True)
    for row in torn.head(FAULTS_TOLD).iter_rows(named=True):
        label = ", ".join(str(row[name]) for name in cell if row[name] is not None)
        what = f"all speak for {label}, none is more specific than the others, and they disagree"
        faults.append(Fault(f"{table}.csv {lines(row['line'])}", what, f"add a row for {label}, or let them agree"))
    return claims.select("group", *cell)


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
