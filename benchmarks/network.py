"""A power network that grows: one planning case of any size, as numbers that every tool of the benchmarks reads.

Regions stand in a ring and are joined by lines both ways. Each may order plants of several technologies and batteries
in every year, runs them in the slices of one day, and must cover a flat load that grows. Costs and weather differ by
region. Money is in GUSD, power in GW, energy in GW a year.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = Sequence[Mapping[str, object]]
RATE, FIRST_YEAR, HOURS, DAYS = 0.07, 2025, 8760.0, 365.0
LINE_COST, LINE_LOSS = 0.01, 0.03
BATTERY = {"overnight": 0.9, "life": 5, "hours": 4.0, "efficiency": 0.88}
LIFE = 25


@dataclass(frozen=True)
class Network:
    """The numbers of one case. plants, regions, years and slices are the axes, in this order where there are several.

    overnight (plants) [GUSD/GW]; running (plants, regions) [GUSD/GW/year]; weather (plants, regions, slices) [1];
    load (regions, years) [GW]; line (regions) [GW], to the next region in the ring and back.
    """

    overnight: Floats
    running: Floats
    weather: Floats
    load: Floats
    line: Floats

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Return the numbers of plants, regions, years and slices."""
        plants, regions, slices = self.weather.shape
        return plants, regions, self.load.shape[1], slices

    @property
    def capex(self) -> list[float]:
        """Return the overnight cost of each plant, and of batteries at the end [GUSD/GW]."""
        return [*map(float, self.overnight), BATTERY["overnight"]]

    @property
    def payments(self) -> Floats:
        """Return what one unit ordered costs the objective: plants and batteries, order years [GUSD/GW].

        The yearly payments, at the start of each year of life, that are worth the overnight cost, as far as they fall
        inside the years of the case, discounted.
        """
        years = self.shape[2]
        lives = np.array([*[LIFE] * self.shape[0], BATTERY["life"]])
        left = np.minimum(lives[:, None], years - np.arange(years))
        yearly = np.array(self.capex) / [worth(life) for life in lives]
        return yearly[:, None] * self.factors * np.vectorize(worth)(left)

    @property
    def factors(self) -> Floats:
        """Return the discount factor of each year [1]."""
        return (1 + RATE) ** -np.arange(self.shape[2])

    @property
    def alive(self) -> NDArray[np.bool_]:
        """Return what is alive: plants and batteries, years, order years."""
        age = np.arange(self.shape[2])[:, None] - np.arange(self.shape[2])[None, :]
        lives = np.array([*[LIFE] * self.shape[0], BATTERY["life"]])
        return (age >= 0) & (age < lives[:, None, None])

    @property
    def columns(self) -> int:
        """Return how many columns its program has."""
        plants, regions, years, slices = self.shape
        return regions * years * (plants + 1 + slices * (plants + 3 + 2))


SIZES: Mapping[str, tuple[int, int, int]] = {
    "1 k": (3, 5, 6),
    "10 k": (7, 10, 12),
    "35 k": (25, 10, 12),
    "100 k": (72, 10, 12),
    "500 k": (360, 10, 12),
}
"""Regions, years and slices of each size, named after its columns."""


def network(size: str, plants: int = 6) -> Network:
    """Return the case of a size; the same numbers every time."""
    regions, years, slices = SIZES[size]
    draw = np.random.default_rng(2026)
    hour = np.arange(slices) / slices
    sun = np.clip(np.sin(2 * np.pi * (hour - 0.25)), 0, None)
    weather = np.ones((plants, regions, slices))
    weather[0] = sun * draw.uniform(0.7, 1.0, (regions, 1))
    weather[1] = draw.uniform(0.05, 0.7, (regions, slices))
    dispatch = np.array([0.0, 0.0, *np.linspace(0.25, 0.9, plants - 2)])
    return Network(
        overnight=np.array([0.7, 1.4, *np.linspace(3.5, 0.6, plants - 2)]),
        running=dispatch[:, None] * draw.uniform(0.8, 1.2, (plants, regions)),
        weather=weather,
        load=draw.uniform(5, 20, (regions, 1)) * 1.04 ** np.arange(years),
        line=draw.uniform(0.5, 3.0, regions),
    )


