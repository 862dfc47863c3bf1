"""What is read off the plans of a tree: its nodes, measures, compute by leaf, orders by node, orders now and later."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from teraplan.case.case import Case
from teraplan.model.problem import Problem
from teraplan.uncertainty.nearness import LEAST_PRICE, SITE, price_of_an_order
from teraplan.uncertainty.stages.risk import Risk
from teraplan.uncertainty.trees.stochastic import Shared
from teraplan.uncertainty.trees.tree import Tree

Floats = NDArray[np.float64]
Values = Mapping[str, Mapping[str, Floats]]
"""Of each plan, for each leaf, the values of the columns of its problem."""
NEGLIGIBLE = 1e-6
HEDGE, ALONE, MEAN = "hedge", "alone", "mean"


def nodes_of(tree: Tree) -> pl.DataFrame:
    """Return the nodes: node, parent, known_from, probability (after its parent), reached (seen from now), stage,
    scenario, edits (how many)."""
    return pl.DataFrame(
        [
            {
                "node": node.name,
                "parent": node.parent,
                "known_from": None if node.known_from is None else float(node.known_from),
                "probability": node.probability,
                "reached": tree.probability(node.name),
                "stage": len(tree.path(node.name)),
                "scenario": node.scenario,
                "edits": len(node.edits),
            }
            for node in tree.nodes
        ],
        schema_overrides={"parent": pl.String, "known_from": pl.Float64, "scenario": pl.String},
    )


def measures_of(tree: Tree, costs: Mapping[str, Mapping[str, float]], objective: float, risk: Risk) -> pl.DataFrame:
    """Return RP, EEV, WS, VSS, EVPI, and the mean and the worst cost of the hedge: measure, value [money unit].

    EEV and VSS are null where the orders of the mean future leave no plan in some future.
    """
    chances = np.array([tree.probability(leaf) for leaf in tree.leaves])
    weighed = {
        name: risk.measure(np.array([cost[leaf] for leaf in tree.leaves]), chances) for name, cost in costs.items()
    }
    own = np.array([costs[HEDGE][leaf] for leaf in tree.leaves])
    eev = weighed.get(MEAN)
    rows = {
        "RP": objective,
        "EEV": eev,
        "WS": weighed[ALONE],
        "VSS": None if eev is None else eev - objective,
        "EVPI": objective - weighed[ALONE],
        "mean cost": float(chances @ own),
        "worst cost": float(own[chances > 0].max()),
    }
    return pl.DataFrame({"measure": list(rows), "value": list(rows.values())}, schema_overrides={"value": pl.Float64})


def compute_served(cases: Mapping[str, Case], problems: Mapping[str, Problem], values: Values) -> pl.DataFrame:
    """Return what of the target is served: plan, leaf, period, start, years, served, asked (at the top), unit."""
    parts = []
    for plan, by_leaf in values.items():
        for leaf, value in by_leaf.items():
            case = cases[leaf]
            target = case.tables.settings.target.commodity
            columns = problems[leaf].columns.with_columns(value=pl.Series(value))
            short = columns.filter((pl.col("variable") == "shortage") & (pl.col("commodity") == target))
            missed = short.group_by("period").agg(missed=pl.col("value").sum())
            asked = (
                case.demand.filter(pl.col("commodity") == target).group_by("period").agg(asked=pl.col("value").sum())
            )
            both = asked.join(missed, on="period", how="left").join(case.periods.filter("shown"), on="period")
            served = pl.col("asked") - pl.col("missed").fill_null(0.0)
            unit = case.commodities.filter(pl.col("commodity") == target)["unit"][0]
            parts.append(
                both.sort("index").select(
                    pl.lit(plan).alias("plan"), pl.lit(leaf).alias("leaf"), "period", "start", "years",
                    served=served, asked="asked", unit=pl.lit(unit),
                )
            )  # fmt: skip
    return pl.concat(parts)


def orders_by_node(cases: Mapping[str, Case], form: Shared, values: Values) -> pl.DataFrame:
    """Return the orders of every plan: plan, node, process, region, period, value, unit, paid.

    node: where it is decided; in plans of futures that are known from the start, the leaf. paid: undiscounted price of
    the order itself in the case's view, without what it is built from inside the model [money unit].
    """
    parts = []
    for plan, by_leaf in values.items():
        for leaf, value in by_leaf.items():
            columns = form.columns[leaf].with_columns(value=pl.Series(value))
            placed = columns.filter((pl.col("variable") == "order") & (pl.col("value") > NEGLIGIBLE))
            node = pl.lit(leaf) if plan == ALONE else pl.col("node")
            parts.append(
                placed.select(
                    pl.lit(plan).alias("plan"), node.alias("node"), *SITE, "period", "value", leaf=pl.lit(leaf)
                ).join(price_of_an_order(cases[leaf]), on=[*SITE, "period"], how="left")
            )
    every = pl.concat(parts)
    once = every.unique(["plan", "node", *SITE, "period"], keep="first", maintain_order=True)
    units = next(iter(cases.values())).processes.select("process", "stage", unit="capacity_unit")
    paid = pl.col("value") * pl.col("price").fill_null(0.0)
    return once.join(units, on="process").select("plan", "node", *SITE, "stage", "period", "value", "unit", paid=paid)


def orders_now(orders: pl.DataFrame, tree: Tree) -> pl.DataFrame:
    """Return what is ordered before the first branching in the hedge and in other plans, and what after it.

    against (mean, likely), process, region, stage, unit, hedge, other, difference (hedge - other), paid (difference in
    money), later (of the hedge: mean over all futures of what is ordered after the first branching).
    """
    key = ["process", "region", "stage", "unit"]
    root = orders.filter(pl.col("node") == tree.root.name)
    summed = root.group_by("plan", *key).agg(pl.col("value").sum(), pl.col("paid").sum())
    mine = summed.filter(pl.col("plan") == HEDGE).select(*key, hedge="value", mine="paid")
    reached = {node.name: tree.probability(node.name) for node in tree.nodes}
    after = orders.filter((pl.col("plan") == HEDGE) & (pl.col("node") != tree.root.name))
    later = after.group_by(key).agg(
        later=(pl.col("value") * pl.col("node").replace_strict(reached, return_dtype=pl.Float64)).sum()
    )
    parts = []
    for other in summed["plan"].unique(maintain_order=True).sort():
        if other in (HEDGE, ALONE):
            continue
        theirs = summed.filter(pl.col("plan") == other).select(*key, other="value", theirs="paid")
        both = mine.join(theirs, on=key, how="full", coalesce=True).join(later, on=key, how="left")
        filled = both.with_columns(pl.col("hedge", "other", "mine", "theirs", "later").fill_null(0.0))
        parts.append(
            filled.select(
                pl.lit(other).alias("against"), *key, "hedge", "other",
                difference=pl.col("hedge") - pl.col("other"), paid=pl.col("mine") - pl.col("theirs"), later="later",
            )
        )  # fmt: skip
    empty = {"against": pl.String, **dict.fromkeys(key, pl.String)}
    numbers = dict.fromkeys(("hedge", "other", "difference", "paid", "later"), pl.Float64)
    found = pl.concat([pl.DataFrame(schema={**empty, **numbers}), *parts])
    return found.sort(
        "against", pl.col("paid").abs(), pl.col("difference").abs(), *SITE, descending=[False, True, True, False, False]
    )


def price_of_orders(cases: Mapping[str, Case], form: Shared) -> dict[int, float]:
    """Return what a unit of each order before the first branching pays: by column of the master [money / unit]."""
    case = next(iter(cases.values()))
    columns = form.master.columns.with_row_index("at")
    placed = columns.filter((pl.col("variable") == "order") & (pl.col("node") == form.tree.root.name))
    priced = placed.join(price_of_an_order(case), on=[*SITE, "period"], how="left")
    return dict(priced.select("at", pl.col("price").fill_null(0.0) + LEAST_PRICE).iter_rows())
