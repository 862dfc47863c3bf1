"""The stress test of a plan: hit each node that carries flow, keep what was ordered, let the rest react, count the loss.

After Simchi-Levi et al. (2015), doi:10.1287/inte.2015.0804: first what each loss would cost, whatever its likelihood;
likelihood only where a case gives yearly rates. Nobody sees a shock coming: the plan is held up to its start, and its
orders up to a reaction time after that; from its start on operation is the best that can be done, and so are the new
orders, by people who now know how long it lasts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.metadata import version

import numpy as np
import polars as pl

from teraplan.case.case import Case
from teraplan.errors import ArgumentError, Fault, did_you_mean
from teraplan.executor import Failure
from teraplan.planner import Planner
from teraplan.results.results import Results
from teraplan.solver import Options
from teraplan.uncertainty.course import Course
from teraplan.uncertainty.ensemble import Means, Question, solve_many
from teraplan.uncertainty.losses import MONTHS, Loss, loss_of, read
from teraplan.uncertainty.nodes import KINDS, Node, nodes_of
from teraplan.uncertainty.settled import MOMENT, Moments, highest_prices, resettled, settled
from teraplan.uncertainty.shocks import Shock, shocked, shocks_of
from teraplan.uncertainty.targets import Target, plants

NOTHING = "no shock"
"""Name of the cell that all others are held against."""


@dataclass(frozen=True)
class Stress:
    """What is asked of a plan: when shocks come, how long they last, how deep they are, how soon orders react."""

    start: float | None = None
    """When a shock begins [decimal year]; None: with the first period that begins on or after the case's date."""
    months: tuple[float, ...] = (3.0, 12.0, 24.0)
    """How long an outage lasts at full depth [month]."""
    depth: float = 1.0
    """Share of what a node can do that is lost [1]."""
    recovery: float = 0.0
    """How long the way back takes, in a straight line [month]."""
    reaction: float = 6.0
    """Orders are free in the periods that begin this long after the start, or later [month]."""
    kinds: tuple[str, ...] = KINDS
    """Kinds of nodes that are hit."""
    named: bool = True
    """Whether the case's own shocks are tried, too."""


@dataclass(frozen=True)
class Item:
    """One cell: what is hit, when, and the most that plants without a capacity of their own may do meanwhile."""

    shock: Shock | None
    start: float
    most: tuple[tuple[str, str, str, str, str | None, float], ...] = ()
    """variable, process, mode, region, period, slice, activity [activity / year]."""


def stress(results: Results, case: Case, asked: Stress | None = None, means: Means | None = None) -> Results:
    """Return the stress test of a plan: Results of kind `stress`.

    case: the one that the plan was made from, with what it keeps of other plans. Frames: `cells` (every node and
    duration: see losses.Loss; index: money lost over the largest loss of that duration), `shocks` (the case's own,
    ranked by rate x money lost), `unmet` (cells that no plan can meet, and why), and the words of the plan.
    Raises ArgumentError with every fault of what is asked, and what `run_cases` does.
    """
    asked, means = asked or Stress(), means or Means()
    start = start_of(case, asked)
    nodes = nodes_of(case, results, start, asked.kinds)
    hits = {
        f"{node.kind} {node.name}, {months:g} months": (node, months) for node in nodes for months in asked.months
    }
    items = {name: _item(case, results, _outage(node, months, asked), start) for name, (node, months) in hits.items()}
    longest = (max(asked.months) + asked.recovery) / MONTHS
    found, failed = _losses(case, results, _moments(case, asked, start, longest), items, means)
    cells = [_cell(*hits[name], loss) for name, loss in found.items()]
    own, unmet = _named(case, results, asked, start, means) if asked.named else ([], [])
    unmet = [*_unmet(failed), *unmet]
    frames = {
        "cells": _indexed(pl.DataFrame(cells, schema=CELL, orient="row")),
        "shocks": pl.DataFrame(own, schema=OWN, orient="row").sort("expected", descending=True, nulls_last=True),
        "unmet": pl.DataFrame(unmet, schema={"cell": pl.String, "why": pl.String}, orient="row"),
    }
    words = {name: results.frame(name) for name in ("periods", "regions", "processes", "commodities", "groups")}
    return Results(run=_record(case, results, asked, start), frames={**frames, **words})


