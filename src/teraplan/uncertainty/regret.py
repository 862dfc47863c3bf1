"""Regret: what several plans cost in several futures beside the best that could have been done in each.

A plan is what it has ordered up to a year; in every future these orders are held, and all else is decided again with
the future known. The best of a future is the plan made for it from the start. Regret is cost less the best (Savage
1951): the plan whose largest regret is the smallest is the minimax-regret plan.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import polars as pl

from teraplan.case.case import Case
from teraplan.case.settings import Keep
from teraplan.errors import CaseError, Fault, Infeasible, TeraplanError
from teraplan.model.build import build_problem
from teraplan.plan import record_of
from teraplan.results.keep import kept_bounds
from teraplan.results.results import Results
from teraplan.solver import Options, solve
from teraplan.uncertainty.ensemble import Means
from teraplan.uncertainty.near_optimal import HERE, run_all

BEST = "best of "
ROUNDING = 1e-6
"""A regret below this share of the best cost is the solver's tolerance."""
ANSWER = {"cost": pl.Float64, "unserved": pl.Float64, "reason": pl.String}


def regret(
    plans: Mapping[str, Results],
    futures: Mapping[str, Case],
    until: float | Mapping[str, float] | None = None,
    means: Means | None = None,
) -> Results:
    """Return what each plan costs in each future, and its regret.

    until: the last year whose orders are held, one for all or one for each plan; none: all orders are. futures are
    least-cost cases of one world: the same periods, and no orders of other plans held. means: where plans are solved;
    none: one after the other in this process.

    Frames: `costs` (plan, future, cost, best, regret [money unit], relative [1], unserved [target over the years
    shown], reason: why the plan cannot be met there; costs are null then), `regrets` (plan, until, largest, where,
    mean, unmet: in how many futures it cannot be met, minimax), `futures` (future, best, unserved). Raises CaseError
    with every plan or future that cannot be compared, Infeasible where no plan can meet a future.
    """
    years = {name: until.get(name) if isinstance(until, Mapping) else until for name in plans}
    _check(plans, futures, years)
    cases = {BEST + name: case for name, case in futures.items()}
    for plan, results in plans.items():
        for name, case in futures.items():
            cases[f"{plan} in {name}"] = _held(case, plan, results, years[plan])
    outcome = run_all(partial(_answered, options=(means or HERE).options), cases, means)
    for name, failure in outcome.failures.items():
        error = TeraplanError(f"{name}: {failure.message}")
        error.exit_code = failure.exit_code or error.exit_code
        raise error
    found = {name: frame.row(0, named=True) for name, frame in outcome.results.items()}
    impossible = [name for name in futures if found[BEST + name]["reason"]]
    if impossible:
        told = "; ".join(f"{name}: {found[BEST + name]['reason']}" for name in impossible)
        raise Infeasible(f"no plan can meet {told}")
    costs = _costs(found, plans, futures)
    regrets = _regrets(costs, years)
    best = pl.DataFrame(
        [(name, found[BEST + name]["cost"], found[BEST + name]["unserved"]) for name in futures],
        schema={"future": pl.String, "best": pl.Float64, "unserved": pl.Float64},
        orient="row",
    )
    minimax = regrets.filter("minimax")["plan"]
    record = {"kind": "regret", "minimax": minimax[0] if minimax.len() else None, "plans": list(plans)}
    record |= {"futures": list(futures), "until": years, "scenario": None}
    frames = {"costs": costs, "regrets": regrets, "futures": best}
    return Results(run={**record_of(next(iter(futures.values()))), **record}, frames=frames)


