"""The nodes of a plan that carry flow at a date: one process in one region, a region, a maker, a material."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from teraplan.case.case import WORLD, Case
from teraplan.results.results import Results
from teraplan.uncertainty.stress.settled import MOMENT

KINDS = ("process", "region", "maker", "material")
FEW = 3
"""A good of the world pool is a material to test where no more processes than this make it."""
LABELS = {"material": "commodity"}
"""The label by which a shock hits a kind of node, where it is called otherwise."""
RUNNING = 1e-6
"""What runs at less than this is not running [activity / year]."""
SITE = ("process", "region")


@dataclass(frozen=True)
class Node:
    """Something that may fail as a whole, and the plants that run there: (process, region) pairs.

    kind: process, region, maker or material (a good of the world pool that few processes make). name: as it is told.
    """

    kind: str
    name: str
    plants: tuple[tuple[str, str], ...]
    labels: tuple[tuple[str, str], ...]
    """Labels by which a shock hits it, such as process and region."""


def nodes_of(case: Case, results: Results, start: float, kinds: Sequence[str] = KINDS) -> list[Node]:
    """Return every node that carries flow in a plan at a date, those of one process first.

    A region, maker or material whose plants are those of a node before it is that node, and is not listed again. The
    world pool is no region, for what stands there does not fail together.
    """
    running = running_at(case, results, start)
    found: dict[tuple[tuple[str, str], ...], Node] = {}
    for node in _every(case, running):
        if node.kind in kinds:
            found.setdefault(node.plants, node)
    return list(found.values())


def running_at(case: Case, results: Results, start: float) -> pl.DataFrame:
    """Return the plants that run in the period that holds a date: process, region, value [activity / year]."""
    here = case.periods.filter((pl.col("start") <= start + MOMENT) & (pl.col("end") > start + MOMENT)).select("period")
    labels = [*SITE, "period", "value"]
    run = pl.concat([results.frame(name).select(labels) for name in ("activity", "sliced_activity")])
    summed = run.join(here, on="period", how="semi").group_by(SITE).agg(pl.col("value").sum())
    return summed.filter(pl.col("value") > RUNNING).sort(SITE)


def _every(case: Case, running: pl.DataFrame) -> Iterator[Node]:
    makers = case.processes.select("process", "maker").drop_nulls()
    made = case.outputs.join(_pooled(case), on="commodity", how="semi").select(*SITE, "commodity").unique()
    for process, region in running.select(SITE).iter_rows():
        labels = (("process", process), ("region", region))
        yield Node("process", f"{process} in {region}" if region != WORLD else process, ((process, region),), labels)
    yield from _grouped("region", running.filter(pl.col("region") != WORLD).with_columns(name="region"))
    yield from _grouped("maker", running.join(makers, on="process").with_columns(name="maker"))
    materials = running.join(made, on=list(SITE)).with_columns(name="commodity")
    for node in _grouped("material", materials):
        if len({process for process, _ in node.plants}) <= FEW:
            yield node


def _pooled(case: Case) -> pl.DataFrame:
    """Goods of the world pool."""
    return case.commodities.filter((pl.col("kind") == "good") & (pl.col("scope") == "world")).select("commodity")


def _grouped(kind: str, named: pl.DataFrame) -> Iterator[Node]:
    for (name,), part in named.sort("name", *SITE).group_by("name", maintain_order=True):
        label = LABELS.get(kind, kind)
        yield Node(kind, str(name), tuple(part.select(SITE).iter_rows()), ((label, str(name)),))
