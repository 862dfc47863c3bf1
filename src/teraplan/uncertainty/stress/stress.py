"""The stress test of a plan: hit each node that carries flow, keep what was ordered, let the rest react, count losses.

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
from teraplan.errors import ArgumentError, CaseError, Fault, StoreError, did_you_mean
from teraplan.executor import Failure, Store, run_cases
from teraplan.results.results import Results
from teraplan.scenario import case_of_run
from teraplan.shocks.caps import flows_of
from teraplan.shocks.shocks import shocked, shocks_of
from teraplan.uncertainty.ensemble import Means, Question, packed, solve_many
from teraplan.uncertainty.stress.cells import MONTHS, Item, changed, item_of, outage
from teraplan.uncertainty.stress.losses import Loss, loss_of, read
from teraplan.uncertainty.stress.nodes import KINDS, Node, nodes_of
from teraplan.uncertainty.stress.precautions import HEDGE, Precaution, confirmed, foretold
from teraplan.uncertainty.stress.settled import MOMENT, Base, Moments, base_of
from teraplan.uncertainty.stress.survive import Outage, stretches, survived

NOTHING = "no shock"
"""Name of the cell that all others are held against."""
LOSS = {
    "lost": pl.Float64, "lost_share": pl.Float64, "peak": pl.Float64, "peak_share": pl.Float64,
    "peak_period": pl.String, "money": pl.Float64, "cost": pl.Float64, "unserved": pl.Float64, "missed": pl.Float64,
    "recover": pl.Float64, "stage": pl.String, "binding": pl.String,
}  # fmt: skip
"""Columns of a loss; see losses.Loss."""
CELL = {"cell": pl.String, "kind": pl.String, "node": pl.String, "plants": pl.Int64, "months": pl.Float64, **LOSS}
OWN = {"shock": pl.String, "title": pl.String, "yearly_rate": pl.Float64, "expected": pl.Float64, **LOSS}
CANDIDATES = 3
"""Hedges that are told of a cell."""
WORDS = ("periods", "regions", "processes", "commodities", "groups")


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
    survive: float = 24.0
    """The longest outage that is tried for the time to survive [month]; 0: that time is not asked for."""
    hedged: int = 5
    """How many of the worst cells have their cheapest hedge confirmed by planning again."""
    nodes: tuple[str, ...] = ()
    """Names of the nodes that are hit; none: every node that carries flow."""


def stress(
    results: Results,
    case: Case | None = None,
    asked: Stress | None = None,
    means: Means | None = None,
    nodes: Sequence[Node] | None = None,
) -> Results:
    """Return the stress test of a plan: Results of kind `stress`.

    case: the one that the plan was made from, with what it keeps of other plans; none: it is read again, and what it
    keeps is planned again. nodes: other ones than those that carry flow in the plan.

    Frames: `cells` (every node and duration: see losses.Loss; index: money lost over the largest loss of that
    duration), `nodes` (survive [month], whether it is the longest that was tried, recover from the longest outage),
    `hedges` (see precautions), `shocks` (the case's own, ranked by rate x money lost), `unmet` (cells that no plan can
    meet, and why), the plan's words.

    Raises ArgumentError with every fault of what is asked, StoreError where results are no plan, what `run_cases` does.
    """
    if "kind" in results.run:
        raise StoreError(f"{results.run.get('name', 'this')} is a {results.run['kind']}, no plan: stress a plan")
    asked, means = asked or Stress(), means or Means()
    case = case_of_run(results, tell=means.tell) if case is None else case
    start, flowing = checked(results, case, asked)
    nodes = flowing if nodes is None else list(nodes)
    hits = {f"{node.kind} {node.name}, {months:g} months": (node, months) for node in nodes for months in asked.months}
    items = {
        name: item_of(case, results, outage(node, months / MONTHS, asked.depth, asked.recovery / MONTHS), start)
        for name, (node, months) in hits.items()
    }
    base = base_of(case, results, moments_of(case, asked, start), means.options)
    tried = _tried(base, items, means)
    losses = {name: _loss(base, tried, name) for name in tried.rows if name in hits}
    cells = _indexed([(name, *_node(hits[name]), *_told(loss)) for name, loss in losses.items()])
    own, failed = _named(case, results, asked, start, means) if asked.named else ([], {})
    frames = {
        "cells": cells,
        "nodes": _survival(base, nodes, asked, means),
        "hedges": _hedges(base, cells, hits, tried, asked, means),
        "shocks": pl.DataFrame(own, schema=OWN, orient="row").sort("expected", descending=True, nulls_last=True),
        "unmet": _unmet({**tried.failures, **failed}),
    }
    words = {name: results.frame(name) for name in WORDS}
    return Results(run=_record(results, asked, base.moments), frames={**frames, **words})


def checked(results: Results, case: Case, asked: Stress) -> tuple[float, list[Node]]:
    """Return when the shocks begin [decimal year] and the nodes that are hit, or raise every fault of what is asked."""
    faults = []
    first, last = float(case.periods["start"].min()), float(case.periods["end"].max())  # type: ignore[arg-type]
    if asked.start is not None and not first <= asked.start < last:
        faults.append(Fault("start", f"{asked.start:g} is outside the plan", f"give a date from {first:g} to {last:g}"))
    lengths = [("months", number) for number in asked.months]
    lengths += [(name, getattr(asked, name)) for name in ("recovery", "reaction", "survive")]
    for name, number in lengths:
        if not np.isfinite(number) or number < 0 or (name == "months" and number == 0):
            least = "above 0" if name == "months" else "of 0 or more"
            faults.append(Fault(name, f"{number:g} is no length of time", f"give months {least}"))
    if not asked.months:
        faults.append(Fault("months", "names no duration", "give one, such as 12"))
    if not 0 <= asked.depth <= 1:
        faults.append(Fault("depth", f"{asked.depth:g} is no share", "give a number from 0 to 1"))
    strange = [kind for kind in asked.kinds if kind not in KINDS]
    faults += [Fault("kinds", f"there is no kind of node {kind!r}", did_you_mean(kind, KINDS)) for kind in strange]
    if faults:
        raise ArgumentError("stress", tuple(faults))
    start = asked.start if asked.start is not None else _next_start(case)
    nodes = nodes_of(case, results, start, asked.kinds)
    known = {node.name for node in nodes}
    unknown = [name for name in asked.nodes if name not in known]
    if not nodes:
        having = sorted({node.kind for node in nodes_of(case, results, start, KINDS)})
        what = f"no {' or '.join(asked.kinds)} carries flow in {start:g}"
        fix = f"ask for {' or '.join(having)}" if having else "name another start"
        raise ArgumentError("stress", (Fault("kinds", what, fix),))
    if unknown:
        what = f"no node of this name carries flow in {start:g}"
        raise ArgumentError("stress", tuple(Fault(name, what, did_you_mean(name, known)) for name in unknown))
    return start, [node for node in nodes if not asked.nodes or node.name in asked.nodes]


@dataclass(frozen=True)
class Tried:
    """What was read of each cell, of the one without a shock too, and the cells that no plan can meet."""

    rows: Mapping[str, pl.DataFrame]
    failures: Mapping[str, Failure]


def _tried(base: Base, items: Mapping[str, Item], means: Means) -> Tried:
    question = Question(partial(changed, moments=base.moments, prices=base.prices), read)
    outcome = solve_many(base.case, {NOTHING: Item(base.moments.start), **items}, question, means)
    if NOTHING in outcome.failures:
        raise CaseError("stress", (Fault(NOTHING, outcome.failures[NOTHING].message, "stress a plan that holds"),))
    return Tried(outcome.results, outcome.failures)


def _loss(base: Base, tried: Tried, name: str) -> Loss:
    plan = base.results.frame("capacity")
    return loss_of(tried.rows[NOTHING], tried.rows[name], base.case.periods, base.moments.start, plan)


def _next_start(case: Case) -> float:
    """The start of the first period that begins on or after the case's date; of the last one if there is none."""
    today = case.tables.settings.as_of
    now = today.year + (today.timetuple().tm_yday - 1) / 365.25
    ahead = case.periods.filter(pl.col("start") >= now - MOMENT)["start"]
    return float(ahead.min() if ahead.len() else case.periods["start"].max())  # type: ignore[arg-type]