def start_of(case: Case, asked: Stress) -> float:
    """Return when the shocks begin [decimal year]; ArgumentError with every fault of what is asked."""
    faults = []
    first, last = float(case.periods["start"].min()), float(case.periods["end"].max())  # type: ignore[arg-type]
    if asked.start is not None and not first <= asked.start < last:
        faults.append(Fault("start", f"{asked.start:g} is outside the plan", f"give a date from {first:g} to {last:g}"))
    for name, numbers in (("months", asked.months), ("recovery", [asked.recovery]), ("reaction", [asked.reaction])):
        least = "above 0" if name == "months" else "of 0 or more"
        wrong = [number for number in numbers if not np.isfinite(number) or number < 0 or (name == "months" and not number)]
        faults += [Fault(name, f"{number:g} is no length of time", f"give months {least}") for number in wrong]
    if not asked.months:
        faults.append(Fault("months", "names no duration", "give one, such as 12"))
    if not 0 <= asked.depth <= 1:
        faults.append(Fault("depth", f"{asked.depth:g} is no share", "give a number from 0 to 1"))
    strange = [kind for kind in asked.kinds if kind not in KINDS]
    faults += [Fault("kinds", f"there is no kind of node {kind!r}", did_you_mean(kind, KINDS)) for kind in strange]
    if faults:
        raise ArgumentError("stress", tuple(faults))
    if asked.start is not None:
        return asked.start
    today = case.tables.settings.as_of
    now = today.year + (today.timetuple().tm_yday - 1) / 365.25
    ahead = case.periods.filter(pl.col("start") >= now - MOMENT)["start"]
    return float(ahead.min() if ahead.len() else case.periods["start"].max())  # type: ignore[arg-type]


def changed(base: Case, item: Item, moments: Moments, prices: tuple[tuple[str, str, float], ...]) -> Case:
    """Return the settled base after the shock of a cell."""
    if item.shock is None:
        return base
    hit = shocked(base, item.shock, item.start)
    if hit is not base:
        hit = resettled(hit, moments, _priced(prices))
    if not item.most:
        return hit
    labels = ("variable", "process", "mode", "region", "period", "slice", "upper")
    most = pl.DataFrame(item.most, schema={name: pl.String for name in labels[:-1]} | {"upper": pl.Float64}, orient="row")
    return replace(hit, kept=pl.concat([hit.kept, most], how="diagonal"))


def _losses(
    case: Case, results: Results, moments: Moments, items: Mapping[str, Item], means: Means
) -> tuple[dict[str, Loss], dict[str, Failure]]:
    """What each item costs against no shock, and the items that no plan can meet."""
    first = settled(case, results, moments)
    means.tell("planning without a shock")
    with Planner(first, means.options, "always") as planner:
        prices = tuple(highest_prices(first, planner.solve(first)).iter_rows())
    base = resettled(replace(case, kept=first.kept), moments, _priced(prices))
    question = Question(partial(changed, moments=moments, prices=prices), read)
    outcome = solve_many(base, {NOTHING: Item(None, moments.start), **items}, question, means)
    without, plan = outcome.results[NOTHING], results.frame("capacity")
    found = {
        name: loss_of(without, rows, case.periods, moments.start, plan)
        for name, rows in outcome.results.items()
        if name != NOTHING
    }
    return found, outcome.failures


def _priced(prices: Sequence[tuple[str, str, float]]) -> pl.DataFrame:
    return pl.DataFrame(prices, schema={"commodity": pl.String, "region": pl.String, "price": pl.Float64}, orient="row")


def _moments(case: Case, asked: Stress, start: float, lasting: float) -> Moments:
    later = case.periods.filter(pl.col("start") >= start + asked.reaction / MONTHS - MOMENT)["start"]
    reacted = float(later.min()) if later.len() else case.horizon_end  # type: ignore[arg-type]
    return Moments(start, reacted, start + lasting)


def _outage(node: Node, months: float, asked: Stress) -> Shock:
    """The outage of every plant of a node."""
    lasting = {"factor": 1.0 - asked.depth, "duration": months / MONTHS, "recovery": asked.recovery / MONTHS}
    if node.kind == "process":
        process, region = node.plants[0]
        return Shock(node.name, (Target(process=process, region=region, **lasting),))
    label = {"material": "commodity"}.get(node.kind, node.kind)
    return Shock(node.name, (Target(**{label: node.name}, **lasting),))  # type: ignore[arg-type]


