"""Several plans for the next years, each judged in every draw: what each of them costs there.

A candidate is what some plan orders up to a year: that of the case as written, of the case with every fact at the mean
of the draws, and at the mean of the draws with least and with most compute. (The plan of one draw alone would be made
for the accidents of that draw.) Years that are more than half past by the case's date are no choice: all candidates
order there what the case as written orders. In every draw a candidate is held: until that year nothing is ordered
beyond it, and what the draw does not let be built, or has no use for, is paid all the same. What is ordered later is
decided in each draw. So every candidate has a cost in every draw that can be met with it, and none is below that of the
plan made for the draw alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from teraplan.case.case import Case
from teraplan.executor import Outcome
from teraplan.results.results import Results
from teraplan.solver import Solution
from teraplan.uncertainty.ensemble import Means, Question, solve_many
from teraplan.uncertainty.samples.draws import Floats
from teraplan.uncertainty.samples.facts import Drawn, drawn_case
from teraplan.uncertainty.samples.importance import TAIL, fact_quantiles
from teraplan.uncertainty.samples.sample import totals

SITE = ["process", "region", "period"]
WRITTEN = "as written"
SUNK = "sunk"
"""Name under which the bounds of a held case carry what its planned orders cost; no variable of the model has it."""
MEAN = "mean of all draws"
CANDIDATES = 4
YEAR = 365.25
"""Days."""
Orders = tuple[tuple[str, str, str, float], ...]
"""process, region, period, value [capacity]."""


@dataclass(frozen=True)
class Judged:
    """Candidates and what they cost.

    orders: plan, process, region, period, value [capacity]. costs: draw, plan, cost [money unit], of every draw that
    was tried and candidate that can meet it. failures: draw, plan, kind, why.
    """

    plans: tuple[str, ...]
    orders: pl.DataFrame
    costs: pl.DataFrame
    failures: pl.DataFrame


def judge(case: Case, drawn: Results, until: int, draws: int, means: Means | None = None) -> Judged:
    """Return what candidate plans of a sample cost in its first draws that have a plan.

    drawn: a sample of the same case (`sample`). until: the last year whose orders are decided now. Raises what
    `run_cases` does.
    """
    means = means or Means()
    spread, facts = fact_quantiles(drawn), drawn.frame("facts")
    last = case.periods.filter(pl.col("start") < until + 1)["period"]
    frames = _planned(
        case, {name: _lines_of(facts, spread[mine].mean(axis=0)) for name, mine in _groups(drawn).items()}, last, means
    )
    tried = drawn.frame("outcomes")["draw"].unique().sort().head(draws).to_list()
    quantiles = {draw: _lines_of(facts, spread[draw]) for draw in tried}
    pairs = {f"draw {draw:05d}, {name}, orders to {until}": (draw, name) for draw in tried for name in frames}
    orders: dict[str, Orders] = {name: tuple(frame.rows()) for name, frame in frames.items()}
    items = {key: (quantiles[draw], orders[name], tuple(last)) for key, (draw, name) in pairs.items()}
    found = solve_many(case, items, COSTS, _about(means, "what they cost in the draws"))
    told = [frame.select(pl.lit(name).alias("plan"), pl.all()) for name, frame in frames.items()]
    return Judged(tuple(frames), pl.concat(told), *_told(pairs, found))


def past_periods(case: Case) -> tuple[str, ...]:
    """Return the periods that are more than half past by the case's date: their orders are no choice any more."""
    date = case.tables.settings.as_of
    today = date.year + (date.timetuple().tm_yday - 1) / YEAR
    return tuple(case.periods.filter((pl.col("start") + pl.col("end")) / 2 < today)["period"])


def _planned(case: Case, lent: Mapping[str, Drawn], last: pl.Series, means: Means) -> dict[str, pl.DataFrame]:
    """The orders of the candidates in these periods; what is past by the case's date is as written in all of them."""
    past = past_periods(case)
    means = _about(means, "the plans that are judged")
    written = solve_many(case, {_lent(WRITTEN): ({}, (), ())}, ORDERS, means).results
    settled: Orders = tuple(
        row for frame in written.values() for row in frame.filter(pl.col("period").is_in(list(past))).rows()
    )
    others = solve_many(case, {_lent(name): (item, settled, past) for name, item in lent.items()}, ORDERS, means)
    plans = {**written, **others.results}
    return {
        name: plans[_lent(name)].filter(pl.col("period").is_in(last.implode()))
        for name in (WRITTEN, *lent)
        if _lent(name) in plans
    }


