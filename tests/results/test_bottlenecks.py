"""The ladder foretells: stretch a limit a little, plan again, and the objective falls by what the ladder says."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from results.tiny_case import Rows, tiny_case
from teraplan.case.case import Case, Programme
from teraplan.plan import plan
from teraplan.results.results import Results

STRETCH = 1e-4
PRICES: Rows = [
    {"commodity": "compute", "region": region, "item": item, "step": step, "value": value, "unit": unit}
    for region in ("A", "B")
    for item, step, value, unit in (
        ("step_width", 1, 0.5, "1"),
        ("step_price", 1, 30, "GUSD/(MH100e*year)"),
        ("step_width", 2, 0.5, "1"),
        ("step_price", 2, 12, "GUSD/(MH100e*year)"),
    )
]
DEMAND_IN_B: Rows = [
    {"commodity": "compute", "region": "B", "item": "quantity", "value": 8, "unit": "MH100e"},
    *PRICES,
]
ROUTE: Rows = [{"commodity": "compute", "origin": "A", "destination": "B", "cost": 0.1}]
OLD_CLUSTER: Rows = [
    {"process": "cluster", "region": "A", "start": 2024, "value": 4, "unit": "Mchip", "end": 2035},
]

RELIC: Rows = [
    {
        "process": "relic",
        "stage": "clusters",
        "capacity_unit": "Mchip",
        "activity_unit": "Mchip*year",
        "life": 30,
    }
]
RELIC_THERE: Rows = [{"process": "relic", "region": "A", "start": 2020, "value": 3, "unit": "Mchip"}]
CHIPS_IN_A = {"rule": "ban", "commodity_group": "chip", "destination_group": "A", "of": "use"}


def makes(process: str, good: str, value: float, unit: str, mode: str = "main") -> Mapping[str, object]:
    return {"process": process, "mode": mode, "flow": "out", "commodity": good, "value": value, "unit": unit}


def limit(kind: str, value: float, unit: str, group: str = "cluster", place: str = "each") -> Rows:
    return [
        {
            "limit": "most",
            "kind": kind,
            "group": group,
            "region_group": place,
            "value": value,
            "unit": unit,
            "year": 2020,
        }
    ]


def share(of: str, value: float, numerator: str = "A", denominator: str = "*") -> Rows:
    regions = {"numerator_regions": numerator, "denominator_regions": denominator}
    group = {"numerator_group": "cluster", "denominator_group": "cluster"}
    return [
        {"share": "part", **group, **regions, "of": of, "sense": "at_most", "year": 2020, "value": value, "unit": "1"}
    ]


def stretched(field: str, chosen: pl.Expr) -> Callable[[Case], Case]:
    """A change of a case that stretches the chosen rows of a table by STRETCH."""
    value = pl.when(chosen).then(pl.col("value") * (1 + STRETCH)).otherwise(pl.col("value"))
    return lambda case: replace(case, **{field: getattr(case, field).with_columns(value=value)})


def more_from_abroad(case: Case) -> Case:
    away = (1.0 - pl.col("value")) * (1 + STRETCH)
    return replace(case, local_share=case.local_share.with_columns(value=1.0 - away))


def wider_routes(case: Case) -> Case:
    return replace(case, ship_routes=case.ship_routes.with_columns(pl.col("capacity") * (1 + STRETCH)))


def worth_of(results: Results, equation: str) -> float:
    """What 1 % more of every limit of an equation would save over the whole plan, discounted [money]."""
    mine = results.bottlenecks.filter(pl.col("equation") == equation).join(results.frame("periods"), on="period")
    return float((mine["worth"] * mine["years"] * mine["running_factor"]).sum())


KIND = pl.col("kind")
CASES: dict[str, tuple[str, dict[str, Rows], Callable[[Case], Case]]] = {
    "orders": (
        "orders_at_most",
        {"limits": limit("order_max", 6, "Mchip/year"), "demand": DEMAND_IN_B},
        stretched("limits", KIND == "order_max"),
    ),
    "all orders so far": (
        "cumulative_orders_at_most",
        {"limits": limit("order_cumulative_max", 22, "Mchip", place="*"), "demand": DEMAND_IN_B},
        stretched("limits", KIND == "order_cumulative_max"),
    ),
    "capacity beside what exists": (
        "capacity_at_most",
        {"limits": limit("capacity_max", 9, "Mchip"), "capacity": OLD_CLUSTER, "demand": DEMAND_IN_B},
        stretched("limits", KIND == "capacity_max"),
    ),
    "activity": (
        "activity_at_most",
        {"limits": limit("activity_max", 7, "Mchip*year/year"), "demand": DEMAND_IN_B},
        stretched("limits", KIND == "activity_max"),
    ),
    "growth on what exists": (
        "orders_grow_no_faster",
        {
            "limits": [*limit("growth", 0.3, "1/year"), *limit("seed", 1, "Mchip/year")],
            "capacity": OLD_CLUSTER,
            "demand": DEMAND_IN_B,
        },
        stretched("limits", KIND.is_in(["growth", "seed"])),
    ),
    "emissions": (
        "emissions_at_most",
        {
            "commodities": [{"commodity": "smoke", "unit": "Mt", "kind": "emission"}],
            "recipes": [makes("utility", "smoke", 2, "Mt/(GW*year)")],
            "limits": limit("emission_max", 9, "Mt/year", group="smoke", place="*"),
            "demand": DEMAND_IN_B,
        },
        stretched("limits", KIND == "emission_max"),
    ),
    "share of output": (
        "share_at_most",
        {"shares": share("out:compute", 0.6), "demand": DEMAND_IN_B},
        stretched("shares", pl.lit(True)),
    ),
    "share of activity against another region": (
        "share_at_most",
        {"shares": share("activity", 0.9, denominator="B"), "demand": DEMAND_IN_B},
        stretched("shares", pl.lit(True)),
    ),
    "share of orders": (
        "share_at_most",
        {"shares": share("order", 0.5), "demand": DEMAND_IN_B},
        stretched("shares", pl.lit(True)),
    ),
    "share of capacity beside what exists": (
        "share_at_most",
        {"shares": share("capacity", 0.6), "capacity": OLD_CLUSTER, "demand": DEMAND_IN_B},
        stretched("shares", pl.lit(True)),
    ),
    "licence": (
        "use_within_licence",
        {
            "rules": [
                {**CHIPS_IN_A, "year": 2020, "value": 4, "unit": "Mchip/year"},
            ],
            "demand": DEMAND_IN_B,
        },
        stretched("rules", pl.lit(True)),
    ),
    "served at home where not all is served": (
        "served_at_home",
        {
            "limits": limit("order_max", 2, "Mchip/year", place="B"),
            "routes": ROUTE,
            "demand": [
                *DEMAND_IN_B,
                {"commodity": "compute", "region": "B", "item": "local_share_min", "value": 0.6, "unit": "1"},
            ],
        },
        more_from_abroad,
    ),
    "a route": (
        "route capacity",
        {
            "limits": limit("order_max", 1, "Mchip/year", place="B"),
            "routes": [{**ROUTE[0], "capacity": 2}],
            "demand": DEMAND_IN_B,
        },
        wider_routes,
    ),
    "capacity that nobody can add to": (
        "fixed supply path",
        {
            "processes": RELIC,
            "recipes": [makes("relic", "compute", 1, "MH100e/Mchip")],
            "capacity": RELIC_THERE,
            "demand": DEMAND_IN_B,
        },
        stretched("usable_existing", pl.col("process") == "relic"),
    ),
    "capacity that nobody can add to, with two modes": (
        "fixed supply path",
        {
            "processes": RELIC,
            "recipes": [
                makes("relic", "compute", 1, "MH100e/Mchip", mode="think"),
                makes("relic", "power", 1, "GW/Mchip", mode="heat"),
            ],
            "capacity": RELIC_THERE,
            "demand": DEMAND_IN_B,
        },
        stretched("usable_existing", pl.col("process") == "relic"),
    ),
    "capacity that cannot be added yet": (
        "capacity that cannot be added yet",
        {
            "lead_times": [{"process": "cluster", "value": 24, "unit": "month"}],
            "capacity": OLD_CLUSTER,
            "demand": DEMAND_IN_B,
        },
        stretched("usable_existing", pl.col("period").is_in(["2025", "2026"])),
    ),
    "stock before the first period": (
        "early_use_within_pipeline",
        {
            "commodities": [{"commodity": "film", "unit": "Mchip", "kind": "good", "scope": "world"}],
            "processes": [{"process": "film_plant", "stage": "tools", "activity_unit": "Mchip"}],
            "sites": [{"process": "film_plant", "region": "A"}],
            "recipes": [
                makes("film_plant", "film", 1, "1"),
                {**makes("chip_plant", "film", 1, "1"), "flow": "in", "offset_month": 6},
            ],
            "stocks": [{"commodity": "film", "region": "WLD", "kind": "pipeline", "opening": 3}],
            "demand": DEMAND_IN_B,
        },
        stretched("pipeline", pl.lit(True)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_limit_that_is_stretched_is_worth_what_the_ladder_says(tmp_path: Path, name: str) -> None:
    equation, tables, stretch = CASES[name]
    case = tiny_case(tmp_path, **tables)
    results = plan(case)
    saved = float(results.run["objective"]) - float(plan(stretch(case)).run["objective"])  # type: ignore[arg-type]
    assert saved > 1e-4
    assert saved == pytest.approx(worth_of(results, equation) * STRETCH / 0.01, rel=1e-3)


def test_a_site_limit_is_worth_the_shortage_it_makes_less_the_cluster_it_takes(tmp_path: Path) -> None:
    """A may order 1 Mchip in 2025 and in 2026 and nothing later. Demand is 10 and 15, the first half of it worth 30, so
    whatever is added is worth 30. One more Mchip ordered in 2025 runs in 2025 and 2026. Discounted to mid-2025 it
    gives 30 (1 + 1/1.1), and takes power 0.5 x 2 and fixed cost 0.4 in both years, capex 3 and a chip of 5 in 2025:
    28.6 (1 + 1/1.1) - 8 = 46.6. 1 % of 1 Mchip is worth 0.466 GUSD a year, of 2025 money.
    """
    limits = [
        {**limit("order_max", 1, "Mchip/year", place="A")[0], "year": 2025},
        {**limit("order_max", 1, "Mchip/year", place="A")[0], "year": 2026},
        {**limit("order_max", 0, "Mchip/year", place="A")[0], "year": 2027},
    ]
    results = plan(tiny_case(tmp_path, limits=limits, demand=PRICES))
    [first] = results.bottlenecks.filter(pl.col("period") == "2025").to_dicts()
    assert first["worth"] == pytest.approx(0.466)
    assert first["amount"] == pytest.approx(1.0)
    assert (first["equation"], first["what"], first["place"]) == ("orders_at_most", "most cluster", "A")
    assert first["nature"] == "physical"
    assert (first["amount_unit"], first["unit"]) == ("Mchip/year", "GUSD/year")


def test_a_limit_that_does_not_bind_is_not_on_the_ladder(tmp_path: Path) -> None:
    results = plan(tiny_case(tmp_path, limits=limit("order_max", 600, "Mchip/year"), demand=DEMAND_IN_B))
    assert results.bottlenecks.height == 0


def test_the_ladder_has_the_largest_worth_of_each_period_first(tmp_path: Path) -> None:
    limits = limit("order_max", 2, "Mchip/year")
    ladder = plan(tiny_case(tmp_path, limits=limits, demand=DEMAND_IN_B)).bottlenecks
    assert ladder["period"].unique().len() == 4
    assert ladder.equals(ladder.sort("period", "worth", descending=[False, True]))


def test_what_another_plan_fixes_is_no_limit_of_capacity(tmp_path: Path) -> None:
    """The relic is held at 1 of its 3 Mchip by another plan: more of it would change nothing."""
    _, tables, _ = CASES["capacity that nobody can add to"]
    case = tiny_case(tmp_path, **tables)
    relic = pl.DataFrame({"period": ["2025", "2026", "2027", "2028"]}).with_columns(
        variable=pl.lit("activity"),
        process=pl.lit("relic"),
        mode=pl.lit("main"),
        region=pl.lit("A"),
        lower=1.0,
        upper=1.0,
    )
    assert worth_of(plan(case), "fixed supply path") > 0.1
    assert worth_of(plan(replace(case, kept=relic)), "fixed supply path") == 0.0


def test_of_the_most_compute_the_ladder_says_what_a_limit_adds_at_the_prices_of_the_demand_curve(
    tmp_path: Path,
) -> None:
    """The gain of the first step is worth x years x discount factor, as the aim itself is discounted."""
    tables = {"limits": limit("order_max", 4, "Mchip/year"), "demand": DEMAND_IN_B}
    case = tiny_case(tmp_path, settings='objective = "most_compute"', **tables)
    nothing = pl.DataFrame(schema={"process": pl.String, "region": pl.String, "period": pl.String, "value": pl.Float64})
    funded = replace(case, programme=Programme(200.0, 2025.0, 2028.0, nothing, 0.0))
    results, more = plan(funded), plan(stretched("limits", KIND == "order_max")(funded))
    gained = float(more.run["most_compute"]["value"]) - float(results.run["most_compute"]["value"])  # type: ignore[index]
    ladder = results.bottlenecks.join(results.frame("periods"), on="period")
    worth = float((ladder["worth"] * ladder["years"] * ladder["shortage_factor"]).sum())
    assert gained > 1e-4
    assert gained == pytest.approx(worth * STRETCH / 0.01, rel=1e-3)
    assert set(ladder["unit"]) == {"GUSD of target/year"}


def test_without_a_budget_the_ladder_of_the_most_compute_is_counted_alike(tmp_path: Path) -> None:
    tables = {"limits": limit("order_max", 4, "Mchip/year"), "demand": DEMAND_IN_B}
    ladder = plan(tiny_case(tmp_path, settings='objective = "most_compute"', **tables)).bottlenecks
    assert ladder.height > 0
    assert set(ladder["unit"]) == {"GUSD of target/year"}
