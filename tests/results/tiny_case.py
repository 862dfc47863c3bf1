"""A case small enough for pencil and paper, as files: clusters in two regions, chips from a world pool, power at home.

One cluster is one Mchip that gives one MH100e and draws half a GW; everything else is added by the test that needs it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from teraplan.case.case import Case
from teraplan.plan import read_case

Rows = Sequence[Mapping[str, object]]

SETTINGS = """
name = "tiny"
schema = 1
as_of = 2025-01-01
base_year = 2025
discount_rate = 0.1
order_timing = "start"
activity_cost_floor = 0.0
{more}
[target]
commodity = "compute"

[[period]]
start = 2025
end = 2029
"""
TABLES: Mapping[str, Rows] = {
    "regions": [{"region": "A"}, {"region": "B"}, {"region": "WLD"}],
    "commodities": [
        {"commodity": "power", "unit": "GW*year", "kind": "good", "stage": "power"},
        {"commodity": "chip", "unit": "Mchip", "kind": "good", "stage": "accelerators", "scope": "world"},
        {"commodity": "compute", "unit": "MH100e*year", "kind": "service", "stage": "service"},
    ],
    "processes": [
        {"process": "utility", "stage": "power", "activity_unit": "GW*year"},
        {"process": "chip_plant", "stage": "accelerators", "activity_unit": "Mchip", "maker": "us"},
        {
            "process": "cluster",
            "stage": "clusters",
            "capacity_unit": "Mchip",
            "activity_unit": "Mchip*year",
            "life": 2,
            "grade": "reported",
            "source": "record",
        },
    ],
    "sites": [
        {"process": process, "region": region}
        for process in ("utility", "chip_plant", "cluster")
        for region in ("A", "B")
    ],
    "recipes": [
        {"process": "utility", "flow": "out", "commodity": "power", "value": 1, "unit": "1"},
        {"process": "chip_plant", "flow": "out", "commodity": "chip", "value": 1, "unit": "1"},
        {"process": "cluster", "flow": "out", "commodity": "compute", "value": 1, "unit": "MH100e/Mchip"},
        {"process": "cluster", "flow": "in", "commodity": "power", "value": 0.5, "unit": "GW/Mchip"},
        {"process": "cluster", "flow": "build", "commodity": "chip", "value": 1, "unit": "1"},
    ],
    "costs": [
        {"process": "utility", "item": "variable", "value": 2, "unit": "GUSD/(GW*year)"},
        {"process": "chip_plant", "item": "variable", "value": 5, "unit": "GUSD/Mchip"},
        {"process": "cluster", "item": "capex", "value": 3, "unit": "GUSD/Mchip"},
        {"process": "cluster", "item": "fixed", "value": 0.4, "unit": "GUSD/(Mchip*year)"},
    ],
    "demand": [
        {"commodity": "compute", "region": "A", "year": year, "item": "quantity", "value": value, "unit": "MH100e"}
        for year, value in ((2025, 10), (2026, 15), (2027, 20), (2028, 25))
    ],
    "sources": [
        {"source": "record", "title": "A record of clusters", "url": "https://example.org", "licence": "CC BY"}
    ],
}
"""Firm demand in A alone; whatever a row does not say is an assumption."""


def tiny_case(folder: Path, settings: str = "", **tables: Rows) -> Case:
    """Write the case to a folder and read it, with rows added to its tables, or instead of them after `only_`."""
    (folder / "case.toml").write_text(SETTINGS.format(more=settings))
    whole = {name: [*rows, *tables.get(name, ())] for name, rows in TABLES.items()}
    whole |= {name: list(rows) for name, rows in tables.items() if name not in TABLES}
    whole |= {name.removeprefix("only_"): list(rows) for name, rows in tables.items() if name.startswith("only_")}
    for name, rows in whole.items():
        if rows and not name.startswith("only_"):
            _write(folder / f"{name}.csv", name, rows)
    return read_case(folder)


def costs_without(*cells: tuple[str, str]) -> Rows:
    """The costs without those of these (process, item)."""
    return [row for row in TABLES["costs"] if (row["process"], row["item"]) not in cells]


def _write(path: Path, name: str, rows: Rows) -> None:
    unsourced = ("regions", "commodities", "sources", "groups", "partners")
    known: Mapping[str, object] = {} if name in unsourced else {"grade": "assumption", "note": "made up"}
    pl.DataFrame([{**known, **row} for row in rows], infer_schema_length=None).write_csv(path)
