"""The facts of a sample in words, and how far each moves compute and money."""

import re

import polars as pl

from teraplan.report.words import Names, item, names_of, plain
from teraplan.results.results import Results
from teraplan.uncertainty.samples.draws import SPREAD
from teraplan.uncertainty.samples.importance import Importance, factor_quantiles, importance
from teraplan.uncertainty.samples.sample import totals

FOREMOST = 3
"""Facts that are named in sentences."""
LABEL = 56
"""Longest name of a fact beside its bar [letter]."""
SHOWN = 12
"""Facts that a figure shows."""
FEWEST = 30
"""Draws with a plan below which nothing is said of single facts."""
KINDS = {
    "recipes": "recipe", "costs": "cost", "lead_times": "lead time", "capacity": "capacity that is there",
    "limits": "limit", "shares": "share", "rules": "rule", "demand": "demand", "reserve": "reserve", "taxes": "tax",
    "availability": "availability", "store_limits": "store",
}  # fmt: skip
EMPTY_WORDS = ("*", "main", "all", "0.0", "build")
OFFSET = re.compile(r"-?\d+\.\d+")
LONG = 24
"""Longest name of a region in the name of a fact [letter]."""


def most_moving(results: Results, top: int = SHOWN) -> pl.DataFrame:
    """Return the factors that move compute and money most: outcome, factor, title, share, noise, low, high, mean, unit.

    See `uncertainty.importance`. Empty where there are fewer than 30 draws with a plan.
    """
    parts = []
    for outcome in (str(results.run["target"]), "money"):
        found = _importance(results, outcome)
        if found is None:
            continue
        inputs, told, unit = found
        parts.append(
            pl.DataFrame(
                {
                    "outcome": outcome, "factor": list(inputs), "title": [title_of(results, name) for name in inputs],
                    "share": told.share, "noise": told.noise, "low": told.low, "high": told.high, "mean": told.mean,
                    "unit": unit,
                }
            ).sort("share", "factor", descending=[True, False]).head(top)
        )  # fmt: skip
    schema = ("outcome", "factor", "title", "share", "noise", "low", "high", "mean", "unit")
    return pl.concat(parts) if parts else pl.DataFrame(schema=dict.fromkeys(schema, pl.String))


def _importance(results: Results, outcome: str) -> tuple[tuple[str, ...], Importance, str] | None:
    mine = totals(results).filter(pl.col("outcome") == outcome).sort("draw")
    if mine.height < FEWEST or results.run["method"] not in SPREAD:
        return None
    factors, inputs = factor_quantiles(results, mine["draw"].to_list())
    return factors, importance(inputs, mine["value"].to_numpy()), str(mine["unit"][0])


def title_of(results: Results, name: str) -> str:
    """Return a factor in words: what its fact says of what, or the group of facts that move together."""
    facts = results.frame("facts").filter(pl.col("factor") == name)
    if facts.height > 1:
        return f"{plain(name)} ({facts.height} facts)"
    row = facts.row(0, named=True)
    names = names_of(results)
    words = [word for word in str(row["what"]).split(" ") if word not in EMPTY_WORDS and not OFFSET.fullmatch(word)]
    told = [names.things.get(word) or _region(word, names) or item(plain(word.strip("*"))) for word in words]
    return f"{KINDS.get(row['table'], row['table'])}: {', '.join(told)}"


def _region(label: str, names: Names) -> str:
    """A region by its name, or by its label where the name is a sentence."""
    name = names.regions.get(label, "")
    return label if len(name) > LONG else name
