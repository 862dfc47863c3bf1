"""One case in which every equation of the model has a row: what the golden files print.

Periods 2025, 2026 and 2027-2028, orders spread evenly over their period, so that a lead of 12 months, a ramp and
offsets of 6 months all leave their marks. A year has a day (a quarter of it) and a night (the rest).
"""

from dataclasses import replace
from pathlib import Path

import polars as pl

from model.small_cases import (
    Tables,
    cost,
    curve,
    demand,
    existing,
    goods,
    limit,
    plant,
    process,
    recipe,
    site,
    small_case,
)
from teraplan.case.case import Case, Programme

PERIODS = [(2025, 2027, 1), (2027, 2029, 2)]


def golden_case(folder: Path) -> Case:
    """Return the case, with a programme that may order in 2026."""
    parts = (*_goods(), *_chips(), *_power(), *_dam(), *_norms(), *_limits())
    case = small_case(
        folder, *parts, period=PERIODS, order_timing="even", objective="most_compute", discount_rate=0.1, view="buyer"
    )
    kept = pl.DataFrame({"process": ["fab"], "region": ["USA"], "period": ["2026"], "value": [2.0]})
    return replace(case, programme=Programme(1000.0, 2026.0, 2026.0, kept, running_baseline=50.0))


def _goods() -> tuple[Tables, ...]:
    return (
        goods("compute", "chip", "wafer"),
        goods("slag", disposal="none"),
        goods("tool", scope="world"),
        goods("power", "water", clock="sliced"),
        goods("heat", clock="sliced", disposal="none"),
        goods("co2", kind="emission"),
        {
            "slices": [
                {"slice": "day", "day_type": "any", "order": 1, "weight": 0.25},
                {"slice": "night", "day_type": "any", "order": 2, "weight": 0.75},
            ],
            "profiles": [{"profile": "slow", "position": 1, "value": 0.5}],
            "stocks": [
                {"commodity": "wafer", "region": "USA", "kind": "pipeline", "opening": 30},
                {
                    "commodity": "chip",
                    "region": "USA",
                    "kind": "carried",
                    "opening": 8,
                    "keep": 0.5,
                    "closing": "opening",
                },
            ],
            "routes": [{"commodity": "chip", "origin": "TWN", "destination": "USA", "loss": 0.1, "cost": 0.2}],
        },
    )


def _chips() -> tuple[Tables, ...]:
    """Fabs in two countries: wafers half a year before the chip, tools half a year before the start of the fab."""
    return (
        plant("fab", {"chip": 1, "slag": 0.1}, {"power": 0.5}, life=10, rate=2),
        {
            "recipes": [
                recipe("fab", "in", "wafer", 2, offset_month=6),
                recipe("fab", "build", "tool", 3, offset_month=6),
            ],
            "availability": [
                {"process": "fab", "region": "USA", "year": year, "value": value}
                for year, value in ((2025, 0.9), (2026, 0.9), (2027, 0.6), (2028, 0.6))
            ],
        },
        site("fab", "USA", lead=12, ramp="slow"),
        site("fab", "TWN", lead=12),
        existing("fab", 4, "USA"),
        existing("fab", 5, "TWN"),
        cost("fab", "capex", 7),
        cost("fab", "fixed", 0.3),
        cost("fab", "variable", 0.25),
        process("sink", {"compute": 0.001}, {"slag": 1}),
        {"sites": [{"process": "sink", "region": "USA"}, {"process": "sink", "region": "TWN"}]},
        process("wafers", {"wafer": 1}),
        {"sites": [{"process": "wafers", "region": "USA"}, {"process": "wafers", "region": "TWN"}]},
        plant("toolworks", {"tool": 1}, life=50),
        existing("toolworks", 9, "TWN"),
        plant("cluster", {"compute": 4}, {"chip": 1, "power": 0.2}, life=5, block=0.5, retire_early="yes"),
        {"recipes": [recipe("cluster", "release", "chip", 0.3)]},
        site("cluster", "USA"),
        cost("cluster", "capex", 2),
    )