def moments_of(case: Case, asked: Stress, start: float, lasting: float | None = None) -> Moments:
    """Return the dates of a test; lasting: how long nobody is held to a floor [year], none: for the longest outage."""
    longest = max(max(asked.months) + asked.recovery, asked.survive) / MONTHS if lasting is None else lasting
    later = case.periods.filter(pl.col("start") >= start + asked.reaction / MONTHS - MOMENT)["start"]
    reacted = float(later.min()) if later.len() else case.horizon_end  # type: ignore[arg-type]
    return Moments(start, reacted, start + longest)


def _named(
    case: Case, results: Results, asked: Stress, start: float, means: Means
) -> tuple[list[tuple[object, ...]], dict[str, Failure]]:
    """The case's own shocks, each with its rate and what it may be expected to cost in a year."""
    own = {f"shock {shock.name}": replace(shock, start=None) for shock in shocks_of(case)}
    if not own:
        return [], {}
    longest = max(target.duration + target.recovery for shock in own.values() for target in shock.targets)
    base = base_of(case, results, moments_of(case, asked, start, longest), means.options)
    flows, items, failures = flows_of(case, results), {}, {}
    for name, shock in own.items():
        try:
            items[name] = Item(start, case=packed(shocked(case, shock, start, flows)))
        except CaseError as error:
            failures[name] = Failure(str(error), "CaseError", error.exit_code)
    tried = _tried(base, items, means)
    rows: list[tuple[object, ...]] = []
    for name, shock in own.items():
        if name in tried.rows:
            loss = _loss(base, tried, name)
            if any(target.kind == "demand" for target in shock.targets):
                # What is no longer asked for, or asked for beside it, is no loss of the plan: it has no price here.
                loss = replace(loss, money=None, unserved=None)
            expected = None if loss.money is None else shock.yearly_rate * loss.money
            rows.append((shock.name, shock.title, shock.yearly_rate, expected, *_told(loss)))
    return rows, {**failures, **tried.failures}


