"""In which unit the rows of each equation, and the columns of each variable, are counted."""

from collections.abc import Mapping

import polars as pl

from teraplan.case.case import Case
from teraplan.report.words import per_year

YEARLY_CAPACITY = ("orders_grow_no_faster", "orders_fall_no_faster", "orders_at_most", "orders_at_least")
EMISSIONS = ("emissions_at_most", "cumulative_emissions_at_most")
TOTALS = ("cumulative_activity_at_most", "cumulative_activity_at_least")
CARRIED = ("level_carried_over", "carried_level_at_most", "carried_level_at_least", "season_level")
FLOWS = ("charge_at_most", "discharge_at_most")
CAPACITY = ("cumulative_orders_at_most", "capacity_at_most", "capacity_at_least")
ACTIVITY = ("activity_falls_no_faster", "activity_at_most", "activity_at_least")
AMOUNTS = ("early_use_within_pipeline", "closing_stock_at_least_opening", "cumulative_emissions_at_most", "stock")
SHARES = ("share_at_most", "share_at_least")


def unit_of(case: Case, name: str, labels: Mapping[str, str]) -> str:
    """Return the unit of a row of an equation, or of a column of a variable, with these labels."""
    if name == "blocks":
        return "1"
    if name in (*CARRIED, *FLOWS):
        kept = case.stores.filter(pl.col("process") == labels["process"])["commodity"]
        unit = _good(case, kept[0]) if kept.len() else ""
        return per_year(unit) if name in FLOWS else unit
    if name in (*YEARLY_CAPACITY, *CAPACITY, *ACTIVITY, *TOTALS):
        return _of_process(case, name, _first(case.limit_members, labels, ("limit", "group", "place")))
    if name in SHARES:
        return _of_share(case, labels)
    if name == "use_within_licence":
        return _of_rule(case, labels)
    if name == "programme_within_budget":
        return case.tables.settings.money_unit
    if name == "target_reached":
        return ""
    if name in ("level", "storage_level", "level_within_hours"):
        stored = case.storage.filter(pl.col("process") == labels["process"])["commodity"]
        return _good(case, stored[0]) if stored.len() else ""
    good = labels.get("commodity") or (labels.get("group") if name in EMISSIONS else None)
    if good is not None:
        return _good(case, good) if name in AMOUNTS else per_year(_good(case, good))
    return _of_process(case, name, labels.get("process"))


def _of_process(case: Case, name: str, process: str | None) -> str:
    rows = case.processes.filter(pl.col("process") == (process or ""))
    if not rows.height:
        return ""
    if name in ("activity", "sliced_activity", *ACTIVITY):
        return per_year(str(rows["activity_unit"][0]))
    if name in TOTALS:
        return str(rows["activity_unit"][0])
    unit = str(rows["capacity_unit"][0] or "")
    return per_year(unit) if name in YEARLY_CAPACITY and unit else unit


def _of_share(case: Case, labels: Mapping[str, str]) -> str:
    rows = case.shares.filter(pl.col("share") == labels["share"])["of"]
    of = str(rows[0]) if rows.len() else ""
    if ":" in of:
        return per_year(_good(case, of.split(":")[1]))
    first = _first(case.share_measures, labels, ("share", "group", "place"))
    return _of_process(case, "activity" if of == "activity" else "capacity", first)


def _of_rule(case: Case, labels: Mapping[str, str]) -> str:
    frame = case.tables.frames["rules"]
    rows = frame.filter((pl.col("rule") == labels["rule"]) & (pl.col("commodity_group") == labels["group"]))
    of = str(rows["of"][0]) if rows.height else ""
    members = case.tables.frames["groups"].filter(pl.col("group") == labels["group"])["member"]
    counted = of.removeprefix("use:") if ":" in of else (members[0] if members.len() else labels["group"])
    return per_year(_good(case, str(counted)))


def _first(members: pl.DataFrame, labels: Mapping[str, str], on: tuple[str, ...]) -> str | None:
    """The first process that a limit or share counts."""
    mine = members.filter(pl.all_horizontal([pl.col(label) == labels[label] for label in on]))
    return mine["process"].sort()[0] if mine.height else None


def _good(case: Case, commodity: str) -> str:
    rows = case.commodities.filter(pl.col("commodity") == commodity)["unit"]
    return str(rows[0]) if rows.len() else ""