def _power() -> tuple[Tables, ...]:
    return (
        plant("turbine", {"power": 1, "heat": 0.5, "co2": 0.4}, clock="sliced", life=30),
        {
            "availability": [
                {"process": "turbine", "slice": "day", "value": 0.8},
                {"process": "turbine", "slice": "*", "value": 0.9},
                {"process": "turbine", "value": 0.7},
            ]
        },
        site("turbine", "USA", lead=12),
        existing("turbine", 10, "USA"),
        cost("turbine", "capex", 3),
        existing("turbine", 10, "TWN"),
        process("pump", {"compute": 0.01}, {"power": 1, "heat": 0.5}, clock="sliced"),
        {"sites": [{"process": "pump", "region": "USA"}]},
        process("vent", {"co2": 0.001}, {"heat": 1}, clock="sliced"),
        {"sites": [{"process": "vent", "region": "USA"}, {"process": "vent", "region": "TWN"}]},
        plant("battery", {}, clock="sliced", life=10),
        {"storage": [{"process": "battery", "commodity": "power", "hours": 4, "efficiency": 0.9, "loss": 0.02}]},
        site("battery", "USA"),
        existing("battery", 1, "USA"),
        cost("battery", "capex", 1),
        {
            "reserve": [
                {"item": "margin", "commodity": "power", "value": 0.15},
                {"item": "cover", "commodity": "heat", "value": 1.5},
                {"item": "firm_share", "process": "turbine", "value": 0.92},
                {"item": "firm_share", "process": "battery", "value": 0.4},
            ]
        },
    )


def _dam() -> tuple[Tables, ...]:
    """A dam in Taiwan that rain fills and a turbine empties; it keeps a tenth of its water."""
    return (
        plant("rain", {"water": 1}, clock="sliced"),
        existing("rain", 4, "TWN"),
        plant("hydro", {"power": 0.9}, {"water": 1}, clock="sliced"),
        existing("hydro", 2, "TWN"),
        plant("dam", {}, clock="sliced", life=50),
        {
            "storage": [{"process": "dam", "commodity": "water", "kind": "carried"}],
            "store_limits": [
                {"process": "dam", "item": item, "value": value}
                for item, value in (("opening", 1), ("least_share", 0.1), ("charge_max", 3), ("discharge_max", 2))
            ],
        },
        site("dam", "TWN"),
        existing("dam", 5, "TWN"),
        cost("dam", "capex", 0),
    )


def _norms() -> tuple[Tables, ...]:
    return (
        demand("compute", 100),
        curve("compute", [(0.6, 5), (0.6, 2)]),
        demand("chip", 2),
        curve("chip", [(1.0, 3)]),
        {"demand": [{"commodity": "chip", "region": "USA", "item": "local_share_min", "value": 0.75}]},
        demand("power", 0.5, "TWN"),
        {
            "shares": [
                _share("fabs_in_usa", "fab", "fab", "USA", "at_least", "capacity", 0.3),
                _share("chips_of_taiwan", "fab", "fab", "TWN", "at_most", "out:chip", 0.8),
            ],
            "rules": [
                {
                    "rule": "licence",
                    "commodity_group": "chip",
                    "destination_group": "USA",
                    "of": "use",
                    "year": 2025,
                    "value": 12,
                }
            ],
        },
    )


def _limits() -> tuple[Tables, ...]:
    return (
        limit("growth", "fab", 0.5, unit="1/year"),
        limit("seed", "fab", 1, unit="1/year"),
        limit("order_fall", "fab", 0.8),
        limit("activity_fall", "fab", 0.7),
        limit("order_max", "fab", 6),
        limit("order_min", "fab", 0.1, "USA", year=2026),
        limit("order_cumulative_max", "fab", 11),
        limit("capacity_max", "fab", 20),
        limit("capacity_min", "fab", 3),
        limit("activity_max", "fab", 40),
        limit("activity_min", "fab", 1),
        limit("activity_cumulative_max", "fab", 90),
        limit("activity_cumulative_min", "fab", 2),
        limit("emission_max", "co2", 3),
        limit("emission_cumulative_max", "co2", 9),
    )


def _share(name: str, part: str, whole: str, where: str, sense: str, of: str, value: float) -> dict[str, object]:
    return {
        "share": name,
        "numerator_group": part,
        "denominator_group": whole,
        "numerator_regions": where,
        "of": of,
        "sense": sense,
        "year": 2025,
        "value": value,
    }