def worth(years: int) -> float:
    """Return what one paid at the start of each of these years is worth at the start of the first [1]."""
    return float(np.sum((1 + RATE) ** -np.arange(years)))


def write_case(made: Network, folder: Path) -> Path:
    """Write the case as a case folder of Teraplan."""
    folder.mkdir(parents=True, exist_ok=True)
    first, years = FIRST_YEAR, made.shape[2]
    (folder / "case.toml").write_text(
        f'name = "network"\nschema = 1\nas_of = 2025-01-01\nbase_year = {first}\ndiscount_rate = {RATE}\n'
        'horizon_end = "annuity"\norder_timing = "start"\nactivity_cost_floor = 0.0\n'
        'timing = { capex = "start", running = "start" }\ntarget = { commodity = "power" }\n'
        f"[[period]]\nstart = {first}\nend = {first + years}\n"
    )
    for table, rows in {**_things(made), **_numbers(made), **_places(made)}.items():
        _write(folder, table, rows, sourced=table not in ("regions", "commodities"))
    return folder


def _things(made: Network) -> dict[str, Rows]:
    plants, regions, _, slices = made.shape
    names = [f"p{plant}" for plant in range(plants)]
    lives = {**dict.fromkeys(names, LIFE), "battery": BATTERY["life"]}
    good = {"commodity": "power", "unit": "GW*year", "kind": "good", "clock": "sliced"}
    sized = {"stage": "power", "clock": "sliced", "capacity_unit": "GW", "activity_unit": "GW*year"}
    made_of = {"flow": "out", "commodity": "power", "value": 1, "unit": "1"}
    day = {"day_type": "day", "weight": 1 / slices}
    store = {"process": "battery", "commodity": "power", "hours": BATTERY["hours"], "efficiency": BATTERY["efficiency"]}
    return {
        "regions": [{"region": f"r{region}"} for region in range(regions)],
        "commodities": [good],
        "processes": [{"process": name, "life": life, **sized} for name, life in lives.items()],
        "recipes": [{"process": name, **made_of} for name in names],
        "slices": [{"slice": f"s{place:02}", "order": place + 1, **day} for place in range(slices)],
        "storage": [store],
    }


def _numbers(made: Network) -> dict[str, Rows]:
    plants, regions, years, slices = made.shape
    overnight = dict(zip([*(f"p{plant}" for plant in range(plants)), "battery"], made.capex, strict=True))
    capex = {"region": "*", "item": "capex", "unit": "GUSD/GW"}
    variable = {"item": "variable", "unit": "GUSD/(GW*year)"}
    asked = {"commodity": "power", "item": "quantity", "unit": "GW"}
    return {
        "costs": [
            *({"process": name, **capex, "value": value} for name, value in overnight.items()),
            *(
                {"process": f"p{p}", "region": f"r{r}", **variable, "value": made.running[p, r]}
                for p, r in product(range(plants), range(regions))
            ),
        ],
        "availability": [
            {"process": f"p{p}", "region": f"r{r}", "slice": f"s{s:02}", "value": made.weather[p, r, s], "unit": "1"}
            for p, r, s in product(range(2), range(regions), range(slices))
        ],
        "demand": [
            {**asked, "region": f"r{r}", "year": FIRST_YEAR + t, "value": made.load[r, t]}
            for r, t in product(range(regions), range(years))
        ],
    }


def _places(made: Network) -> dict[str, Rows]:
    plants, regions = made.shape[:2]
    every = [*(f"p{plant}" for plant in range(plants)), "battery"]
    line = {"commodity": "power", "cost": LINE_COST, "loss": LINE_LOSS}
    ends = [(f"r{region}", f"r{(region + 1) % regions}", made.line[region]) for region in range(regions)]
    return {
        "sites": [{"process": name, "region": f"r{region}"} for name, region in product(every, range(regions))],
        "routes": [
            {**line, "origin": origin, "destination": destination, "capacity": most}
            for one, other, most in ends
            for origin, destination in ((one, other), (other, one))
        ],
    }


def _write(folder: Path, table: str, rows: Rows, sourced: bool) -> None:
    graded = {"grade": "assumption", "note": "made up for a benchmark"} if sourced else {}
    written = [{**row, **graded} for row in rows]
    with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(written[0]))
        writer.writeheader()
        writer.writerows(written)
