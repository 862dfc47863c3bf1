"""Why a plan does not build more: the limits that are worth most, each stretched by 1 % and the case planned again.

The ladder foretells from duals, to first order; a second plan under the wider limit shows what it really brings.
"""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from teraplan.case.case import Case
from teraplan.explain.alike import cited
from teraplan.explain.explanation import Explanation, Line, Sentence
from teraplan.explain.lines import lines_behind
from teraplan.explain.stretch import ROWS, stretched
from teraplan.model.build import build_problem
from teraplan.model.problem import Problem
from teraplan.plan import Tell, silent
from teraplan.report.words import amount, limit_words, names_of, period_words
from teraplan.results.bottlenecks import FIXED, NOT_YET, ROUTE, worth_factor
from teraplan.results.results import Results
from teraplan.solver import Options, solve

BOTTLENECKS = "bottlenecks"
CONFIRMED, LISTED = 3, 8
"""How many limits are stretched and planned again, and how many are named at all."""
EACH = ("equation", "what", "place")


def why_no_more(
    case: Case, results: Results, options: Options | None = None, tell: Tell = silent, confirmed: int = CONFIRMED
) -> Explanation:
    """Return what keeps a plan from building more: its deepest limits over the years shown, from the case's date on.

    confirmed: how many of them are stretched by 1 % and planned again, a cold solve each. Worth is that of 1 % more in
    every year in which the limit binds, over the whole plan: discounted money of the base year, or weighted target.
    """
    ladder = _deepest(case, results)
    if not ladder.height:
        return Explanation(BOTTLENECKS, f"{_name(results)}: no limit binds; what is not built does not pay.")
    tell("stating the problem")
    problem = build_problem(case)
    limits = ladder.select(*EACH, "total").unique(EACH, maintain_order=True).head(LISTED)
    told = []
    for place, limit in enumerate(limits.iter_rows(named=True), start=1):
        mine = ladder.filter(pl.all_horizontal([pl.col(label) == limit[label] for label in EACH]))
        gained = None
        if place <= confirmed:
            tell(f"planning again with 1 % more of limit {place} of {confirmed}")
            watched = replace(options or Options(), progress=lambda _, seconds: tell(f"solving: {seconds:.0f} s"))
            gained = _gain(results, stretched(case, problem, mine), watched)
        told.append(_told(case, results, mine, gained))
    head = f"{_name(results)}: what 1 % more of a limit would be worth over the whole plan, the deepest first."
    return Explanation(BOTTLENECKS, head, tuple(told))


def _deepest(case: Case, results: Results) -> pl.DataFrame:
    """The ladder of the years ahead with `total`: the worth of each limit over all of them; the deepest first."""
    today = float(case.tables.settings.as_of.year)
    ahead = case.periods.filter(pl.col("shown") & (pl.col("end") > today))
    dated = results.bottlenecks.join(ahead, on="period", maintain_order="left")
    whole = (pl.col("worth") * worth_factor(case)).sum().over(EACH)
    return dated.with_columns(total=whole).sort("total", *EACH, "index", descending=[True, *[False] * 4])


def _gain(results: Results, problem: Problem, options: Options) -> float:
    """What the objective is better by under a wider limit: less cost, or more of the target in the first step."""
    if problem.target is None:
        return float(str(results.run["objective"])) - solve(problem, options).objective
    weights, constant = problem.target
    program = replace(problem.program, cost=weights, offset=constant, maximise=True)
    reached = results.run["most_compute"]
    assert isinstance(reached, Mapping)
    return solve(replace(problem, program=program), options).objective - float(reached["value"])


def _told(case: Case, results: Results, limit: pl.DataFrame, gained: float | None) -> Sentence:
    equation, what, place = (str(limit[label][0]) for label in EACH)
    periods = [period_words(period) for period in limit.sort("index")["period"]]
    years = periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]}"
    where = "" if place in ("*", "WLD") else f", {place}"
    foretold = float(limit["total"][0])
    unit = str(limit["unit"][0]).removesuffix("/year")
    lines = _lines(case, limit)
    said = f"{limit_words(equation, what, names_of(results))}{where}, {years}"
    worth = f"1 % more is foretold to be worth {amount(foretold, unit)}"
    numbers = {"foretold": foretold}
    if gained is not None:
        worth += f", and planned again it brings {amount(gained, unit)} ({gained / foretold:.0%} of that)"
        numbers |= {"planned": gained}
    return Sentence(f"{said}{cited(lines)}: {worth}.", lines=lines, numbers=numbers)


def _lines(case: Case, limit: pl.DataFrame) -> tuple[Line, ...]:
    """The lines behind a limit in the periods in which it binds."""
    found = [line for row in limit.iter_rows(named=True) for line in _lines_of_row(case, row)]
    return tuple({(line.table, line.line): line for line in found}.values())


def _lines_of_row(case: Case, row: Mapping[str, object]) -> tuple[Line, ...]:
    equation, what, place = (str(row[label]) for label in EACH)
    labels = {"place": place, "period": str(row["period"])}
    if equation in (NOT_YET, FIXED):
        regions = case.usable_existing.filter(pl.col("process") == what)["region"].unique().sort()
        behind = [lines_behind(case, "activity", {**labels, "process": what, "region": region}) for region in regions]
        return tuple(line for lines in behind for line in lines if line.table == "capacity")
    if equation == ROUTE:
        origin, destination = place.split(" to ")
        way = {"commodity": what, "origin": origin, "destination": destination}
        return lines_behind(case, "ship", {**labels, **way})
    names = dict(zip(ROWS[equation][0], what.split(" "), strict=True))
    return lines_behind(case, equation, {**labels, **names, **({"sense": "at_most"} if "share" in names else {})})


def _name(results: Results) -> str:
    return str(results.run.get("name") or results.run.get("scenario") or results.run["case"])
