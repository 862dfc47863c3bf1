"""A case of two regions in which every guarantee has something to do: storage, stock, pipeline, limits, shares, rules.

Compute is made by clusters, which are built from chips and draw power in every slice. Chips come from fabs, in one
world pool with a stock, and need parts half a year earlier. Power comes from gas (limited over the year, too), sun by
day and a battery. Nothing is bought for ever: clusters live two years, so orders are placed in every period.
"""

from pathlib import Path

from model.small_cases import (
    Row,
    Tables,
    cost,
    curve,
    demand,
    existing,
    limit,
    plant,
    process,
    recipe,
    site,
    small_case,
)
from teraplan.case.case import Case

PERIODS = ((2025, 2027, 1), (2027, 2031, 2))
SLICES = (
    ("warm_day", "warm", 0, 0.3),
    ("warm_night", "warm", 1, 0.2),
    ("cool_day", "cool", 0, 0.2),
    ("cool_night", "cool", 1, 0.3),
)
LIMITS = {
    "order_max": 40.0,
    "order_min": 0.1,
    "order_cumulative_max": 90.0,
    "capacity_max": 60.0,
    "capacity_min": 1.0,
    "activity_max": 60.0,
    "activity_min": 1.0,
    "activity_cumulative_max": 400.0,
    "activity_cumulative_min": 1.0,
    "growth": 3.0,
    "seed": 20.0,
    "order_fall": 0.01,
    "activity_fall": 0.2,
}
"""Limits on the clusters of both regions, all of them wide enough for a plan to be found."""


def busy_case(folder: Path, **settings: object) -> Case:
    """Write the case to a folder and read it; settings are those of case.toml."""
    given = {
        "decide_from": 2025.0,
        "discount_rate": 0.07,
        "horizon_end": "annuity",
        "order_timing": "even",
        "activity_cost_floor": 1e-4,
        **settings,
    }
    return small_case(folder, *_words(), *_power(), *_chips(), *_clusters(), *_norms(), period=PERIODS, **given)


def _words() -> list[Tables]:
    def commodity(name: str, **columns: object) -> Row:
        return {"commodity": name, "unit": "1", "kind": "good", **columns}

    slices = [{"slice": name, "day_type": day, "order": order, "weight": weight} for name, day, order, weight in SLICES]
    return [
        {
            "commodities": [
                commodity("compute", kind="service"),
                commodity("power", clock="sliced"),
                commodity("steam", clock="sliced", disposal="none"),
                commodity("heat", disposal="none"),
                commodity("chip", scope="world"),
                commodity("part", scope="world"),
                commodity("performance", kind="count", scope="world"),
                commodity("co2", kind="emission"),
            ],
            "slices": slices,
        }
    ]


def _power() -> list[Tables]:
    gas = plant("gas", {"power": 1.0, "co2": 0.4, "steam": 0.1}, clock="sliced", life=30)
    sun = plant("sun", {"power": 1.0}, clock="sliced", life=25)
    boiler = process("cooler", {"co2": 0.0}, {"steam": 1.0}, clock="sliced")
    battery: Tables = {
        "processes": [
            {
                "process": "battery",
                "stage": "test",
                "activity_unit": "1",
                "clock": "sliced",
                "capacity_unit": "1",
                "life": 10,
            }
        ],
        "storage": [{"process": "battery", "commodity": "power", "hours": 8, "efficiency": 0.9, "loss": 0.01}],
    }
    available = [
        {"process": "gas", "slice": "*", "value": 0.9},
        {"process": "gas", "slice": None, "value": 0.7},
        {"process": "sun", "slice": "warm_day", "value": 0.7},
        {"process": "sun", "slice": "cool_day", "value": 0.5},
        {"process": "sun", "slice": "warm_night", "value": 0.0},
        {"process": "sun", "slice": "cool_night", "value": 0.0},
    ]
    places = [
        site(name, region, lead=lead)
        for name, lead in (("gas", 6.0), ("sun", 3.0), ("battery", 0.0))
        for region in ("USA", "TWN")
    ]
    places += [_where("cooler", region) for region in ("USA", "TWN")]
    money = [
        cost("gas", "capex", 1.0),
        cost("gas", "fuel", 0.9),
        cost("gas", "fuel", 4.0, region="TWN"),
        cost("gas", "fixed", 0.02),
        cost("sun", "capex", 0.6),
        cost("battery", "capex", 0.2),
    ]
    there = [existing("gas", 12.0, region, end=2040) for region in ("USA", "TWN")]
    return [gas, sun, boiler, battery, *places, *money, *there, {"availability": available}]