def _lent(name: str) -> str:
    """The name under which the orders of a plan are kept: the draws of the sample lie in the same store."""
    return f"orders, {name}"


def _about(means: Means, what: str) -> Means:
    """The means, with what is told of them said to be about this."""
    return replace(means, tell=lambda text: means.tell(f"{what}: {text}"))


def _told(pairs: Mapping[str, tuple[int, str]], found: Outcome[pl.DataFrame]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Costs and failures by draw and plan."""
    key = {"draw": pl.Int32, "plan": pl.String}
    costs = [(*pairs[name], float(frame["cost"][0])) for name, frame in found.results.items()]
    failed = [(*pairs[name], one.kind, one.message) for name, one in found.failures.items()]
    return (
        pl.DataFrame(costs, schema={**key, "cost": pl.Float64}, orient="row"),
        pl.DataFrame(failed, schema={**key, "kind": pl.String, "why": pl.String}, orient="row"),
    )


def orders_of(case: Case, solution: Solution) -> pl.DataFrame:
    """Return the orders of a solved case: process, region, period, value [capacity]."""
    columns = solution.problem.columns.with_columns(value=pl.Series(solution.value))
    orders = columns.filter((pl.col("variable") == "order") & (pl.col("value") > 1e-9))
    return orders.select(*SITE, "value")


def held(base: Case, item: tuple[Drawn, Orders, tuple[str, ...]]) -> Case:
    """Return the case of a draw in which nothing is ordered in these periods beyond a candidate's orders."""
    quantiles, orders, periods = item
    case = drawn_case(base, quantiles)
    schema = {"process": pl.String, "region": pl.String, "period": pl.String, "upper": pl.Float64}
    planned = pl.DataFrame(orders, schema=schema, orient="row")
    now = pl.col("period").is_in(list(periods))
    sites = case.order_sites.filter(now).select(SITE)
    most = sites.join(planned, on=SITE, how="left", maintain_order="left").with_columns(
        pl.col("upper").fill_null(0.0), variable=pl.lit("order"), lower=pl.lit(None, pl.Float64)
    )
    kept = pl.concat([case.kept, most], how="diagonal_relaxed")
    # What is planned is paid whatever is done with it, so that an order costs nothing more; `cost_of` adds it up.
    paid = [pl.when(now).then(0.0).otherwise(name).alias(name) for name in ("paid", "charged", "beyond")]
    sunk = pl.DataFrame({"variable": [SUNK], "upper": [_price(case, planned)]})
    kept = pl.concat([kept, sunk], how="diagonal_relaxed")
    return replace(case, kept=kept, payments=case.payments.with_columns(paid))


def _price(case: Case, planned: pl.DataFrame) -> float:
    """What orders cost in the objective [money]."""
    view = case.cost_items.filter("in_view")["item"]
    lines = case.payments.filter(pl.col("item").is_in(view.implode()))
    unit = lines.group_by(SITE, maintain_order=True).agg(price=pl.col("charged").sum())
    priced = planned.join(unit, on=SITE, maintain_order="left")
    return float(priced.select((pl.col("upper") * pl.col("price")).sum()).item())


def cost_of(case: Case, solution: Solution) -> pl.DataFrame:
    """Return the cost of a held case: its objective, and the money of what was planned [money]."""
    sunk = case.kept.filter(pl.col("variable") == SUNK)["upper"]
    return pl.DataFrame({"cost": [solution.objective + float(sunk[0])]})


ORDERS: Question[tuple[Drawn, Orders, tuple[str, ...]]] = Question(held, orders_of, "never")
COSTS: Question[tuple[Drawn, Orders, tuple[str, ...]]] = Question(held, cost_of, "never")


def _lines_of(facts: pl.DataFrame, row: Floats) -> Drawn:
    """The quantiles of the lines of each fact of a stored sample by table and line."""
    mine: dict[str, dict[int, float]] = {}
    for (table, lines), quantile in zip(facts.select("table", "lines").rows(), row, strict=True):
        mine.setdefault(table, {}).update(dict.fromkeys(map(int, lines.split(", ")), float(quantile)))
    return mine


def _groups(drawn: Results) -> Mapping[str, list[int]]:
    """The draws whose facts are taken in their mean, by what they are: of those with a plan all, and either fifth."""
    target = str(drawn.run["target"])
    total = totals(drawn).filter(pl.col("outcome") == target).sort("value", "draw")["draw"].to_list()
    edge = max(1, round(TAIL * len(total)))
    share = f"{100 * TAIL:.0f} % of draws with"
    return {MEAN: total, f"{share} least {target}": total[:edge], f"{share} most {target}": total[-edge:]}
