"""Several plans for the next years, each judged in every draw: what it would be worth to know a fact before deciding.

A candidate is what some plan orders up to a year: that of the case as written, and of draws with little, middling and
much compute. In every draw a candidate is held: until that year nothing is ordered beyond it, and what the draw does
not let be built, or has no use for, is paid all the same. What is ordered later is decided in each draw. So every
candidate has a cost in every draw that can be met with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from teraplan.case.case import Case
from teraplan.errors import ArgumentError, Fault
from teraplan.results.results import Results
from teraplan.solver import Solution
from teraplan.uncertainty.ensemble import Means, Question, solve_many
from teraplan.uncertainty.samples.facts import Drawn, drawn_case
from teraplan.uncertainty.samples.value_of_information import ValueOfInformation, value_of_information

SITE = ["process", "region", "period"]
WRITTEN = "as written"
SUNK = "sunk"
"""Name under which the bounds of a held case carry what its planned orders cost; no variable of the model has it."""
AT = (0.1, 0.5, 0.9)
"""Quantiles of compute at which a draw lends its plan."""
Orders = tuple[tuple[str, str, str, float], ...]
"""process, region, period, value [capacity]."""


@dataclass(frozen=True)
class Judged:
    """Candidates and what they cost.

    costs: draw, plan, cost [money unit]; only draws that every candidate can meet. lost: how many of the draws tried
    some candidate cannot meet. inputs: names, in the order of worth.fact.
    """

    costs: pl.DataFrame
    lost: int
    inputs: tuple[str, ...]
    worth: ValueOfInformation


def judge(case: Case, drawn: Results, until: int = 2027, draws: int = 200, means: Means | None = None) -> Judged:
    """Return what candidate plans of a sample cost in its draws, and what knowing each input is worth.

    drawn: a sample of the same case (`sample`). until: the last year whose orders are decided now. draws: how many of
    the sample's draws the candidates are judged in. Raises ArgumentError where fewer than 10 draws are left.
    """
    quantiles = _quantiles(drawn)
    chosen = _chosen(drawn)
    plans = solve_many(case, {name: quantiles.get(draw, {}) for name, draw in chosen.items()}, ORDERS, means).results
    last = case.periods.filter(pl.col("start") < until + 1)["period"]
    orders: dict[str, Orders] = {
        name: tuple(frame.filter(pl.col("period").is_in(last.implode())).rows()) for name, frame in plans.items()
    }
    there = drawn.frame("outcomes")["draw"].unique().sort().head(draws).to_list()
    items = {
        f"draw {draw:05d} under {name}": (quantiles[draw], mine, tuple(last))
        for draw in there
        for name, mine in orders.items()
    }
    found = solve_many(case, items, COSTS, means)
    cost = {name: float(frame["cost"][0]) for name, frame in found.results.items()}
    whole = [draw for draw in there if all(f"draw {draw:05d} under {name}" in cost for name in orders)]
    if len(whole) < 10:
        what = f"{len(whole)} of {len(there)} draws can be met by every candidate"
        raise ArgumentError("judge", (Fault("draws", what, "give more draws, or an earlier year"),))
    table = np.array([[cost[f"draw {draw:05d} under {name}"] for name in orders] for draw in whole])
    names, inputs = _inputs(drawn, whole)
    costs = pl.DataFrame(
        {
            "draw": np.repeat(whole, len(orders)).astype(np.int32),
            "plan": list(orders) * len(whole),
            "cost": table.ravel(),
        }
    )
    return Judged(costs, len(there) - len(whole), names, value_of_information(table, inputs))


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


ORDERS: Question[Drawn] = Question(drawn_case, orders_of, "never")
COSTS: Question[tuple[Drawn, Orders, tuple[str, ...]]] = Question(held, cost_of, "never")


def _quantiles(drawn: Results) -> dict[int, Drawn]:
    """The quantiles of each draw by table and line."""
    facts = drawn.frame("facts").select("table", "lines").rows()
    spread = drawn.frame("draws")["quantile"].to_numpy().reshape(-1, len(facts))
    found: dict[int, Drawn] = {}
    for draw, row in enumerate(spread):
        mine: dict[str, dict[int, float]] = {}
        for (table, lines), quantile in zip(facts, row, strict=True):
            mine.setdefault(table, {}).update(dict.fromkeys(map(int, lines.split(", ")), float(quantile)))
        found[draw] = mine
    return found


def _chosen(drawn: Results) -> Mapping[str, int]:
    """The draws that lend their plans, by what they are; -1 is the case as written."""
    target = f"{drawn.run['target']} served"
    years = drawn.frame("periods").select("period", "years")
    rows = drawn.frame("outcomes").filter(pl.col("quantity") == target).join(years, on="period")
    total = rows.group_by("draw").agg(total=(pl.col("value") * pl.col("years")).sum()).sort("total", "draw")
    places = [round(share * (total.height - 1)) for share in AT]
    return {WRITTEN: -1} | {
        f"draw {total['draw'][place]}, {share:.0%} of draws have less": int(total["draw"][place])
        for place, share in zip(places, AT, strict=True)
    }


def _inputs(drawn: Results, draws: list[int]) -> tuple[tuple[str, ...], np.ndarray]:
    """Names of the inputs, and their quantiles in these draws."""
    facts = drawn.frame("facts").with_row_index("at").unique("input", keep="first", maintain_order=True)
    spread = drawn.frame("draws")["quantile"].to_numpy().reshape(-1, drawn.frame("facts").height)
    return tuple(facts["input"]), spread[draws][:, facts["at"].to_list()]