def _check(plans: Mapping[str, Results], futures: Mapping[str, Case], years: Mapping[str, float | None]) -> None:
    faults = []
    if not plans:
        faults.append(Fault("plans", "there is none", "name a scenario or a stored run"))
    if not futures:
        faults.append(Fault("futures", "there is none", "name a scenario of the case"))
    names = {case.name for case in futures.values()}
    if len(names) > 1:
        faults.append(Fault("futures", f"are of {' and '.join(sorted(names))}", "take scenarios of one case"))
    for name, case in futures.items():
        if case.tables.settings.objective != "least_cost" or case.programme is not None:
            what = f"seeks {case.tables.settings.objective}: regret is counted in money"
            faults.append(Fault(f"future {name!r}", what, "take a future of least cost, without a programme"))
        elif case.kept.height:
            fix = "take the scenario without its [[keep]]: the plans are what is held"
            faults.append(Fault(f"future {name!r}", "holds the orders of another plan already", fix))
    for name, results in plans.items():
        if "order" not in results.frames:
            faults.append(Fault(f"plan {name!r}", "is no plan", "name a stored plan, not a study"))
        elif names and results.run["case"] not in names:
            what = f"is a plan of {results.run['case']}, the futures are of {' and '.join(sorted(names))}"
            faults.append(Fault(f"plan {name!r}", what, "take a plan of the same case"))
        first = min((float(case.periods["start"].min()) for case in futures.values()), default=0.0)  # type: ignore[arg-type]
        year = years[name]
        if year is not None and year < first:
            what = f"is held until {year:g}, before the first period: nothing of it would be held"
            faults.append(Fault(f"plan {name!r}", what, f"name a year from {first:g} on"))
    if faults:
        raise CaseError(next(iter(names), "regret"), tuple(faults))


def _held(case: Case, plan: str, results: Results, until: float | None) -> Case:
    """A future in which the orders of a plan are held up to a year."""
    keep = Keep.model_validate({"run": "plan", "until": until})
    return replace(case, name=f"{case.name}, with {plan}", kept=kept_bounds(case, [keep], {"plan": results}))


def _answered(case: Case, options: Options) -> pl.DataFrame:
    """What is left of a future's cost to decide: cost, unserved, and the reason where it cannot be met."""
    try:
        problem = build_problem(case)
        solution = solve(problem, options)
    except Infeasible as error:
        reason = error.culprits[0].sentence if error.culprits else str(error)
        return pl.DataFrame([(None, None, reason)], schema=ANSWER, orient="row")
    except CaseError as error:
        fault = error.faults[0]
        return pl.DataFrame([(None, None, f"{fault.where}: {fault.what}")], schema=ANSWER, orient="row")
    years = case.periods.filter("shown").select("period", "years")
    columns = problem.columns.with_columns(value=pl.Series(solution.value))
    target = case.tables.settings.target.commodity
    missed = columns.filter((pl.col("variable") == "shortage") & (pl.col("commodity") == target))
    unserved = float(missed.join(years, on="period").select((pl.col("value") * pl.col("years")).sum()).item())
    return pl.DataFrame([(solution.objective, unserved, None)], schema=ANSWER, orient="row")


def _costs(
    found: Mapping[str, Mapping[str, object]], plans: Mapping[str, Results], futures: Mapping[str, Case]
) -> pl.DataFrame:
    rows = [
        {"plan": plan, "future": name, "best": found[BEST + name]["cost"], **found[f"{plan} in {name}"]}
        for plan in plans
        for name in futures
    ]
    table = pl.DataFrame(rows, schema={"plan": pl.String, "future": pl.String, "best": pl.Float64, **ANSWER})
    extra = pl.col("cost") - pl.col("best")
    # What is held is one plan more than the future has without: less than its best is the solver's tolerance.
    regretted = pl.when(extra > ROUNDING * pl.col("best").abs()).then(extra).when(extra.is_not_null()).then(0.0)
    return table.with_columns(regret=regretted).select(
        "plan",
        "future",
        "cost",
        "best",
        "regret",
        (pl.col("regret") / pl.col("best").abs()).alias("relative"),
        "unserved",
        "reason",
    )


def _regrets(costs: pl.DataFrame, years: Mapping[str, float | None]) -> pl.DataFrame:
    """Each plan's largest and mean regret over the futures in which it can be met; the minimax plan meets them all."""
    met = pl.col("regret").is_not_null()
    summed = costs.group_by("plan", maintain_order=True).agg(
        largest=pl.col("regret").max(),
        where=pl.col("future").filter(met).sort_by(pl.col("regret").filter(met), descending=True).first(),
        mean=pl.col("regret").mean(),
        unmet=(~met).sum(),
    )
    held = pl.DataFrame(
        {"plan": list(years), "until": list(years.values())}, schema={"plan": pl.String, "until": pl.Float64}
    )
    whole = pl.col("unmet") == 0
    least = pl.col("largest").filter(whole).min()
    told = summed.join(held, on="plan", maintain_order="left")
    first = whole & (pl.col("largest") == least)
    return told.with_columns(minimax=first & (first.cum_sum() == 1)).select(
        "plan", "until", "largest", "where", "mean", "unmet", "minimax"
    )
