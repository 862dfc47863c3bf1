"""What carried storage costs is in the cost of what it serves, its numbers are cited, and it has no utilisation."""

from pathlib import Path

import polars as pl
import pytest

from model.small_cases import cost, demand, existing, goods, plant, process, site, small_case
from teraplan.case.case import Case
from teraplan.plan import plan
from teraplan.results.derive import utilisation
from teraplan.results.unit_cost import unit_costs

WET_DRY = [
    {"slice": name, "day_type": name, "order": 1, "weight": 0.5, "season": season}
    for season, name in enumerate(("wet", "dry"), start=1)
]


def seasonal(folder: Path, opening: float, size: float = 0.0) -> Case:
    """2 of power, 1 in each season, sun in the wet one; a pump and a turbine without loss, and a dam at 7."""
    ways = (("pump", {"water": 1}, {"power": 1}), ("turbine", {"power": 1}, {"water": 1}))
    return small_case(
        folder,
        goods("power", "water", clock="sliced"),
        {"slices": WET_DRY},
        plant("sun", {"power": 1}, clock="sliced"),
        existing("sun", 4),
        {"availability": [{"process": "sun", "slice": "dry", "value": 0}]},
        *[process(name, made, used, clock="sliced") for name, made, used in ways],
        {"sites": [{"process": name, "region": "USA"} for name, _, _ in ways]},
        plant("dam", {}, clock="sliced"),
        {"storage": [{"process": "dam", "commodity": "water", "kind": "carried"}]},
        {"store_limits": [{"process": "dam", "item": "opening", "value": opening}]},
        existing("dam", size) if size else {},
        site("dam"),
        cost("dam", "capex", 7),
        demand("power", 2),
        period=[(2025, 2026, 1)],
    )


def costs(case: Case) -> dict[str, float]:
    """The real cost of goods in a plan of the case."""
    return dict(unit_costs(case, plan(case).frames).select("commodity", "real").rows())


def test_the_dam_is_paid_by_the_power_that_it_serves(tmp_path: Path) -> None:
    """A dam of 1 lasts 100 years: 0.07 a year for 2 of power, 0.035 each; a water is a power and the dam: 0.105."""
    assert costs(seasonal(tmp_path, opening=0)) == {"power": pytest.approx(0.035), "water": pytest.approx(0.105)}


def test_water_of_earlier_years_costs_nothing(tmp_path: Path) -> None:
    """A dam that is there holds the 1 of the dry season from the start: nothing is paid for it, and nothing pumped."""
    assert costs(seasonal(tmp_path, opening=1, size=1)) == {"power": pytest.approx(0), "water": pytest.approx(0)}


def test_a_store_has_capacity_and_no_utilisation(tmp_path: Path) -> None:
    results = plan(seasonal(tmp_path, opening=0))
    dam = results.frame("capacity").filter(pl.col("process") == "dam")
    assert dam.select("in_service", "available").rows() == [(pytest.approx(1), 0.0)]
    assert "dam" not in utilisation(results)["process"]
    assert "sun" in utilisation(results)["process"]


def test_the_numbers_of_a_store_are_cited(tmp_path: Path) -> None:
    """Half of the dry season's 1 is there at first; what it is worth, 7 a unit, rests on the number of the opening."""
    results = plan(seasonal(tmp_path, opening=0.5, size=0.5))
    assert results.run["objective"] == pytest.approx(3.5)
    assert "store_limits" in results.frame("assumptions")["table"]
