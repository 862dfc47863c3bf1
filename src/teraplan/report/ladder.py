"""Bottlenecks told to people: which limits bind, in words, when, and what a percent more of each would be worth."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from teraplan.report.tables import shown_periods
from teraplan.report.words import EVERYWHERE, HISTORY, Names, limit_words, names_of, short
from teraplan.results.derive import WORLD
from teraplan.results.results import Results

NATURES = ("physical", "market", "policy")
NAMED_PLACES = 2
SLIGHT = 1e-3
"""A limit that is worth less than this share of the deepest one stands in nobody's way."""
LADDER = {
    "nature": pl.String,
    "limit": pl.String,
    "places": pl.String,
    "period": pl.String,
    "start": pl.Float64,
    "worth": pl.Float64,
}


@dataclass(frozen=True)
class Span:
    """A limit that is worth most of all from one period to another; worth: most in any of them [money / year]."""

    limit: str
    first: str
    last: str
    worth: float


def ladder(results: Results, most: int = 15) -> pl.DataFrame:
    """Return the limits that are worth most from the year of the case on: nature, limit, places, period, start,
    worth.

    worth: what 1 % more of a limit would be worth in a year [money of the base year / year], summed over its places. At
    most `most` limits, largest sum over time first; nature is empty where the plan does not tell it.
    """
    told = _told(results)
    if told.is_empty():
        return pl.DataFrame(schema=LADDER)
    limits = ["nature", "limit"]
    weight = (pl.col("worth") * pl.col("years")).sum()
    ranked = told.group_by(limits).agg(weight=weight).sort("weight", "limit", descending=[True, False]).head(most)
    places = _places(told, names_of(results))
    summed = told.group_by(*limits, "period", "start").agg(pl.col("worth").sum())
    ordered = ranked.with_row_index("rank").join(summed, on=limits).join(places, on=limits)
    return ordered.sort("rank", "start").select(list(LADDER))


def periods_ahead(results: Results) -> pl.DataFrame:
    """Return the shown periods from the year of the case on: period, start, years, end [decimal year; year]."""
    date = str(results.run.get("as_of", ""))
    year = float(date[:4]) if date[:4].isdigit() else -9999.0
    return shown_periods(results).filter(pl.col("start") >= year)


def first_to_bind(results: Results, nature: str | None = None) -> list[Span]:
    """Return which limit is worth most in each shown period, from the year of the case on, as spans of periods.

    What was there at the start is no limit that stands in the way, and what is worth next to nothing is left out.
    """
    told = _to_answer(results)
    chosen = told if nature is None else told.filter(pl.col("nature") == nature)
    summed = chosen.group_by("period", "start", "limit").agg(pl.col("worth").sum())
    felt = summed.filter(pl.col("worth") >= SLIGHT * pl.col("worth").max())
    top = felt.sort("start", "worth", descending=[False, True]).group_by("period", maintain_order=True).first()
    spans: list[Span] = []
    for period, limit, worth in top.select("period", "limit", "worth").iter_rows():
        if spans and spans[-1].limit == limit:
            spans[-1] = Span(limit, spans[-1].first, period, max(worth, spans[-1].worth))
        else:
            spans.append(Span(limit, period, period, worth))
    return spans


def worth_most(results: Results, nature: str, before: float, most: int) -> list[str]:
    """Return the limits of a nature that are worth most over the periods that start before a year, largest first."""
    told = _to_answer(results).filter((pl.col("nature") == nature) & (pl.col("start") < before))
    worth = (pl.col("worth") * pl.col("years")).sum()
    summed = told.group_by("limit").agg(worth=worth).sort("worth", "limit", descending=[True, False])
    return summed.filter(pl.col("worth") >= SLIGHT * pl.col("worth").max())["limit"].head(most).to_list()


def _to_answer(results: Results) -> pl.DataFrame:
    """Bottlenecks without what was there at the start."""
    told = _told(results)
    return told.filter(~pl.col("equation").is_in(HISTORY))


def _told(results: Results) -> pl.DataFrame:
    """Bottlenecks from the year of the case on: nature, equation, limit, place, period, start, years, worth."""
    found = results.frames.get("bottlenecks", pl.DataFrame())
    if found.is_empty():
        return pl.DataFrame(schema={**LADDER, "years": pl.Float64, "place": pl.String, "equation": pl.String})
    if "nature" not in found.columns:
        found = found.with_columns(nature=pl.lit(""))
    words = limits_in_words(found, names_of(results))
    return words.join(periods_ahead(results).select("period", "start", "years"), on="period")


def limits_in_words(frame: pl.DataFrame, names: Names) -> pl.DataFrame:
    """Return a table of limits (equation, what, ...) with a column `limit`: the limit as a reader says it."""
    labels = frame.select("equation", "what").unique()
    said = [limit_words(equation, what or "", names) for equation, what in labels.iter_rows()]
    return frame.join(
        labels.with_columns(pl.Series("limit", said, dtype=pl.String)), on=["equation", "what"], nulls_equal=True
    )


def _places(told: pl.DataFrame, names: Names) -> pl.DataFrame:
    """Where each limit holds: its places by worth, the first two by name; empty where it holds everywhere."""
    somewhere = told.filter(pl.col("place").is_not_null() & ~pl.col("place").is_in([*EVERYWHERE, WORLD]))
    ranked = somewhere.group_by("nature", "limit", "place").agg(pl.col("worth").sum()).sort("worth", descending=True)
    listed = ranked.group_by("nature", "limit", maintain_order=True).agg("place")
    said = [_listed([short(names.region(place)) for place in places]) for places in listed["place"]]
    every = told.select("nature", "limit").unique()
    named = listed.select("nature", "limit", pl.Series("places", said, dtype=pl.String))
    return every.join(named, on=["nature", "limit"], how="left").with_columns(pl.col("places").fill_null(""))


def _listed(places: Sequence[str]) -> str:
    if len(places) <= NAMED_PLACES + 1:
        return ", ".join(places)
    return f"{', '.join(places[:NAMED_PLACES])} and {len(places) - NAMED_PLACES} more"
