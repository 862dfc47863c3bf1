"""What each budget of a programme buys on top of a baseline: many plans, one table of answers."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from typing import cast

import polars as pl

from teraplan.case.case import Case
from teraplan.case.resolve import money_factor
from teraplan.errors import CaseError, Fault, TeraplanError
from teraplan.executor import run_cases
from teraplan.plan import Tell, on_top_of, plan, silent
from teraplan.results.compare import headline
from teraplan.results.ledger import real_money
from teraplan.results.results import Results
from teraplan.scenario import Request, plan_needs, programmes, stand_of
from teraplan.solver import Options

SHOWN_LIMITS = 5
CONCAVE = 1e-5
MONEY = ("stage", "item", "transfer")
POINT = {"budget": pl.Float64, "spent": pl.Float64, "value": pl.Float64, "worth_of_one_more": pl.Float64}


def frontier(
    request: Request,
    budgets: Sequence[float],
    known: Mapping[str, Results] | None = None,
    executor: Executor | int | None = None,
    tell: Tell = silent,
) -> Results:
    """Return what each budget buys on top of the baseline of a scenario with a programme.

    budgets: in the case's currency; a budget of 0 is always planned too: the others are counted from there.
    executor: any concurrent.futures executor, or a number of local processes; none plans one budget after the other.
    The frames are `points` (budget, spent: beyond the baseline, none where it costs less [money unit], value [weighted
    target], worth_of_one_more [weighted target / money unit]), `buys` (quantity, period, value, baseline, difference,
    unit), `money` (stage, item, transfer, paid: difference to the baseline) and `binds` (the limits whose next percent
    is worth most), each by budget.
    """
    request = with_programme(request)
    stand = stand_of(request)
    if stand.scenario.programme is None:
        fault = Fault(
            f"scenario {stand.name!r}", "has no programme: there is no budget to vary", "name one with a [programme]"
        )
        raise CaseError(str(request.case), (fault,))
    made = plan_needs(request, known, tell=tell)
    baseline = made[stand.needs[0]]
    case = on_top_of(stand.case, stand.scenario, made)
    cases = {budget: _with_budget(case, budget) for budget in sorted({0.0, *budgets})}
    plans = _planned(cases, executor, tell)
    return _gathered(plans, baseline, stand.name)


def concave(points: pl.DataFrame) -> bool:
    """Return whether value over budget is concave within 1e-5 of its range, and each dual lies between its secants.

    The secant before a point is at least its worth of one more, the secant after it at most, within the same margin.
    """
    ordered = points.sort("budget")
    secant = ordered["value"].diff() / ordered["budget"].diff()
    span, length = (float(ordered[name][-1] - ordered[name][0]) for name in ("value", "budget"))
    margin = CONCAVE * span / length
    before, after, worth = secant, secant.shift(-1), ordered["worth_of_one_more"]
    falls = (after <= before + margin).drop_nulls().all()
    between = (worth <= before + margin).drop_nulls().all() and (worth >= after - margin).drop_nulls().all()
    return bool(falls and between)


def _planned(cases: Mapping[float, Case], executor: Executor | int | None, tell: Tell) -> dict[float, Results]:
    if executor is None:
        return {
            budget: plan(case, tell=lambda text, at=budget: tell(f"budget {at:.3g}: {text}"))  # type: ignore[misc]
            for budget, case in cases.items()
        }
    # One thread a plan: the executor already keeps every core busy.
    one_thread = partial(plan, options=Options(threads=1))
    outcome = run_cases(one_thread, {str(budget): case for budget, case in cases.items()}, executor, tell=tell)
    for name, failure in outcome.failures.items():
        error = TeraplanError(f"budget {name}: {failure.message}")
        error.exit_code = failure.exit_code or error.exit_code
        raise error
    return dict(zip(cases, outcome.results.values(), strict=True))


def _with_budget(case: Case, budget: float) -> Case:
    """The same case with another budget [currency of the case]; everything else is shared."""
    if case.programme is None:
        raise ValueError("the case has no programme")
    money = budget * money_factor(case.tables.settings)
    return replace(case, programme=replace(case.programme, budget=money))


def _gathered(plans: Mapping[float, Results], baseline: Results, scenario: str) -> Results:
    runs = list(plans.values())
    budgets = [float(run.run["programme"]["budget"]) for run in runs]  # type: ignore[index]
    frames = {
        "points": pl.DataFrame([_point(run) for run in runs], schema=POINT, orient="row"),
        "buys": _stacked(budgets, [_bought(run, baseline) for run in runs]),
        "money": _stacked(budgets, [_money(run, baseline) for run in runs]),
        "binds": _stacked(budgets, [_binding(run) for run in runs]),
    }
    frames |= {name: baseline.frame(name) for name in ("periods", "regions", "processes", "commodities")}
    keep = ("schema", "case", "title", "case_hash", "as_of", "target", "money_unit", "base_year", "teraplan_version")
    record = {name: runs[-1].run[name] for name in keep} | {"edits": baseline.run["edits"]}
    return Results(
        run={**record, "kind": "frontier", "scenario": scenario, "concave": concave(frames["points"])}, frames=frames
    )


def _point(results: Results) -> tuple[float, ...]:
    programme, first = results.run["programme"], results.run["most_compute"]
    return (programme["budget"], programme["spent"], first["value"], programme["worth_of_one_more"])  # type: ignore[index]


def _bought(results: Results, baseline: Results) -> pl.DataFrame:
    """What a plan has beside the baseline: quantity, period, unit, value, baseline, difference.

    The target served and sites in service in the periods that headlines name; over the years in which the programme
    orders, capacity ordered by stage and goods of the world pool made.
    """
    programme = cast("Mapping[str, float]", results.run["programme"])
    key = ["quantity", "period", "unit"]
    mine, theirs = (_quantities(run, (programme["from"], programme["until"])) for run in (results, baseline))
    both = mine.join(theirs.rename({"value": "baseline"}), on=key, how="left", maintain_order="left")
    filled = both.with_columns(pl.col("baseline").fill_null(0.0))
    return filled.with_columns(difference=pl.col("value") - pl.col("baseline"))


def _quantities(results: Results, years: tuple[float, float]) -> pl.DataFrame:
    levels = headline(results).filter(pl.col("quantity").str.contains(" served$|^sites in service$"))
    periods = results.frame("periods").filter(pl.col("start").is_between(*years)).select("period", "years")
    span = pl.lit(f"{int(years[0])}-{int(years[1])}")
    stages = results.frame("processes").select("process", "stage", unit="capacity_unit")
    ordered = results.frame("order").join(periods, on="period").join(stages, on="process")
    orders = ordered.group_by(quantity=pl.col("stage") + " ordered", unit="unit").agg(pl.col("value").sum())
    pool = results.frame("commodities").filter((pl.col("scope") == "world") & (pl.col("kind") == "good"))
    flows = (
        results.frame("flows").filter(pl.col("flow") == "out").drop("stage", "unit", "kind").join(periods, on="period")
    )
    named = flows.join(pool.select("commodity", "stage", "unit"), on="commodity")
    made = named.group_by(quantity=pl.col("stage") + " made", unit="unit").agg(
        (pl.col("value") * pl.col("years")).sum()
    )
    money = str(results.run["money_unit"])
    # Money is told by stage; solar panels, batteries and grid connections in GW do not add up to anything.
    alike = ~pl.col("unit").str.starts_with(money) & ~pl.col("quantity").str.starts_with("power ")
    totals = (
        pl.concat([orders, made])
        .filter((pl.col("value") > 0) & alike)
        .sort("quantity", "unit")
        .with_columns(period=span)
    )
    return pl.concat([part.select("quantity", "period", "unit", "value") for part in (levels, totals)])


def _money(results: Results, baseline: Results) -> pl.DataFrame:
    """Undiscounted money beyond the baseline's: stage, item, transfer, paid [money unit]."""
    lines = [_paid(results), _paid(baseline).with_columns(-pl.col("paid"))]
    return pl.concat(lines).group_by(MONEY).agg(pl.col("paid").sum()).sort("paid", descending=True)


def _paid(results: Results) -> pl.DataFrame:
    return real_money(results.ledger).group_by(MONEY).agg(pl.col("paid").sum())


def _binding(results: Results) -> pl.DataFrame:
    shown = results.frame("periods").filter("shown").select("period", "index")
    ranked = results.bottlenecks.join(shown, on="period").sort("index", "worth", descending=[False, True])
    return ranked.group_by("period", "nature", maintain_order=True).head(SHOWN_LIMITS).drop("index")


def _stacked(budgets: Sequence[float], parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    marked = [
        part.select(pl.lit(budget).alias("budget"), pl.all()) for budget, part in zip(budgets, parts, strict=True)
    ]
    return pl.concat(marked)


def with_programme(request: Request) -> Request:
    """Return the request for the scenario it names; if it names none, for the programme that may fund the most."""
    if request.scenario is not None:
        return request
    having = programmes(request.case)
    if not having:
        fault = Fault(
            str(request.case), "no scenario of this case has a programme", "add one with [programme] and a [[keep]]"
        )
        raise CaseError(str(request.case), (fault,))
    return replace(request, scenario=having[0])
