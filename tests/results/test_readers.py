"""Quantities that records ask for, read off frames small enough to count by hand."""

import polars as pl
import pytest

from teraplan.results.readers import read_quantity, unit_of
from teraplan.results.results import Results

CHIPS = {"stage": "accelerators", "flow": "out", "place": "WLD"}


def flow(process: str, region: str, commodity: str, value: float, **more: object) -> dict[str, object]:
    given = {"process": process, "region": region, "commodity": commodity, "period": "2024", "value": value}
    return {"stage": "memory", "maker": None, "kind": "good", "flow": "out", "place": "WLD", **given, **more}


@pytest.fixture
def results() -> Results:
    """Two regions make memory, two makers chips; lines grow from 2 to 6 and to 8."""
    held = [
        {"process": "line", "region": region, "period": period, "in_service": level, "stage": "memory"}
        for region, levels in (("KOR", (2.0, 5.0, 6.0)), ("JPN", (0.0, 1.0, 2.0)))
        for period, level in zip(("2024", "2025", "2026"), levels, strict=True)
    ]
    flows = [
        flow("line", "KOR", "memory", 30.0),
        flow("line", "JPN", "memory", 10.0),
        flow("asm_a", "WLD", "chip_a", 4.0, maker="a", **CHIPS),
        flow("asm_a", "WLD", "speed", 8.0, maker="a", **{**CHIPS, "kind": "count"}),
        flow("asm_b", "WLD", "speed", 2.0, maker="b", **{**CHIPS, "kind": "count"}),
        flow("asm_a", "WLD", "memory", 20.0, maker="a", **{**CHIPS, "flow": "in"}),
    ]
    ledger = [("line", 80.0), ("asm_a", 7.0)]
    frames = {
        "periods": pl.DataFrame({"period": ["2024", "2025", "2026"], "index": [0, 1, 2], "years": [1.0, 1.0, 1.0]}),
        "capacity": pl.DataFrame(held),
        "flows": pl.DataFrame(flows),
        "processes": pl.DataFrame(
            {
                "process": ["line", "asm_a", "asm_b"],
                "stage": ["memory", "accelerators", "accelerators"],
                "maker": [None, "a", "b"],
                "capacity_unit": ["kwafer/month", None, None],
            }
        ),
        "commodities": pl.DataFrame(
            {
                "commodity": ["memory", "speed", "chip_a", "service"],
                "unit": ["PB", "MH100e", "kchip", "MH100e*year"],
                "kind": ["good", "count", "good", "service"],
                "stage": ["memory", "accelerators", "accelerators", "service"],
            }
        ),
        "ledger": pl.DataFrame(
            [
                {"process": process, "period": "2024", "term": "running_cost", "paid": paid, "item": "variable"}
                for process, paid in ledger
            ]
        ),
        "cost_of_compute": pl.DataFrame(
            {
                "region": ["WLD", "WLD"],
                "period": ["2024", "2025"],
                "value": [4.0, 2.0],
                "transfers": [1.0, 2.0],
                "usd_per_hour": [0.8, 0.5],
            }
        ),
    }
    return Results(run={"target": "service", "money_unit": "GUSD"}, frames=frames)


def read(results: Results, quantity: str, region: str = "WLD") -> dict[str, float]:
    return dict(read_quantity(results, quantity, region).select("period", "value").rows())


def test_capacity_at_the_end_of_a_year_is_the_mean_of_its_level_and_the_next(results: Results) -> None:
    """2 and 6 give 4 at the end of 2024, 6 and 8 give 7; nothing is known after the last year."""
    assert read(results, "capacity_at_end:line") == {"2024": 4.0, "2025": 7.0}
    assert read(results, "capacity_at_end:line", "KOR") == {"2024": 3.5, "2025": 5.5}
    assert unit_of(results, "capacity_at_end:line") == "kwafer/month"


def test_the_share_of_a_region_in_what_is_made(results: Results) -> None:
    assert read(results, "share_of_output:memory", "KOR") == {"2024": 0.75}


def test_performance_is_counted_by_maker(results: Results) -> None:
    assert read(results, "performance_made_by_maker:a") == {"2024": 8.0}
    assert unit_of(results, "performance_made_by_maker:a") == "MH100e/year"


def test_money_paid_to_a_maker_is_its_own_and_that_of_its_parts(results: Results) -> None:
    """Memory costs 80 / 40 = 2 each, 20 of it go into the chips of a, which cost 7 on top: 47."""
    assert read(results, "money_paid_to_maker:a") == {"2024": 47.0}


def test_the_cost_of_an_hour_has_the_mark_ups_on_top(results: Results) -> None:
    """0.8 with a quarter on top is 1.0; 0.5 with as much again is 1.0."""
    assert read(results, "cost_of_new_compute") == {"2024": pytest.approx(1.0), "2025": pytest.approx(1.0)}
    assert unit_of(results, "cost_of_new_compute") == "USD/hour"
