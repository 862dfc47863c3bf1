"""Which lines of which tables stand behind a row of a problem, or behind the bound of a column."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from teraplan.case.case import Case
from teraplan.explain.explanation import Line
from teraplan.results.numbers import TABLE_OF

EACH = "each"
HOME, SITE = {"commodity": "commodity", "region": "place"}, {"process": "process", "region": "region"}
LIMIT = {"limit": "limit", "group": "group", "region_group": "place"}
SHARE = {"share": "share", "numerator_group": "group", "numerator_regions": "place", "sense": "sense"}
RULE = {"rule": "rule", "commodity_group": "group", "destination_group": "place"}
WAY = {"commodity": "commodity", "origin": "origin", "destination": "destination"}
BUYER = {"commodity": "commodity", "region": "region", "buyer": "buyer"}


@dataclass(frozen=True)
class Lookup:
    """Rows of a resolved table that stand behind a row or a bound: those that agree on the labels of `on`.

    on: column of the table: label of the row. dated: whether the table has a value for every year.
    """

    table: str
    on: Mapping[str, str]
    dated: bool = True
    kind: tuple[str, ...] = ()
    """Kinds of limits or stocks; none: all."""


DEMAND = Lookup("demand_quantity", HOME)
CAPACITY = (Lookup("capacity", SITE, False), Lookup("lead_times", SITE, False), Lookup("sites", SITE, False))
RUNS = (*CAPACITY, Lookup("availability", SITE))
RUNS_SLICED = (*CAPACITY, Lookup("availability", {**SITE, "slice": "slice"}))
PROCESS = Lookup("processes", {"process": "process"}, False)
STORES = (Lookup("storage", {"process": "process"}, False), Lookup("store_limits", SITE))
BALANCE = (DEMAND, Lookup("stocks", HOME, False, ("carried",)))


def _limit(*kinds: str) -> tuple[Lookup, ...]:
    return (Lookup("limits", LIMIT, kind=kinds),)


BEHIND: Mapping[str, tuple[Lookup, ...]] = {
    "activity_within_usable": RUNS,
    "sliced_activity_within_usable": RUNS_SLICED,
    "yearly_sum_within_availability": RUNS,
    "commodity_balance": BALANCE,
    "commodity_balance_without_disposal": BALANCE,
    "sliced_commodity_balance": BALANCE,
    "sliced_commodity_balance_without_disposal": BALANCE,
    "early_use_within_pipeline": (Lookup("stocks", {"commodity": "commodity"}, False, ("pipeline",)),),
    "closing_stock_at_least_opening": (Lookup("stocks", HOME, False, ("carried",)),),
    "orders_grow_no_faster": _limit("growth", "seed"),
    "orders_fall_no_faster": _limit("order_fall"),
    "activity_falls_no_faster": _limit("activity_fall"),
    "orders_at_most": _limit("order_max"),
    "orders_at_least": _limit("order_min"),
    "cumulative_orders_at_most": _limit("order_cumulative_max"),
    "capacity_at_most": _limit("capacity_max"),
    "capacity_at_least": _limit("capacity_min"),
    "activity_at_most": _limit("activity_max"),
    "activity_at_least": _limit("activity_min"),
    "emissions_at_most": _limit("emission_max"),
    "share_at_most": (Lookup("shares", SHARE),),
    "share_at_least": (Lookup("shares", SHARE),),
    "served_at_home": (Lookup("local_share", HOME), DEMAND),
    "use_within_licence": (Lookup("rules", RULE),),
    "storage_level": (Lookup("storage", {"process": "process"}, False),),
    "level_within_hours": (Lookup("storage", {"process": "process"}, False), *CAPACITY),
    "reserve_margin": (Lookup("reserve_margin", HOME), DEMAND),
    "sliced_reserve_margin": (Lookup("reserve_margin", HOME), DEMAND),
    "orders_in_whole_blocks": (PROCESS,),
    "retired_at_most_there": (Lookup("capacity", SITE, False),),
    "cumulative_activity_at_most": _limit("activity_cumulative_max"),
    "cumulative_activity_at_least": _limit("activity_cumulative_min"),
    "cumulative_emissions_at_most": _limit("emission_cumulative_max"),
    "level_carried_over": STORES,
    "carried_level_at_most": (*STORES, *CAPACITY),
    "carried_level_at_least": (*STORES, *CAPACITY),
    "charge_at_most": STORES,
    "discharge_at_most": STORES,
    "output_within_cover": (Lookup("reserve_cover", HOME),),
    "programme_within_budget": (),
    "target_reached": (),
    "order": (),
    "blocks": (),
    "retire": (),
    "season_level": (),
    "activity": RUNS,
    "sliced_activity": RUNS_SLICED,
    "ship": (Lookup("routes", WAY, False),),
    "sliced_ship": (Lookup("routes", WAY, False),),
    "stock": (Lookup("stocks", {"commodity": "commodity", "region": "region"}, False),),
    "level": (),
    "shortage": (Lookup("demand_quantity", BUYER), Lookup("demand_steps", {**BUYER, "step": "step"})),
}
"""Where the numbers of each equation, and of the bounds of each variable, are written."""


def lines_behind(case: Case, name: str, labels: Mapping[str, str]) -> tuple[Line, ...]:
    """Return the lines behind a row of an equation, or a bound of a variable, with these labels; no line twice.

    None where another plan holds the variable: its value is that plan's.
    """
    if is_kept(case, name, labels):
        return ()
    found = [line for lookup in BEHIND[name] for line in lines_of(case, lookup, labels)]
    return tuple({(line.table, line.line): line for line in found}.values())


def is_kept(case: Case, variable: str, labels: Mapping[str, str]) -> bool:
    """Return whether another plan has a word on a column: fixes it, or is a floor or ceiling of it."""
    return _bounds_kept(case, variable, labels).height > 0


def keepers(case: Case, variable: str, labels: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the plans that have a word on a column, where they are known."""
    kept = _bounds_kept(case, variable, labels)
    return tuple(kept["run"].drop_nulls().unique().sort()) if "run" in kept.columns else ()


