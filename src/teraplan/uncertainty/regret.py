"""Regret: what several plans cost in several futures beside the best that could have been done in each.

A plan is what it has ordered up to a year; in every future these orders are held, and all else is decided again with
the future known. The best of a future is the plan made for it from the start. Regret is cost less the best (Savage
1951): the plan whose largest regret is the smallest is the minimax-regret plan.

A future may not allow what is held: a site is missing, a limit is lower. Then the orders come as near to it as the
future allows, and how far they were moved is told beside the regret:

    step 1: moved = min over plans x of the future of sum over held orders of price x |order - held|
    step 2: cost  = min cost over those with sum of price x |order - held| <= moved (1 + SLACK)
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from teraplan.case.case import Case
from teraplan.case.settings import Keep
from teraplan.errors import CaseError, Fault, Infeasible, TeraplanError
from teraplan.model.build import build_problem
from teraplan.model.problem import Problem
from teraplan.plan import record_of
from teraplan.results.keep import kept_bounds
from teraplan.results.results import Results
from teraplan.solver import Options, solve
from teraplan.uncertainty.ensemble import Means
from teraplan.uncertainty.near_optimal import HERE, run_all
from teraplan.uncertainty.nearness import LEAST_PRICE, SITE, price_of_an_order, towards

Floats = NDArray[np.float64]
BEST = "best of "
ROUNDING = 1e-6
"""A regret below this share of the best cost is the solver's tolerance."""
SLACK = 1e-6
"""Share of the least distance by which the second step may exceed it [1]."""
NEGLIGIBLE = 1e-6
"""An order below this is none [its unit]."""
ANSWER = {"cost": pl.Float64, "unserved": pl.Float64, "moved": pl.Float64, "reason": pl.String}
ORDER = [*SITE, "period"]


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
    shown], moved: orders that the future does not allow as they are held, at their undiscounted price [money unit],
    reason: why, where any are), `regrets` (plan, until, largest, where, mean, moved: the most in any future, minimax),
    `futures` (future, best, unserved). Raises CaseError with every plan or future that cannot be compared, Infeasible
    where no plan can meet a future.
    """
    years = {name: until.get(name) if isinstance(until, Mapping) else until for name in plans}
    _check(plans, futures, years)
    cases = {BEST + name: _Held(case) for name, case in futures.items()}
    for plan, results in plans.items():
        for name, case in futures.items():
            cases[f"{plan} in {name}"] = _held(case, plan, results, years[plan])
    outcome = run_all(partial(_answered, options=(means or HERE).options), cases, means)
    for name, failure in outcome.failures.items():
        error = TeraplanError(f"{name}: {failure.message}")
        error.exit_code = failure.exit_code or error.exit_code
        raise error
    found = {name: frame.row(0, named=True) for name, frame in outcome.results.items()}
    impossible = [name for name in futures if found[BEST + name]["cost"] is None]
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
    record = {"kind": "regret", "minimax": minimax[0], "plans": list(plans)}
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
        starts = [start for case in futures.values() for start in case.periods["start"].to_list()] or [0.0]
        first, last = min(starts), max(starts)
        year = years[name]
        if year is not None and year < first:
            what = f"is held until {year:g}, before the first period: nothing of it would be held"
            faults.append(Fault(f"plan {name!r}", what, f"name a year from {first:g} on"))
        elif year is not None and year > last:
            what = f"is held until {year:g}, after the last period, which starts in {last:g}"
            faults.append(Fault(f"plan {name!r}", what, "name an earlier year, or none to hold all its orders"))
    if faults:
        raise CaseError(next(iter(names), "regret"), tuple(faults))


@dataclass(frozen=True)
class _Held:
    """A future in which orders are held, and those of them that it has no place for.

    price: what a unit of each held order pays in the plan that it is of. lost: their price together [money unit];
    named: what they are.
    """

    case: Case
    price: pl.DataFrame | None = None
    lost: float = 0.0
    named: str = ""


def _held(case: Case, plan: str, results: Results, until: float | None) -> _Held:
    """The future in which the orders of a plan are held up to a year."""
    keep = Keep.model_validate({"run": "plan", "until": until})
    kept = kept_bounds(case, [keep], {"plan": results})
    paid = results.ledger.filter((pl.col("term") == "order_cost") & pl.col("in_view")).group_by(ORDER)
    price = (
        results.frame("order")
        .join(paid.agg(pl.col("paid").sum()), on=ORDER, how="left")
        .select(*ORDER, price=pl.col("paid").fill_null(0.0) / pl.col("value"))
    )
    nowhere = kept.join(case.order_sites, on=ORDER, how="anti")
    lost = nowhere.filter(pl.col("lower") > NEGLIGIBLE).join(price, on=ORDER, how="left").sort(ORDER)
    told = [f"order[{', '.join(row[:3])}] of {row[3]:.4g}" for row in lost.select(*ORDER, "lower").iter_rows()]
    many = f" and {len(told) - 1} more" if len(told) > 1 else ""
    return _Held(
        replace(case, name=f"{case.name}, with {plan}", kept=kept.join(case.order_sites, on=ORDER, how="semi")),
        price,
        lost.select((pl.col("lower") * pl.col("price").fill_null(0.0)).sum()).item(),
        f"{told[0]}{many} cannot be made there" if told else "",
    )


def _answered(held: _Held, options: Options) -> pl.DataFrame:
    """What is left of a future's cost to decide: cost, unserved, moved, and the reason where orders were moved."""
    why, moved = held.named, held.lost
    try:
        problem = build_problem(held.case)
        solution = solve(problem, options)
        cost, value = solution.objective, solution.value
    except (Infeasible, CaseError) as error:
        why = "; ".join(part for part in (why, _why(error)) if part)
        found = _nearest(held, options)
        if found is None:
            return pl.DataFrame([(None, None, None, why)], schema=ANSWER, orient="row")
        problem, cost, value, further = found
        moved += further
    if moved <= ROUNDING * abs(cost):
        moved, why = 0.0, held.named
    columns = problem.columns.with_columns(value=pl.Series(value))
    target = held.case.tables.settings.target.commodity
    missed = columns.filter((pl.col("variable") == "shortage") & (pl.col("commodity") == target))
    years = held.case.periods.filter("shown").select("period", "years")
    unserved = float(missed.join(years, on="period").select((pl.col("value") * pl.col("years")).sum()).item())
    return pl.DataFrame([(cost, unserved, moved, why or None)], schema=ANSWER, orient="row")


