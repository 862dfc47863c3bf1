"""What it would be worth to know each fact of a sample before deciding, in money.

Candidate plans are judged in the draws (see `candidates`); who knew a fact first would choose among them by it (see
`value_of_information`). That is another question than the share of variance: a fact may move every plan's cost a great
deal and be worth nothing, where the same plan is best whatever it is.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from teraplan.case.case import Case
from teraplan.errors import ArgumentError, Fault
from teraplan.results.results import Results
from teraplan.uncertainty.ensemble import Means
from teraplan.uncertainty.samples.candidates import Judged, judge, past_periods
from teraplan.uncertainty.samples.draws import SPREAD, Floats
from teraplan.uncertainty.samples.importance import factor_quantiles
from teraplan.uncertainty.samples.outcomes import OBJECTIVE
from teraplan.uncertainty.samples.value_of_information import ValueOfInformation, value_of_information

AHEAD = 2
"""Years from the date of the case whose orders are decided now, where no year is named."""
FEWEST = 10
"""Draws below which nothing can be said."""


def with_worth(
    case: Case, drawn: Results, until: int | None = None, draws: int = 200, means: Means | None = None
) -> Results:
    """Return a sample with what knowing each fact before deciding is worth.

    drawn: a sample of the same case (`sample`). until: the last year whose orders are decided before facts are known;
    none: two years after the case's date. draws: the first draws with a plan in which candidates are judged, each in a
    plan more. Raises ArgumentError for what `check_worth` says, and where fewer than 10 draws are left that every
    candidate can meet.

    The frames gain `candidates` (plan, mean_cost, beyond: how far that is above the best, error: the standard error of
    it, best_in: draws in which none is cheaper, cannot_meet: draws, unit), `candidate_orders`, `candidate_costs` (draw,
    plan, cost, unit), `candidate_failures` (draw, plan, kind, why) and `worth` (factor, worth, chance, unit), and `run`
    the dict `worth`: until, tried and kept (draws), best (plan), cost, perfect (EVPI: what knowing everything would
    save who chooses among the candidates), foresight (the same, of all plans there are: no more than this), chance.
    """
    last = decided_until(case) if until is None else until
    check_worth(case, str(drawn.run["method"]), last, draws)
    _check_left(drawn.frame("outcomes")["draw"].n_unique(), "draws have a plan")
    judged = judge(case, drawn, last, draws, means)
    wide = judged.costs.pivot("plan", index="draw", values="cost").drop_nulls().sort("draw")
    _check_left(wide.height, "draws can be met by every candidate")
    kept = wide["draw"].to_list()
    costs = wide.select(judged.plans).to_numpy()
    factors, inputs = factor_quantiles(drawn, kept)
    found = value_of_information(costs, inputs)
    unit = pl.lit(str(case.tables.settings.money_unit)).alias("unit")
    worth = pl.DataFrame({"factor": factors, "worth": found.fact}).with_columns(chance=pl.lit(found.chance))
    frames = {
        "candidates": _candidates(judged, costs, found).with_columns(unit),
        "candidate_orders": _with_units(judged.orders, case),
        "candidate_costs": judged.costs.with_columns(unit),
        "candidate_failures": judged.failures,
        "worth": worth.sort("worth", "factor", descending=[True, False]).with_columns(unit),
    }
    told = {
        "until": last,
        "tried": _tried(judged),
        "kept": len(kept),
        "best": judged.plans[found.plan],
        "cost": found.cost,
        "perfect": found.perfect,
        "foresight": found.cost - _alone(drawn, kept),
        "chance": found.chance,
    }
    return Results(run={**drawn.run, "worth": told}, frames={**drawn.frames, **frames})


def decided_until(case: Case) -> int:
    """Return the second year after the case's date, or that after it decides first, within its horizon."""
    settings = case.tables.settings
    first, last = _years(case)
    return min(max(settings.as_of.year + AHEAD, int(settings.decide_from or 0) + 1, first), last)


def check_worth(case: Case, method: str, until: int, draws: int) -> None:
    """Raise ArgumentError where worth cannot be asked for, with every reason: before a draw is planned."""
    faults = []
    first, last = _years(case)
    if not first <= until <= last:
        fix = f"give a year from {first} to {last}"
        faults.append(
            Fault("until", f"no order of {case.name} is still to be decided up to {until}, or none after it", fix)
        )
    if draws < FEWEST:
        faults.append(Fault("draws", f"{draws} draws show nothing", f"give {FEWEST} or more"))
    if method not in SPREAD:
        what = f"draws of {method} are laid out for indices, and are not as likely as facts are"
        faults.append(Fault("method", what, f"use one of {', '.join(SPREAD)}"))
    if case.tables.settings.objective == "most_compute":
        fix = "use a scenario that seeks the least cost"
        faults.append(Fault("objective", "the case seeks most compute, so that plans are not told apart by cost", fix))
    if faults:
        raise ArgumentError("worth", tuple(faults))


def _years(case: Case) -> tuple[int, int]:
    """First and last year that orders may be decided in; what is past is decided."""
    ahead = case.periods.filter(~pl.col("period").is_in(list(past_periods(case))))["start"]
    first = max(float(ahead.min() or case.horizon_end), case.tables.settings.decide_from or 0.0)  # type: ignore[arg-type]
    return int(first), int(np.ceil(case.horizon_end)) - 1


def _check_left(count: int, what: str) -> None:
    if count < FEWEST:
        fix = "give more draws, or an earlier year"
        raise ArgumentError("worth", (Fault("draws", f"{count} {what}, and {FEWEST} are needed", fix),))


def _candidates(judged: Judged, costs: Floats, found: ValueOfInformation) -> pl.DataFrame:
    """Each candidate beside the best one, over the draws that every candidate can meet; the best first."""
    beyond = costs - costs[:, [found.plan]]
    least = costs <= costs.min(axis=1, keepdims=True)
    failed = dict(judged.failures.group_by("plan").len().iter_rows())
    return pl.DataFrame(
        {
            "plan": judged.plans,
            "mean_cost": costs.mean(axis=0),
            "beyond": beyond.mean(axis=0),
            "error": beyond.std(axis=0, ddof=1) / np.sqrt(len(costs)),
            "best_in": least.sum(axis=0),
            "cannot_meet": [int(failed.get(plan, 0)) for plan in judged.plans],
        }
    ).sort("mean_cost", maintain_order=True)


def _with_units(orders: pl.DataFrame, case: Case) -> pl.DataFrame:
    units = case.processes.select("process", unit="capacity_unit")
    return orders.join(units, on="process", how="left", maintain_order="left")


def _tried(judged: Judged) -> int:
    return pl.concat([judged.costs["draw"], judged.failures["draw"]]).n_unique()


def _alone(drawn: Results, draws: Sequence[int]) -> float:
    """Mean cost of the plans made for these draws alone."""
    mine = pl.col("draw").is_in(list(draws)) & (pl.col("quantity") == OBJECTIVE)
    return float(drawn.frame("outcomes").filter(mine)["value"].to_numpy().mean())
