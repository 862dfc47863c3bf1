"""What `teraplan hedge` prints: the story, what each future costs by plan, the measures."""

import polars as pl

from teraplan.cli.tables import table_of, text_of
from teraplan.report.hedge_story import costs, story
from teraplan.report.words import names_of, percent, plain
from teraplan.results.results import Results

NO_GAP = 1e-9
"""A relative gap below this is rounding."""
PLANS = {
    "hedge": "hedge",
    "mean": "orders for the mean",
    "likely": "for the likeliest",
    "alone": "known from the start",
}


def hedge(found: Results) -> str:
    """Return a hedge in words and two small tables."""
    unit = str(found.run["money_unit"])
    table = costs(found)
    plans = [plan for plan in PLANS if plan in table.columns]
    by_leaf = table_of(f"What each future costs [{unit}]", ["future", "chance", *(PLANS[plan] for plan in plans)])
    for row in table.iter_rows(named=True):
        numbers = (f"{row[plan]:,.1f}" for plan in plans)
        by_leaf.add_row(plain(row["leaf"]), percent(row["probability"]), *numbers)
    measures = table_of(f"Measures [{unit}]", found.frame("measures")["measure"].to_list())
    measures.add_row(*("-" if one is None else f"{one:,.2f}" for one in found.frame("measures")["value"]))
    gap = float(str(found.run["gap"]))
    solved = f"{found.run['method']}, {f'gap {gap:.1e}' if gap > NO_GAP else 'optimal'}"
    return "\n".join([*story(found, names_of(found)), "", text_of(by_leaf), text_of(measures), f"Solved by {solved}."])


def hedge_data(found: Results) -> dict[str, object]:
    """Return a hedge as a program reads it: its record, and its tables but for those of words."""
    tables = ("nodes", "leaves", "measures", "now", "fresh")
    served = found.frame("compute").filter(pl.col("plan") == "hedge")
    return {
        **found.run,
        "story": list(story(found, names_of(found))),
        **{name: found.frame(name).to_dicts() for name in tables},
        "compute": served.to_dicts(),
    }
