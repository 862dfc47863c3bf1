"""What a plan rests on: the record it is held against, the grades of its numbers, its assumptions and sources."""

from collections.abc import Mapping

import polars as pl

from teraplan.report.words import names_of, number_words
from teraplan.results.results import Results

GRADES = ("measured", "reported", "estimated", "forecast", "assumption")
"""From the firmest to the weakest."""
MOST_ASSUMPTIONS = 4000
"""Rows of the assumptions that the page holds; more would make it too heavy to mail."""
EMPTY = pl.DataFrame()


def held_against_record(results: Results, counted: bool) -> pl.DataFrame:
    """Return the records that a plan can be held against, worst miss first: those that count, or those that do not.

    The columns are those of the frame `calibration`; records that no reader finds in the plan are left out.
    """
    found = results.frames.get("calibration", EMPTY)
    if found.is_empty():
        return found
    readable = found.filter(pl.col("model").is_not_null() & (pl.col("counted") == counted))
    return readable.sort(pl.col("off").abs() / pl.col("tolerance"), descending=True, nulls_last=True)


def score(results: Results) -> tuple[int, int]:
    """Return how many of the records that count lie within their tolerance, and how many count."""
    found = held_against_record(results, counted=True)
    return (int(found["passed"].sum()), found.height) if found.height else (0, 0)


def grade_shares(results: Results) -> Mapping[str, Mapping[str, float]]:
    """Return for each headline quantity the share of it that rests on each grade [1], the firmest grade first.

    A quantity that is told for several periods has the mean of its shares.
    """
    found = results.frames.get("provenance", EMPTY)
    if found.is_empty():
        return {}
    quantity = pl.col("quantity") if "quantity" in found.columns else pl.col("headline")
    told = found.with_columns(quantity=quantity).with_columns(whole=pl.col("headline").n_unique().over("quantity"))
    mean = told.group_by("quantity", "grade", maintain_order=True).agg(share=(pl.col("share") / pl.col("whole")).sum())
    shares: dict[str, dict[str, float]] = {}
    for name, grade, share in mean.iter_rows():
        shares.setdefault(name, {})[grade] = share
    return {name: {grade: mine[grade] for grade in GRADES if grade in mine} for name, mine in shares.items()}


def assumptions(results: Results) -> pl.DataFrame:
    """Return the numbers that the target rests on most, at most MOST_ASSUMPTIONS of them.

    Columns: table, what, value, unit, low, high, grade, source, note, share (what part of the target rests on it).
    """
    found = results.frames.get("assumptions", EMPTY)
    if found.is_empty():
        return found
    return found.sort("share", descending=True, maintain_order=True).head(MOST_ASSUMPTIONS)


def weightiest(results: Results, most: int = 3) -> list[tuple[str, float, str]]:
    """Return the assumptions that the target rests on most: what each is, its share of the target [1], its reason."""
    found = assumptions(results)
    if found.is_empty():
        return []
    assumed = found.filter((pl.col("grade") == "assumption") & (pl.col("share") > 0)).head(most)
    names = names_of(results)
    told = assumed.select("table", "what", "share", pl.col("note").fill_null("")).iter_rows()
    return [(number_words(table, what, names), share, note) for table, what, share, note in told]


def left_out(results: Results) -> int:
    """Return how many numbers the page leaves out."""
    return max(0, results.frames.get("assumptions", EMPTY).height - MOST_ASSUMPTIONS)


def sources(results: Results) -> pl.DataFrame:
    """Return the sources by title: title, url, licence, read_on, ids (under which numbers name it), rows.

    rows: how many numbers rest on it; null where the plan does not tell (no frame `citations`). Where it does, sources
    that nothing rests on are left out.
    """
    found = results.frames.get("sources", EMPTY)
    if found.is_empty():
        return found
    told = results.frames.get("citations", EMPTY)
    cited = told.group_by("source").agg(pl.col("rows").sum()) if told.height else found.select("source")
    kept = found.select("source", *[_text(found, name) for name in ("title", "url", "licence", "read_on")])
    grouped = (
        kept.join(cited, on="source")
        .with_columns(rows=pl.col("rows") if told.height else pl.lit(None, pl.Int64))
        .group_by("title", "url", "licence", "read_on")
        .agg(ids=pl.col("source").sort().str.join(", "), rows=pl.col("rows").sum())
    )
    rows = pl.col("rows") if told.height else pl.lit(None, pl.Int64).alias("rows")
    return grouped.with_columns(rows).sort("title", "url", nulls_last=True)


def _text(frame: pl.DataFrame, name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String) if name in frame.columns else pl.lit(None, pl.String).alias(name)
