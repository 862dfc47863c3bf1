"""The amount that most_compute maximises, recomputed from the demand curve and the shortages of a plan."""

import polars as pl

from teraplan.case.case import Case
from teraplan.results.recompute import Gap, Plan, at_least
from teraplan.results.results import Results

STEP = ("commodity", "region", "buyer", "period", "step")
GIVEN_UP = 1e-6
"""Share of the first step's amount that the second step may give up for a cheaper plan [1]."""


def target_gap(case: Case, plan: Plan, results: Results) -> Gap:
    """Return by how much a plan of most_compute falls short of (1 - 1e-6) x what its first step found, relative."""
    first = results.run["most_compute"]
    if not isinstance(first, dict):
        return Gap("target_reached", "not asked for", 0.0)
    worth = _worth(case)
    missed = worth.join(plan.shortage.rename({"value": "missed"}), on=list(STEP))
    served = target_at_no_shortage(case) - float((missed["worth"] * missed["missed"]).sum())
    target = case.tables.settings.target.commodity
    row = pl.DataFrame({"target": [target], "left": [served], "right": [(1 - GIVEN_UP) * first["value"]]})
    return at_least("target_reached", row, ["target"])


def target_at_no_shortage(case: Case) -> float:
    """Return the weighted amount of the target where every step of its demand curve is served [weighted target]."""
    worth = _worth(case)
    return float((worth["worth"] * worth["width"]).sum())


def _worth(case: Case) -> pl.DataFrame:
    """What one unit a year of each step of the target counts: STEP, width, worth.

    By the demand curve: the discounted price of its step; discounted: the discount factor; a table: the weight of the
    year (0 where it names none), each times the years of the period.
    """
    settings = case.tables.settings
    weights = settings.target.weights
    given = {} if isinstance(weights, str) else {int(year): float(weight) for year, weight in weights.items()}
    table = pl.DataFrame(
        {"year": list(given), "weight": list(given.values())}, schema={"year": pl.Int32, "weight": pl.Float64}
    )
    named = (
        case.period_years.join(table, on="year").group_by("period").agg(given=(pl.col("part") * pl.col("weight")).sum())
    )
    steps = (
        case.demand_steps.filter(pl.col("commodity") == settings.target.commodity)
        .join(case.periods.select("period", "years", "shortage_factor"), on="period")
        .join(named, on="period", how="left")
    )
    per_unit = {
        "demand_curve": pl.col("price") * pl.col("shortage_factor"),
        "discounted": pl.col("shortage_factor"),
    }.get(weights if isinstance(weights, str) else "", pl.col("given").fill_null(0.0))
    return steps.select(*STEP, "width", worth=per_unit * pl.col("years"))
