"""The section about a stress test: what each loss costs, how long one can do without, what would have helped."""

from collections.abc import Mapping
from typing import cast

import polars as pl

from teraplan.report.parts import Cell, Grid, Heat, Picture, Section, grid_of
from teraplan.report.words import Names, amount, capital, maker, number, percent, period_words, plain, short, unit_words
from teraplan.results.results import Results

TITLE = "What a shock would cost"
NODES, TOLD, SHOCKS = 25, 4, 20
"""Nodes in the heat map, nodes told in sentences, shocks of the case's own that are listed."""
LONGEST = 40
"""Longest name of a plant or a region [letter]."""
AT_ONCE = 0.1
"""A time to survive below this is none [month]."""
EMPTY = pl.DataFrame()
KINDS = {"process": "one plant", "region": "region", "maker": "maker", "material": "material"}
MONTHS = 12.0


def stress(results: Results | None, names: Names) -> Section:
    """Return the section about a stress test; without one it is empty. names: those of the plan it was made of."""
    cells = EMPTY if results is None else results.frames.get("cells", EMPTY)
    if results is None or cells.is_empty():
        return Section("stress", TITLE, (), ())
    unit = str(results.run["money_unit"])
    parts: list[Picture | Grid | Heat] = [_map(cells, names, unit), *_survival(results, names)]
    parts += [*_hedges(results, names, unit), *_own(results, unit), *_screen(results, names, unit)]
    return Section("stress", TITLE, _lead(results, names, unit), tuple(parts))


def node_words(kind: str, node: str, names: Names) -> str:
    """Return a node as people say it: `fab_n3 in TWN` -> `Fab N3, Taiwan`."""
    if kind == "process":
        process, _, region = node.partition(" in ")
        thing = short(names.thing(process), LONGEST)
        return f"{thing}, {short(names.region(region), LONGEST)}" if region else thing
    if kind == "region":
        return short(names.region(node), LONGEST)
    return maker(node) if kind == "maker" else names.thing(node)


def _lead(results: Results, names: Names, unit: str) -> tuple[str, ...]:
    """The ranking in sentences: the worst nodes of the duration nearest a year."""
    asked = cast("Mapping[str, float]", results.run["stress"])
    cells, target = results.frame("cells"), str(results.run["target"])
    goods = results.frame("commodities").filter(pl.col("commodity") == target)
    served = str(goods["unit"][0])
    months = min(cells["months"].unique(), key=lambda length: (abs(length - MONTHS), length))
    survive = {(kind, node): (at, whole) for kind, node, at, whole in _survive(results).iter_rows()}
    count = cells.select("kind", "node").unique().height
    said = [
        f"{count} nodes that carry flow are lost one at a time from {asked['start']:g} on, with what was ordered kept "
        f"and new orders from {asked['reacted']:g} on; nobody sees it coming. Money is discounted, and what is not "
        f"served counts at the price of its demand curve.",
    ]
    worst = cells.filter((pl.col("months") == months) & (pl.col("money") > 0)).head(TOLD)
    for row in worst.iter_rows(named=True):
        text = f"{capital(node_words(row['kind'], row['node'], names))}, lost for {months:g} months, costs "
        text += f"{amount(row['money'], unit)} and {amount(row['lost'], served)} of {plain(target)}"
        if row["peak_period"]:
            text += f", {percent(row['peak_share'])} of it in {period_words(row['peak_period'])}, the worst time"
        text += "; not all is back before the horizon ends" if row["recover"] is None else _back(row["recover"])
        if row["stage"]:
            thing = names.thing(row["binding"]) if names.has(row["binding"]) else plain(row["binding"])
            text += f"; what then binds is {plain(row['stage'])} ({thing})"
        at, whole = survive.get((row["kind"], row["node"]), (None, False))
        if at is not None:
            longer = " or longer" if whole else ""
            met = f"all demand is met for {number(at, 2)} months without it{longer}"
            text += "; demand is missed at once" if at < AT_ONCE else f"; {met}"
        said.append(f"{text}.")
    return tuple(said)


def _back(months: float) -> str:
    return f"; 99 % is served again after {number(months, 2)} months" if months else "; no year falls below 99 %"


def _map(cells: pl.DataFrame, names: Names, unit: str) -> Heat:
    """Nodes over durations, by money lost; the depth of colour is the root of the loss over the largest."""
    durations = sorted(cells["months"].unique())
    deepest = float(cells["money"].max())  # type: ignore[arg-type]
    order = cells.select("kind", "node").unique(maintain_order=True).head(NODES)
    lost = {
        (kind, node, at): money for kind, node, at, money in cells.select("kind", "node", "months", "money").iter_rows()
    }
    rows = tuple(
        (
            node_words(kind, node, names),
            KINDS[kind],
            tuple(_cell(lost.get((kind, node, at)), deepest) for at in durations),
        )
        for kind, node in order.iter_rows()
    )
    title = (
        f"Money lost when a node is out, {unit_words(unit)}: the {len(rows)} worst nodes by the length of the outage"
    )
    return Heat(title, tuple(f"{at:g} months" for at in durations), rows, head="Node")