def _item(case: Case, results: Results, shock: Shock, start: float) -> Item:
    """A cell with the most that plants without capacity may do: what the plan has them do, less what is lost."""
    start = start if shock.start is None else shock.start
    unsized = case.processes.filter(pl.col("capacity_unit").is_null())["process"]
    run = pl.concat(
        [
            results.frame(name).with_columns(variable=pl.lit(name)) for name in ("activity", "sliced_activity")
        ],
        how="diagonal",
    ).join(case.periods, on="period")
    parts = []
    for target in shock.targets:
        if target.kind != "outage":
            continue
        pairs = plants(case.tables, target).filter(pl.col("process").is_in(unsized.implode()))
        mine = run.join(pairs, on=["process", "region"], how="semi").filter(pl.col("end") > start + MOMENT)
        course = Course(start, target.duration, target.recovery)
        lost = (1.0 - target.factor) * course.lasting(mine["start"].to_numpy(), mine["end"].to_numpy())
        left = mine.with_columns(lost=pl.Series(lost)).filter(pl.col("lost") > 0)
        parts.append(
            left.select(
                "variable", "process", "mode", "region", "period", "slice", pl.col("value") * (1 - pl.col("lost"))
            )
        )
    return Item(shock, start, tuple(row for part in parts for row in part.iter_rows()))


def _named(
    case: Case, results: Results, asked: Stress, start: float, means: Means
) -> tuple[list[tuple[object, ...]], list[tuple[str, str]]]:
    """The case's own shocks, each with its rate and what it may be expected to cost in a year."""
    own = {f"shock {shock.name}": shock for shock in shocks_of(case)}
    if not own:
        return [], []
    items = {name: _item(case, results, replace(shock, start=None), start) for name, shock in own.items()}
    longest = max(target.duration + target.recovery for shock in own.values() for target in shock.targets)
    found, failed = _losses(case, results, _moments(case, asked, start, longest), items, means)
    rows = [
        (own[name].name, own[name].title, own[name].yearly_rate, own[name].yearly_rate * loss.money, *_told(loss))
        for name, loss in found.items()
    ]
    return rows, _unmet(failed)


def _unmet(failed: Mapping[str, Failure]) -> list[tuple[str, str]]:
    return [(name, failure.message) for name, failure in failed.items()]


LOSS = {
    "lost": pl.Float64,
    "lost_share": pl.Float64,
    "peak": pl.Float64,
    "peak_share": pl.Float64,
    "peak_period": pl.String,
    "money": pl.Float64,
    "cost": pl.Float64,
    "unserved": pl.Float64,
    "missed": pl.Float64,
    "recover": pl.Float64,
    "stage": pl.String,
    "binding": pl.String,
}
CELL = {"kind": pl.String, "node": pl.String, "plants": pl.Int64, "months": pl.Float64, **LOSS}
OWN = {"shock": pl.String, "title": pl.String, "yearly_rate": pl.Float64, "expected": pl.Float64, **LOSS}


def _told(loss: Loss) -> tuple[object, ...]:
    return tuple(asdict(loss)[name] for name in LOSS)


def _cell(node: Node, months: float, loss: Loss) -> tuple[object, ...]:
    return (node.kind, node.name, len(node.plants), months, *_told(loss))


def _indexed(cells: pl.DataFrame) -> pl.DataFrame:
    """Cells with their risk exposure index, money lost over the largest of that duration; the largest loss first."""
    largest = pl.col("money").max().over("months")
    index = pl.when(largest > 0).then(pl.col("money") / largest).otherwise(0.0)
    return cells.with_columns(index=index).sort("money", "kind", "node", descending=[True, False, False])


def _record(case: Case, results: Results, asked: Stress, start: float) -> dict[str, object]:
    keep = (
        "schema", "case", "title", "scenario", "case_hash", "as_of", "edits", "target", "money_unit", "base_year",
        "view",
    )  # fmt: skip
    told = {name: value for name, value in asdict(asked).items() if name not in ("start", "kinds", "months")}
    lasting = {"start": start, "months": list(asked.months), "kinds": list(asked.kinds), **told}
    record = {name: results.run[name] for name in keep if name in results.run}
    return {**record, "teraplan_version": version("teraplan"), "kind": "stress", "stress": lasting}
