"""What a programme or scenario changes, in sentences: what is spent, when it tells, how much each budget buys."""

from collections.abc import Mapping

import polars as pl

from teraplan.report.ladder import worth_most
from teraplan.report.tables import target_served
from teraplan.report.words import amount, change, inside, names_of, percent, period_words, run_names
from teraplan.results.compare import headline_periods
from teraplan.results.results import Results

Sentences = tuple[tuple[str, str], ...]
SPENT = 0.999
"""Share of a budget above which it counts as spent."""
NOTHING = 1e-4
"""Share of a level below which a difference counts as none."""
FELT = 0.01
"""Share of a level above which a difference is felt."""
FOREMOST = 3
"""How many limits a sentence names."""


def programmes(runs: Mapping[str, Results]) -> Sentences:
    """Return what each programme spends of its budget [money], by plan."""
    said = []
    for name, results in runs.items():
        programme, unit = results.run.get("programme"), str(results.run["money_unit"])
        if not isinstance(programme, Mapping) or programme.get("spent") is None:
            continue
        budget, spent = float(programme["budget"]), float(programme["spent"])
        years = f"orders from {programme['from']:.0f} to {programme['until']:.0f} and what runs on in those years"
        whole = f"{amount(budget, unit)} on top of the baseline for {years};"
        if spent >= SPENT * budget:
            said.append((name, f"{whole} all of it is spent."))
        else:
            left = f"the other {amount(budget - spent, unit)} would add nothing, because other limits stand in the way"
            said.append((name, f"{whole} {amount(spent, unit)} is spent, {left}."))
    return tuple(said)


def over_time(runs: Mapping[str, Results]) -> Sentences:
    """Return from when on each plan differs from the first in the target [target / year], and where it does most."""
    (_, baseline), *others = runs.items()
    before = target_served(baseline).select("period", "start", "unit", baseline="value")
    said = []
    for name, results in others:
        both = target_served(results).select("period", "value").join(before, on="period").sort("start")
        told = both.with_columns(more=pl.col("value") - pl.col("baseline"))
        if told.is_empty():
            continue
        largest = told.sort(pl.col("more").abs(), descending=True).row(0, named=True)
        if abs(largest["more"]) <= NOTHING * largest["baseline"]:
            said.append((name, "no difference in any shown year."))
            continue
        most = change(largest["value"], largest["baseline"], largest["unit"], largest["period"])
        said.append(
            (name, f"{_beginning(told, results, headline_periods(baseline)[0])}the largest difference is {most}.")
        )
    return tuple(said)


def _beginning(told: pl.DataFrame, results: Results, first: str) -> str:
    """When a difference that is not there in the first told period begins, and what stands in its way until then."""
    at_first = told.filter(pl.col("period") == first)
    if at_first.is_empty() or abs(at_first["more"][0]) > NOTHING * at_first["baseline"][0]:
        return ""
    none = f"no change in {period_words(first)}"
    felt = told.filter(pl.col("more").abs() > FELT * pl.col("baseline"))
    if felt.is_empty():
        return f"{none}, and never more than {100 * FELT:g} %; "
    begins = felt.row(0, named=True)
    way = "adds" if begins["more"] > 0 else "takes away"
    limits = [inside(limit) for limit in worth_most(results, "physical", begins["start"], FOREMOST)]
    until = f" (until then the physical limits that are worth most: {'; '.join(limits)})" if limits else ""
    return f"{none}; it {way} more than {100 * FELT:g} % from {period_words(begins['period'])} on{until}; "


def budgets(frontier: Results | None) -> Sentences:
    """Return which budget [money] buys half of the largest effect on the target, and what the last step adds to it."""
    found = pl.DataFrame() if frontier is None else frontier.frames.get("buys", pl.DataFrame())
    if frontier is None or found.is_empty():
        return ()
    mine = found.filter((pl.col("quantity") == f"{frontier.run['target']} served") & pl.col("period").is_not_null())
    dated = mine.join(frontier.frame("periods").select("period", "start"), on="period")
    points = dated.filter(pl.col("start") == pl.col("start").max()).sort("budget")
    if points.height < 2 or float(points["difference"].max()) <= NOTHING * float(points["baseline"][0]):  # type: ignore[arg-type]
        return ()
    money, unit, when = str(frontier.run["money_unit"]), points["unit"][0], period_words(points["period"][0])
    most = float(points["difference"].max())  # type: ignore[arg-type]
    (before, less), (last, final) = points.select("budget", "difference").rows()[-2:]
    target = names_of(frontier).thing(str(frontier.run["target"])).lower()
    half = (
        f"about {amount(_reaching(most / 2, points), money, 2)} buys half of the largest effect on {target} in {when} "
        f"(+{amount(most, unit)}; straight lines between the budgets that were planned)"
    )
    step = f"the last step, from {amount(before, money)} to {amount(last, money)}, adds {amount(final - less, unit)}"
    name = f"Budgets, {run_names([frontier])[0]}"
    return ((name, f"{half}; {step} ({percent((final - less) / most)} of it)."),)


def _reaching(value: float, points: pl.DataFrame) -> float:
    """The budget at which the effect first reaches a value, on straight lines between the points."""
    budgets, effects = points["budget"].to_list(), points["difference"].to_list()
    for at, effect in enumerate(effects):
        if effect >= value:
            if at == 0:
                break
            share = (value - effects[at - 1]) / (effect - effects[at - 1])
            return float(budgets[at - 1] + share * (budgets[at] - budgets[at - 1]))
    return float(budgets[0])