def _cell(money: float | None, deepest: float) -> Cell:
    if money is None:
        return Cell("–", 0.0)
    depth = (max(money, 0.0) / deepest) ** 0.5 if deepest > 0 else 0.0
    return Cell(number(money, 2) if depth >= 0.02 else "", depth)


def _survive(results: Results) -> pl.DataFrame:
    found = results.frames.get("nodes", EMPTY)
    return found.select("kind", "node", "survive", "whole") if found.height else found


def _survival(results: Results, names: Names) -> list[Grid]:
    """Nodes whose longest outage costs most: how long one can do without them, and when all is back."""
    found = _survive(results)
    if found.is_empty():
        return []
    cells = results.frame("cells")
    longest = cells.filter(pl.col("months") == pl.col("months").max())
    told = longest.join(found, on=["kind", "node"], maintain_order="left").filter(pl.col("money") > 0).head(NODES)
    rows = pl.DataFrame(
        [
            (
                node_words(row["kind"], row["node"], names),
                number(row["survive"], 2) + (" or more" if row["whole"] else ""),
                "not in the horizon" if row["recover"] is None else number(row["recover"], 3),
                number(row["index"], 2),
            )
            for row in told.iter_rows(named=True)
        ],
        schema=["node", "time to survive", "time to recover", "risk exposure index"],
        orient="row",
    )
    title = f"How long one can do without, and when all is back after {longest['months'][0]:g} months, in months"
    return [grid_of(rows, title)]


def _hedges(results: Results, names: Names, unit: str) -> list[Grid]:
    found = results.frames.get("hedges", EMPTY)
    if found.is_empty():
        return []
    cells = results.frame("cells").select("cell", "kind", "node", "months")
    rows = pl.DataFrame(
        [
            (
                f"{node_words(row['kind'], row['node'], names)}, {row['months']:g} months",
                f"{row['hedge']}: {names.thing(row['what'])}, {names.region(row['place'])}",
                period_words(row["period"]),
                amount(row["size"], row["unit"]),
                number(row["cost_foretold"], 2),
                number(row["saved_foretold"], 3),
                number(row["cost"], 2),
                number(row["saved"], 3),
            )
            for row in found.join(cells, on="cell", maintain_order="left").iter_rows(named=True)
        ],
        schema=["against", "hedge", "from", "size", "cost, foretold", "saves, foretold", "cost", "saves"],
        orient="row",
    )
    title = (
        f"What would have helped, each for a tenth of what the node makes in a year, {unit_words(unit)}: foretold from "
        "duals, and planned again"
    )
    return [grid_of(rows, title)]


def _own(results: Results, unit: str) -> list[Grid]:
    """The case's own shocks by what they may be expected to cost in a year."""
    found = results.frames.get("shocks", EMPTY)
    if found.is_empty():
        return []
    rows = found.head(SHOCKS).select(
        pl.coalesce(pl.col("title").replace("", None), pl.col("shock")).alias("shock"),
        pl.col("yearly_rate").alias("times a year"),
        pl.col("money").round(6).alias("money lost"),
        pl.col("expected").round(6).alias("expected a year"),
        pl.col("peak_share").map_elements(percent, return_dtype=pl.String).alias("worst year"),
    )
    return [grid_of(rows, f"The case's own shocks, {unit_words(unit)}: the likelihood is that of the case", digits=3)]


def _screen(results: Results, names: Names, unit: str) -> list[Grid]:
    """How far the coarse case that the nodes were chosen on agrees."""
    found = results.frames.get("screen", EMPTY)
    if found.is_empty():
        return []
    told = cast("Mapping[str, float]", results.run["screen"])
    rows = found.head(NODES).select(
        node=pl.struct("kind", "node").map_elements(
            lambda one: node_words(one["kind"], one["node"], names), return_dtype=pl.String
        ),
        months="months",
        coarse="coarse",
        fine="fine",
        ratio="ratio",
    )
    title = (
        f"The nodes were chosen on {told['case']}, {unit_words(unit)}: rank correlation of {told['cells']:g} cells "
        f"{told['rank_correlation']:.2f}, median of fine over coarse {told['ratio']:.2f}"
    )
    return [grid_of(rows, title, digits=3)]