def _survival(base: Base, nodes: Sequence[Node], asked: Stress, means: Means) -> pl.DataFrame:
    """Time to survive of every node: kind, node, plants, survive [month], whole (whether it is the longest tried)."""
    schema = {"kind": pl.String, "node": pl.String, "plants": pl.Int64, "survive": pl.Float64, "whole": pl.Boolean}
    parts = stretches(base.plain, base.moments.start, asked.survive / MONTHS)
    if not parts:
        return pl.DataFrame(schema=schema)
    outages = {
        f"{node.kind} {node.name}": Outage(
            tuple(
                item_of(
                    base.plain, base.results, outage(node, last - base.moments.start, asked.depth), base.moments.start
                )
                for _, last in parts
            ),
            tuple(MONTHS * (last - first) for first, last in parts),
        )
        for node in nodes
    }
    work = partial(survived, packed(base.case), base.moments, base.prices, means.options)
    found = run_cases(work, outages, means.executor, _beside(means, "survive"), means.tell).results
    rows = [
        (node.kind, node.name, len(node.plants), *found[name].row(0))
        for node, name in zip(nodes, outages, strict=True)
        if name in found
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _hedges(
    base: Base, cells: pl.DataFrame, hits: Mapping[str, tuple[Node, float]], tried: Tried, asked: Stress, means: Means
) -> pl.DataFrame:
    """The hedges of the worst cells of each duration; of each cell the cheapest is confirmed."""
    worst = cells.filter(pl.col("money") > 0).head(asked.hedged)
    found = []
    for name in worst["cell"]:
        node, months = hits[name]
        until = base.moments.start + (months + asked.recovery) / MONTHS
        candidates = foretold(base, node, tried.rows[NOTHING], tried.rows[name], until)
        found.append(candidates.select(pl.lit(name).alias("cell"), pl.all()).head(CANDIDATES))
    hedges = pl.concat([pl.DataFrame(schema=HEDGE), *found])
    first = hedges.unique("cell", keep="first", maintain_order=True)
    lost = dict(worst.select("cell", "money").iter_rows())
    asks = {row["cell"]: _ask(base, hits[row["cell"]], row, asked, lost[row["cell"]]) for row in first.to_dicts()}
    work = partial(confirmed, packed(base.plain), base.moments, means.options)
    outcome = run_cases(work, asks, means.executor, _beside(means, "hedges"), means.tell) if asks else None
    told = [(name, *rows.row(0)) for name, rows in outcome.results.items()] if outcome else []
    schema = {"cell": pl.String, "costs": pl.Float64, "saves": pl.Float64}
    known = first.join(pl.DataFrame(told, schema=schema, orient="row"), on="cell", maintain_order="left")
    sure = known.with_columns(cost="costs", saved="saves").select(list(HEDGE))
    rest = hedges.join(sure.select("cell", "hedge", "what", "place", "period"), how="anti", maintain_order="left",
                       on=["cell", "hedge", "what", "place", "period"])  # fmt: skip
    return pl.concat([sure, rest])


def _ask(
    base: Base, hit: tuple[Node, float], row: Mapping[str, object], asked: Stress, loss: float
) -> tuple[Precaution, Item, float, float]:
    """A hedge to confirm: so much more than the plan orders, or a stock."""
    node, months = hit
    shock = outage(node, months / MONTHS, asked.depth, asked.recovery / MONTHS)
    labels = {name: row[name] for name in ("hedge", "what", "place", "period", "used", "size")}
    precaution = Precaution(**labels)  # type: ignore[arg-type]
    orders = base.results.frame("order").filter(
        (pl.col("process") == precaution.what)
        & (pl.col("region") == precaution.place)
        & (pl.col("period") == precaution.period)
    )
    more = (
        precaution
        if precaution.hedge == "stock"
        else replace(precaution, size=precaution.size + float(orders["value"].sum()))
    )
    return (
        more,
        item_of(base.plain, base.results, shock, base.moments.start),
        float(str(base.results.run["objective"])),
        loss,
    )


def _beside(means: Means, name: str) -> Store | None:
    """A folder of its own in the store, for another kind of answer."""
    return None if means.store is None else replace(means.store, folder=means.store.folder / name)


def _unmet(failed: Mapping[str, Failure]) -> pl.DataFrame:
    rows = [(name, failure.message) for name, failure in failed.items()]
    return pl.DataFrame(rows, schema={"cell": pl.String, "why": pl.String}, orient="row")


def _told(loss: Loss) -> tuple[object, ...]:
    return tuple(asdict(loss)[name] for name in LOSS)


def _node(hit: tuple[Node, float]) -> tuple[object, ...]:
    node, months = hit
    return (node.kind, node.name, len(node.plants), months)


def _indexed(rows: list[tuple[object, ...]]) -> pl.DataFrame:
    """Cells with their risk exposure index, money lost over the largest of that duration; the largest loss first."""
    cells = pl.DataFrame(rows, schema=CELL, orient="row")
    largest = pl.col("money").max().over("months")
    index = pl.when(largest > 0).then(pl.col("money") / largest).otherwise(0.0)
    return cells.with_columns(index=index).sort("money", "kind", "node", descending=[True, False, False])


def _record(results: Results, asked: Stress, moments: Moments) -> dict[str, object]:
    keep = ("schema", "case", "title", "scenario", "case_hash", "as_of", "edits", "target", "money_unit", "base_year")
    told = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(asked).items()}
    record = {name: results.run[name] for name in keep if name in results.run}
    lasting = {**told, "start": moments.start, "reacted": moments.reacted}
    return {**record, "teraplan_version": version("teraplan"), "kind": "stress", "stress": lasting}
