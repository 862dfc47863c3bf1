"""A stress test as text and as data: the worst cells, nodes that give way before they are back, hedges, own shocks."""

from collections.abc import Mapping
from typing import cast

import polars as pl

from teraplan.cli.tables import table_of, text_of
from teraplan.results.results import Results

WIDTH = 132
WORDS = ("kind", "hedge", "binding", "")
"""Columns of words."""
FRAMES = ("cells", "nodes", "hedges", "shocks", "unmet", "screen")


def stressed(found: Results, most: int = 20) -> str:
    """Return the worst cells of each duration, the nodes that survive least, hedges, and the case's own shocks."""
    unit, goods = str(found.run["money_unit"]), found.frame("commodities")
    target = str(found.run["target"])
    served = str(goods.filter(pl.col("commodity") == target)["unit"][0])
    asked = cast("Mapping[str, float]", found.run["stress"])
    cells = found.frame("cells")
    parts = [
        f"{cells.height} cells: {cells['node'].n_unique()} nodes, shocks from {asked['start']:g}, new orders from "
        f"{asked['reacted']:g}. Money is discounted, {unit}; loss of {target} in {served}."
    ]
    for months in sorted(cells["months"].unique()):
        parts.append(_cells(cells.filter(pl.col("months") == months), f"Lost for {months:g} months", most))
    parts += [_nodes(found, most), _hedges(found.frame("hedges"), unit), _shocks(found.frame("shocks"), unit)]
    parts += [_unmet(found.frame("unmet")), _screen(found)]
    return "\n".join(part for part in parts if part)


def stress_data(found: Results) -> dict[str, object]:
    """Return a stress test as a program reads it."""
    return {**found.run, **{name: found.frame(name).to_dicts() for name in FRAMES if name in found.frames}}


def _cells(cells: pl.DataFrame, title: str, most: int) -> str:
    table = table_of(title, ("node", "kind", "money", "index", "lost", "share", "peak", "in", "back after", "binding"))
    for row in cells.head(most).iter_rows(named=True):
        if row["money"] <= 0:
            continue
        table.add_row(
            row["node"],
            row["kind"],
            _number(row["money"]),
            f"{row['index']:.3f}",
            _number(row["lost"]),
            f"{row['lost_share']:.1%}",
            f"{row['peak_share']:.1%}",
            row["peak_period"] or "",
            _months(row["recover"]),
            " ".join(filter(None, (row["stage"], f"({row['binding']})" if row["binding"] else ""))),
        )
    return text_of(table, WIDTH) + "\n"


def _nodes(found: Results, most: int) -> str:
    """Nodes that cannot be done without for long, those with the largest loss first."""
    nodes = found.frame("nodes")
    if nodes.is_empty():
        return ""
    never = pl.when(pl.col("recover").is_null().any()).then(None).otherwise(pl.col("recover").max())
    worst = found.frame("cells").group_by("kind", "node").agg(pl.col("money").max(), recover=never)
    told = nodes.join(worst, on=["kind", "node"]).sort("money", "node", descending=[True, False])
    table = table_of("Time to survive and time to recover [month]", ("node", "kind", "survive", "recover, at worst"))
    for row in told.head(most).iter_rows(named=True):
        more = "or more" if row["whole"] else ""
        table.add_row(row["node"], row["kind"], f"{row['survive']:.1f} {more}".strip(), _months(row["recover"]))
    return text_of(table, WIDTH) + "\n"


def _hedges(hedges: pl.DataFrame, unit: str) -> str:
    if hedges.is_empty():
        return ""
    table = table_of(
        f"Hedges of the worst cells, each a tenth of what the node makes in a year [{unit}]",
        ("cell", "hedge", "in", "size", "cost foretold", "saves", "cost", "saves", "pays from"),
    )
    for row in hedges.iter_rows(named=True):
        table.add_row(
            row["cell"],
            f"{row['hedge']}: {row['what']} {row['place']}",
            row["period"],
            f"{_number(row['size'])} {row['unit']}",
            _number(row["cost_foretold"]),
            _number(row["saved_foretold"]),
            _number(row["cost"]),
            _number(row["saved"]),
            _pays_from(row),
        )
    return text_of(table, WIDTH) + "\n"


def _pays_from(row: Mapping[str, float | None]) -> str:
    """The chance of the shock from which on a hedge pays: as planned again, as foretold where that was not done."""
    cost, saved = row["cost"], row["saved"]
    if cost is None or saved is None:
        return f"{row['break_even']:.1%} foretold"
    return f"{max(cost, 0.0) / saved:.1%}" if saved > 0 else "never"


def _shocks(shocks: pl.DataFrame, unit: str) -> str:
    if shocks.is_empty():
        return ""
    table = table_of(
        f"The case's own shocks [{unit}]", ("shock", "a year", "money", "expected a year", "peak", "back after", "")
    )
    for row in shocks.iter_rows(named=True):
        table.add_row(
            row["shock"],
            f"{row['yearly_rate']:g}",
            _number(row["money"]),
            _number(row["expected"]),
            f"{row['peak_share']:.1%}",
            _months(row["recover"]),
            row["stage"] or "",
        )
    return text_of(table, WIDTH) + "\n"


def _unmet(unmet: pl.DataFrame) -> str:
    return "\n".join(f"No plan can meet {cell}: {why}" for cell, why in unmet.iter_rows())


def _screen(found: Results) -> str:
    if "screen" not in found.frames:
        return ""
    told = cast("Mapping[str, float]", found.run["screen"])
    return (
        f"Screened on {told['case']}: {told['cells']:g} cells there and here; rank correlation "
        f"{told['rank_correlation']:.2f}; money here over there: median {told['ratio']:.2f}, middle half "
        f"{told['ratio_low']:.2f} to {told['ratio_high']:.2f}."
    )


def _months(value: float | None) -> str:
    return "not in the horizon" if value is None else f"{value:.0f}"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
