"""A stress test in two sieves: every node on a coarser case of the same world, the worst of them on the finer one.

A coarse region stands for the regions that were merged into it: a process that is lost there is lost in all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from teraplan.case.case import Case
from teraplan.results.results import Results
from teraplan.uncertainty.ensemble import Means
from teraplan.uncertainty.stress.nodes import Node, nodes_of
from teraplan.uncertainty.stress.stress import Stress, checked, stress

Plan = tuple[Results, Case]
Members = Mapping[str, Sequence[str]]
"""Regions of the finer case by region of the coarse one; a region that is not named is itself."""
KEY = ("kind", "node", "months")


def screened(
    fine: Plan, coarse: Plan, members: Members, asked: Stress, means: Means | None = None, worst: int = 100
) -> Results:
    """Return the stress test of a plan for the nodes of the worst cells of a coarser one.

    fine, coarse: each a plan and its case. Beside the frames of `stress` there is `screen`: kind, node, months, money
    on the coarse case (coarse) and on the finer one (fine), ratio; and run["screen"]: how far the two agree.
    """
    means = means or Means()
    start, _ = checked(*coarse, asked)
    there = stress(*coarse, replace(asked, start=start, hedged=0, survive=0.0, named=False), _beside(means, "coarse"))
    chosen = there.frame("cells").head(worst).select("kind", "node").unique(maintain_order=True)
    known = {(node.kind, node.name): node for node in nodes_of(coarse[1], coarse[0], start, asked.kinds)}
    nodes = [finer(known[key], fine[1], members) for key in chosen.iter_rows()]
    here = stress(*fine, replace(asked, start=start, nodes=()), means, [node for node in nodes if node.plants])
    both = there.frame("cells").join(here.frame("cells"), on=list(KEY), suffix="_fine", maintain_order="left")
    screen = both.select(*KEY, coarse="money", fine="money_fine").with_columns(
        ratio=pl.when(pl.col("coarse") > 0).then(pl.col("fine") / pl.col("coarse"))
    )
    agreement = {"case": coarse[0].run["case"], "cells": screen.height, **_agreement(screen)}
    return Results(run={**here.run, "screen": agreement}, frames={**here.frames, "screen": screen})


def finer(node: Node, case: Case, members: Members) -> Node:
    """Return the node of a finer case that a coarse one stands for: the same labels, in the regions merged into its."""
    standing = pl.concat(
        [case.usable_existing.select("process", "region"), case.activity_sites.select("process", "region")]
    )
    there = set(standing.unique().iter_rows())
    plants = tuple(
        (process, one)
        for process, region in node.plants
        for one in members.get(region, (region,))
        if (process, one) in there
    )
    labels = tuple(
        (label, "|".join(members.get(wanted, (wanted,))) if label == "region" else wanted)
        for label, wanted in node.labels
    )
    return replace(node, plants=plants, labels=labels)


def _agreement(screen: pl.DataFrame) -> dict[str, float]:
    """Rank correlation of money lost, and the median and quartiles of its ratio where the coarse case loses any."""
    ranks = screen.select(pl.corr("coarse", "fine", method="spearman")).item() if screen.height > 1 else 1.0
    ratio = screen["ratio"].drop_nulls()
    quantiles = {"ratio_low": 0.25, "ratio": 0.5, "ratio_high": 0.75}
    told = {name: float(ratio.quantile(at, "linear") or 0.0) for name, at in quantiles.items()}
    return {"rank_correlation": float(ranks), **told}


def _beside(means: Means, name: str) -> Means:
    if means.store is None:
        return means
    return replace(means, store=replace(means.store, folder=means.store.folder / name))