def _why(error: Infeasible | CaseError) -> str:
    if isinstance(error, Infeasible):
        return error.culprits[0].sentence if error.culprits else str(error)
    return f"{error.faults[0].where}: {error.faults[0].what}"


def _nearest(held: _Held, options: Options) -> tuple[Problem, float, Floats, float] | None:
    """The problem without what is held; cost and columns of its cheapest plan of those that are nearest to that, and
    how far it is. None where there is nothing to let go of."""
    if held.price is None:
        return None
    try:
        problem = build_problem(replace(held.case, kept=held.case.kept.clear()))
        return problem, *_cheapest_near(problem, held, held.price, options)
    except (Infeasible, CaseError):
        return None


def _cheapest_near(problem: Problem, held: _Held, own: pl.DataFrame, options: Options) -> tuple[float, Floats, float]:
    """The two steps: cost, columns and distance. own: what orders pay in the plan held, where the case has no price."""
    columns = problem.columns.with_row_index("at").filter(pl.col("variable") == "order")
    wanted = (
        held.case.kept.select(*ORDER, value="lower")
        .join(columns.select(*ORDER, "at"), on=ORDER, maintain_order="left")
        .join(price_of_an_order(held.case), on=ORDER, how="left", maintain_order="left")
        .join(own.rename({"price": "own"}), on=ORDER, how="left", maintain_order="left")
        .with_columns(price=pl.coalesce("price", "own").fill_null(0.0))
    )
    at, value = wanted["at"].to_numpy().astype(np.intp), wanted["value"].to_numpy()
    price, program = wanted["price"].to_numpy(), problem.program
    weights = price + LEAST_PRICE
    no_cost = replace(program, cost=np.zeros_like(program.cost), offset=0.0)
    least = solve(towards(replace(problem, program=no_cost), at, value, weights), options).objective
    near = towards(problem, at, value, np.zeros_like(weights))
    row = sparse.csr_matrix(np.concatenate([np.zeros(program.cost.size), weights, weights]))
    limited = replace(
        near.program,
        matrix=sparse.vstack([near.program.matrix, row], format="csr"),
        row_lower=np.append(near.program.row_lower, -np.inf),
        row_upper=np.append(near.program.row_upper, (1.0 + SLACK) * least),
    )
    rows = pl.concat([near.rows, pl.DataFrame({"equation": ["distance"]})], how="diagonal")
    solution = solve(replace(near, program=limited, rows=rows), options)
    found = solution.value[: program.cost.size]
    return solution.objective, found, float(price @ np.abs(found[at] - value))


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
        "moved",
        "reason",
    )


def _regrets(costs: pl.DataFrame, years: Mapping[str, float | None]) -> pl.DataFrame:
    """Each plan's largest and mean regret over the futures, and the most that was moved in one of them."""
    summed = costs.group_by("plan", maintain_order=True).agg(
        largest=pl.col("regret").max(),
        where=pl.col("future").sort_by("regret", descending=True).first(),
        mean=pl.col("regret").mean(),
        moved=pl.col("moved").max(),
    )
    held = pl.DataFrame(
        {"plan": list(years), "until": list(years.values())}, schema={"plan": pl.String, "until": pl.Float64}
    )
    first = pl.col("largest") == pl.col("largest").min()
    told = summed.join(held, on="plan", maintain_order="left")
    return told.with_columns(minimax=first & (first.cum_sum() == 1)).select(
        "plan", "until", "largest", "where", "mean", "moved", "minimax"
    )
