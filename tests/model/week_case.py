"""A model with seasons, weeks and days, planned by this engine and by OSeMOSYS's own text: power, wind, gas and a dam.

Two seasons of half a year, weeks of 5 and 2 days, days of 14 hours and nights of 10; the load is flat. OPTIMUM and NEW
were found by GLPK 5.0 (glpsol) on OSeMOSYS's storage equations, S1 to S15, SC1 to SC6 and SI1 to SI10 of
OSeMOSYS_GNU_MathProg, src/osemosys.txt, with the numbers below as its parameters.
"""

from pathlib import Path

from model.small_cases import (
    Row,
    cost,
    demand,
    existing,
    goods,
    plant,
    process,
    recipe,
    site,
    small_case,
)
from teraplan.case.case import Case

YEARS = (2025, 2026, 2027)
WIND = {
    "summer_work_day": 0.9,
    "summer_work_night": 0.1,
    "summer_rest_day": 0.7,
    "summer_rest_night": 0.4,
    "winter_work_day": 0.0,
    "winter_work_night": 0.0,
    "winter_rest_day": 0.2,
    "winter_rest_night": 1.0,
}
"""Share of the wind's capacity that runs."""
GAS = {2025: 2.0, 2026: 3.0, 2027: 5.0}
CAPEX = {2025: 200.0, 2026: 60.0, 2027: 300.0}
"""Price of gas, and of a unit of dam; a dam bought lasts 2 years and is worth a half after one."""
LIMITS = {"opening": 0.006, "least_share": 0.1, "charge_max": 3.0, "discharge_max": 1.5}

OPTIMUM = 52.3936486193
NEW = {2026: 0.001364789447}
"""Cost of the best plan, and the dam that it adds."""


def slices() -> list[Row]:
    """The eight slices with season, days in a week, hours on a day and share of the year."""
    rows: list[Row] = []
    for season, summer in enumerate(("summer", "winter"), start=1):
        for kind, (name, days) in enumerate((("work", 5), ("rest", 2)), start=1):
            for block, (part, hours) in enumerate((("day", 14), ("night", 10)), start=1):
                rows.append(
                    {
                        "slice": f"{summer}_{name}_{part}",
                        "season": season,
                        "day_type": f"{summer}_{name}",
                        "order": 10 * kind + block,
                        "days": days,
                        "hours": hours,
                        "weight": 0.5 * days / 7 * hours / 24,
                    }
                )
    return rows


def week_case(folder: Path) -> Case:
    """Return the case: 10 of power a year; wind of 14, a pump of 4 that keeps 80 %, a dam of 0.01 and what is added."""
    return small_case(
        folder,
        goods("power", "water", clock="sliced"),
        {"slices": slices()},
        process("gas", {"power": 1}, clock="sliced"),
        {"sites": [{"process": "gas", "region": "USA"}]},
        *[cost("gas", "variable", price, year=year) for year, price in GAS.items()],
        plant("wind", {"power": 1}, clock="sliced"),
        existing("wind", 14),
        {"availability": [{"process": "wind", "slice": name, "value": share} for name, share in WIND.items()]},
        plant("pump", {}, clock="sliced"),
        {
            "recipes": [
                recipe("pump", "in", "power", 1, mode="up"),
                recipe("pump", "out", "water", 0.8, mode="up"),
                recipe("pump", "in", "water", 1, mode="down"),
                recipe("pump", "out", "power", 1, mode="down"),
            ]
        },
        existing("pump", 4),
        plant("dam", {}, clock="sliced", life=2),
        {"storage": [{"process": "dam", "commodity": "water", "kind": "carried"}]},
        {"store_limits": [{"process": "dam", "item": item, "value": value} for item, value in LIMITS.items()]},
        site("dam"),
        *[cost("dam", "capex", price, year=year) for year, price in CAPEX.items()],
        existing("dam", 0.01, end=2060),
        demand("power", 10),
        period=[(YEARS[0], YEARS[-1] + 1, 1)],
        horizon_end="salvage",
    )