def _chips() -> list[Tables]:
    fab = plant("fab", {"chip": 1.0}, {"power": 0.05}, life=20, rate=2.0)
    early = recipe("fab", "in", "part", 1.0, offset_month=6)
    old = plant("old_fab", {"chip": 1.0}, {"power": 0.1}, life=20)
    parts = process("part_maker", {"part": 1.0, "heat": 0.2})
    sink = process("heat_user", {"co2": 0.1}, {"heat": 1.0})
    places = [
        site("fab", "TWN", lead=12.0),
        _where("part_maker", "TWN"),
        _where("heat_user", "TWN"),
    ]
    stock: Row = {
        "commodity": "chip",
        "region": "WLD",
        "kind": "carried",
        "opening": 4.0,
        "keep": 0.95,
        "carrying_cost": 0.01,
        "closing": "opening",
    }
    pipeline: Row = {"commodity": "part", "region": "WLD", "kind": "pipeline", "opening": 20.0}
    return [
        fab,
        {"recipes": [early]},
        old,
        parts,
        sink,
        *places,
        existing("fab", 5.0, "TWN", end=2040),
        existing("old_fab", 3.0, "TWN", end=2040),
        cost("fab", "capex", 2.0),
        cost("fab", "variable", 0.3),
        cost("fab", "margin", 0.2),
        cost("part_maker", "variable", 0.1),
        {"stocks": [stock, pipeline]},
    ]


def _clusters() -> list[Tables]:
    cluster = plant("cluster", {"compute": 1.0, "performance": 2.0}, {"power": 0.5}, life=2)
    built = recipe("cluster", "build", "chip", 1.0, offset_month=1)
    steps = ((0.5, 40.0), (0.3, 20.0), (0.2, 8.0), (0.2, 1.0))
    return [
        cluster,
        {"recipes": [built]},
        site("cluster", "USA", lead=2.0),
        site("cluster", "TWN", lead=2.0),
        existing("cluster", 4.0, "USA", end=2026),
        existing("cluster", 1.0, "TWN", end=2026),
        cost("cluster", "capex", 1.0),
        cost("cluster", "fixed", 0.1),
        cost("cluster", "fixed", 0.9, region="USA"),
        demand("compute", {2025: 4.0, 2030: 14.0}, "USA"),
        demand("compute", {2025: 1.0, 2030: 4.0}, "TWN"),
        curve("compute", steps, "USA"),
        curve("compute", steps, "TWN"),
        {"demand": [{"commodity": "compute", "region": "USA", "item": "local_share_min", "value": 0.4}]},
        demand("power", 1.5, "TWN"),
        {
            "routes": [
                {
                    "commodity": "compute",
                    "origin": "TWN",
                    "destination": "USA",
                    "cost": 0.05,
                    "loss": 0.1,
                    "capacity": 3,
                }
            ]
        },
        {
            "routes": [
                {"commodity": "power", "origin": "USA", "destination": "TWN", "cost": 0.01, "loss": 0.05, "capacity": 4}
            ]
        },
    ]


def _norms() -> list[Tables]:
    limits = [limit(kind, "cluster", value) for kind, value in LIMITS.items()]
    shares = [
        _share("at_home", "cluster", "USA", "*", "capacity", "at_least", 0.05),
        _share("not_all", "cluster", "USA", "*", "order", "at_most", 0.99),
        _share("busy", "cluster", "USA", "*", "activity", "at_most", 0.99),
        _share("green", "sun", "*", "*", "out:power", "at_most", 0.95, whole="gas"),
        _share("thirst", "cluster", "TWN", "*", "use:power", "at_least", 0.01),
    ]
    rules = [
        _rule("chips_in_use", "chip", "*", "TWN", "use", 30.0),
        _rule("compute_abroad", "compute", "TWN", "USA", "arrivals", 3.0),
        _rule("power_used", "power", "*", "TWN", "use", 60.0),
    ]
    reserve = [
        {"item": "margin", "commodity": "power", "region": region, "value": 0.1} for region in ("USA", "TWN")
    ] + [{"item": "firm_share", "process": name, "value": share} for name, share in (("gas", 0.9), ("battery", 0.5))]
    reserve += [{"item": "cover", "commodity": "power", "region": "TWN", "value": 1.05}]
    shape = zip(("warm_day", "warm_night", "cool_day", "cool_night"), (0.35, 0.15, 0.25, 0.25), strict=True)
    shapes = [{"commodity": "power", "region": "TWN", "slice": part, "value": share} for part, share in shape]
    emissions = [
        limit("emission_max", "co2", 90.0, limit="air"),
        limit("emission_cumulative_max", "co2", 500.0, limit="sky"),
    ]
    return [*limits, *emissions, {"shares": shares, "rules": rules, "reserve": reserve, "load_shapes": shapes}]


def _where(name: str, region: str) -> Tables:
    """A place of a process without capacity."""
    return {"sites": [{"process": name, "region": region}]}


def _share(
    name: str, part: str, region: str, regions: str, of: str, sense: str, value: float, whole: str | None = None
) -> Row:
    return {
        "share": name,
        "numerator_group": part,
        "denominator_group": whole or part,
        "numerator_regions": region,
        "denominator_regions": regions,
        "of": of,
        "sense": sense,
        "year": 2020,
        "value": value,
    }


def _rule(name: str, goods: str, origin: str, place: str, of: str, value: float) -> Row:
    return {
        "rule": name,
        "commodity_group": goods,
        "origin_group": origin,
        "destination_group": place,
        "of": of,
        "year": 2020,
        "value": value,
    }