def _bounds_kept(case: Case, variable: str, labels: Mapping[str, str]) -> pl.DataFrame:
    kept = case.kept.filter(pl.col("variable") == variable)
    same = [pl.col(label) == text for label, text in labels.items() if label in kept.columns]
    return kept.filter(pl.all_horizontal(same)) if kept.height else kept


def lines_of(case: Case, lookup: Lookup, labels: Mapping[str, str]) -> tuple[Line, ...]:
    """Return the lines of one table, those of the period where it has years or dates."""
    frame = case.tables.frames[lookup.table]
    period = case.periods.filter(pl.col("period") == labels["period"]) if "period" in labels else None
    for column, label in lookup.on.items():
        frame = frame.filter(_agrees(column, labels.get(label)))
    if lookup.kind:
        frame = frame.filter(pl.col("kind").is_in(lookup.kind))
    if lookup.dated and period is not None:
        frame = frame.filter(pl.col("year") == int(period["start"][0] + period["years"][0] / 2))
    if lookup.table == "capacity" and period is not None:
        frame = _in_service(case, frame, float(period["start"][0]), float(period["end"][0]))
    table = TABLE_OF.get(lookup.table, lookup.table)
    return _as_written(case, table, frame.select("line", "source").unique(maintain_order=True))


def _agrees(column: str, label: str | None) -> pl.Expr:
    if column == "region_group":
        return pl.col(column).is_in([label or "", EACH])
    same = pl.col(column).cast(pl.String) == pl.lit(label)
    return same | pl.col(column).is_null() if column == "slice" else same


def _in_service(case: Case, frame: pl.DataFrame, start: float, end: float) -> pl.DataFrame:
    """Capacity that is there at some time of a period."""
    lives = frame.join(case.processes.select("process", "life"), on="process", how="left", maintain_order="left")
    gone = pl.coalesce("end", pl.col("start") + pl.col("life"), pl.lit(float("inf")))
    return lives.filter((pl.col("start") < end) & (gone > start) & (pl.col("value") != 0))


def _as_written(case: Case, table: str, found: pl.DataFrame) -> tuple[Line, ...]:
    """The lines as they stand in the file; a source that is an edit of the case is what changed them."""
    edits = set(case.tables.edits)
    written = case.tables.frames["written"].filter(pl.col("table") == table)
    rows = found.drop_nulls("line").join(written, on="line", how="left", maintain_order="left", suffix="_given")
    return tuple(
        Line(
            table=table,
            line=int(row["line"]),
            what=str(row["what"] or ""),
            value=row["value"],
            unit=str(row["unit"] or ""),
            grade=str(row["grade"] or ""),
            source=str(row["source_given"] or ""),
            note=str(row["note"] or ""),
            edit=row["source"] if row["source"] in edits else "",
        )
        for row in rows.iter_rows(named=True)
    )
