"""The cells of a stress test: what is hit, and the case that each cell makes of the settled base, in any process."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from teraplan.case.calendar import lost_until
from teraplan.case.case import Case
from teraplan.results.results import Results
from teraplan.shocks.shocks import Shock, shocked
from teraplan.shocks.targets import Target, plants
from teraplan.uncertainty.ensemble import Packed, unpacked_once
from teraplan.uncertainty.stress.nodes import Node
from teraplan.uncertainty.stress.settled import MOMENT, Moments, Prices, priced, resettled

MONTHS = 12.0
SITE = ("process", "region")
MOST = ("variable", "process", "mode", "region", "period", "slice", "upper")


@dataclass(frozen=True)
class Item:
    """One cell: what is hit, and the most that plants without a capacity of their own may do meanwhile."""

    start: float
    """When the shock begins [decimal year]."""
    shock: Shock | None = None
    """What is hit; None: nothing, or what `case` says."""
    most: tuple[tuple[str, str, str, str, str, str | None, float], ...] = ()
    """variable, process, mode, region, period, slice, activity [activity / year]."""
    case: Packed | None = None
    """The case after the shock, where that was made beforehand."""


def outage(node: Node, years: float, depth: float = 1.0, recovery: float = 0.0) -> Shock:
    """Return the outage of every plant of a node: depth is the share that is lost [1], recovery the way back [year]."""
    target = replace(_target(node), factor=1.0 - depth, duration=years, recovery=recovery)
    return Shock(node.name, (target,))


def _target(node: Node) -> Target:
    return Target(**dict(node.labels))  # type: ignore[arg-type]


def item_of(case: Case, results: Results, shock: Shock, start: float) -> Item:
    """Return the cell of a shock: plants without capacity do what the plan has them do, less what is lost."""
    unsized = case.processes.filter(pl.col("capacity_unit").is_null())["process"]
    tables = [results.frame(name).with_columns(variable=pl.lit(name)) for name in ("activity", "sliced_activity")]
    run = pl.concat(tables, how="diagonal").join(case.periods, on="period").filter(pl.col("end") > start + MOMENT)
    most: list[tuple[str, str, str, str, str, str | None, float]] = []
    sized = False
    for target in shock.targets:
        pairs = plants(case.tables, target)
        sized = sized or not pairs["process"].is_in(unsized.implode()).all()
        mine = run.filter(pl.col("process").is_in(unsized.implode())).join(pairs, on=list(SITE), how="semi")
        closing, opening = (
            lost_until(mine[name].to_numpy(), start, target.duration, target.recovery) for name in ("end", "start")
        )
        lost = (1.0 - target.factor) * pl.Series(closing - opening) / mine["years"]
        left = mine.with_columns(lost=lost, upper=pl.col("value") * (1.0 - lost)).filter(pl.col("lost") > 0)
        most += left.select(MOST).iter_rows()
    return Item(start, shock if sized else None, tuple(most))


def changed(base: Case, item: Item, moments: Moments, prices: Prices) -> Case:
    """Return the settled base after the shock of a cell; after an outage nothing but numbers differs."""
    hit = base
    if item.case is not None:
        hit = resettled(replace(unpacked_once(item.case), kept=base.kept), moments, priced(prices))
    elif item.shock is not None and (lost := shocked(base, item.shock, item.start)) is not base:
        hit = resettled(_uncapped(base, lost), moments, priced(prices))
    if not item.most:
        return hit
    kinds: Mapping[str, type[pl.DataType]] = dict.fromkeys(MOST[:-1], pl.String) | {"upper": pl.Float64}
    return replace(hit, kept=pl.concat([hit.kept, pl.DataFrame(item.most, schema=kinds, orient="row")], how="diagonal"))


def _uncapped(base: Case, lost: Case) -> Case:
    """A case after an outage without the limits on plants that have no capacity: `most` bounds these."""
    new = ~pl.col("limit").is_in(base.limits["limit"].unique().implode()) & (pl.col("kind") == "activity_max")
    return replace(lost, limits=lost.limits.filter(~new), limit_members=lost.limit_members.filter(~new))
