"""A plan that was never solved: a few lines in every table of Results, with numbers that can be added up by hand."""

from dataclasses import replace

import polars as pl

from teraplan.results.results import Results

MAKERS = {"cluster_a": "ada", "cluster_b": "borealis"}
PERIODS = ("2030", "2031", "2032-2034")
LABELS = ("process", "region", "period")


def small(scenario: str = "base", scale: float = 1.0) -> Results:
    """Two regions and a pool, three periods (the last of three years), two makers; quantities and money x `scale`."""
    frames = {
        "periods": _periods(),
        "processes": _processes(),
        "commodities": _commodities(),
        "regions": pl.DataFrame(
            {"region": ["NOR", "CHL", "WLD"], "name": ["Norway", "Chile", "Pool"], "latitude": 0.0, "longitude": 0.0}
        ),
        "demand": _demand(scale),
        "flows": _flows(scale),
        "ship": _ship(scale),
        "capacity": _capacity(scale),
        "ledger": _ledger(scale),
        "prices": pl.DataFrame(
            {
                "commodity": "compute",
                "place": "NOR",
                "period": "2030",
                "slice": [None],
                "price": 1.0,
                "unit": "GUSD/(x)",
            }
        ),
        "bottlenecks": _bottlenecks(scale),
        "sources": _sources(),
    }
    return Results(run=_run(scenario), frames=frames)


def with_evidence(results: Results) -> Results:
    """The plan with what is known of its numbers: calibration, provenance, assumptions, cost."""
    frames = {
        "calibration": _calibration(),
        "provenance": pl.DataFrame(
            {"headline": "compute served", "grade": ["reported", "assumption"], "share": [0.25, 0.75]}
        ),
        "assumptions": _assumptions(),
        "cost_of_compute": pl.DataFrame(
            {
                "region": ["NOR", "CHL", "WLD"],
                "period": "2030",
                "made": [8.0, 2.0, 10.0],
                "value": 2.0,
                "transfers": [1.0, 4.0, 1.6],
                "usd_per_hour": [1.0, 2.0, 1.2],
            }
        ),
        "money_per_gigawatt": pl.DataFrame(
            {"region": ["NOR", "WLD"], "period": "2030", "stage": "sites", "value": [9.0, 8.0], "transfers": [0.5, 4.0]}
        ),
    }
    return replace(results, frames={**results.frames, **frames})


def with_run(results: Results, **changes: object) -> Results:
    """The plan with other entries in its record."""
    return replace(results, run={**results.run, **changes})


def with_frames(results: Results, **changes: pl.DataFrame) -> Results:
    """The plan with other tables."""
    return replace(results, frames={**results.frames, **changes})


def frontier() -> Results:
    """Three budgets on top of the plan; the last is not spent in full."""
    budgets = [0.0, 10.0, 20.0]
    points = pl.DataFrame(
        {
            "budget": budgets,
            "spent": [0.0, 10.0, 15.0],
            "value": [5.0, 8.0, 9.0],
            "worth_of_one_more": [0.4, 0.2, 0.0],
        }
    )
    buys = pl.DataFrame(
        {
            "budget": [budget for budget in budgets for _ in PERIODS[:2]],
            "quantity": "compute served",
            "period": [*PERIODS[:2]] * 3,
            "value": [10.0, 20.0, 11.0, 23.0, 12.0, 24.0],
            "baseline": [10.0, 20.0] * 3,
            "difference": [0.0, 0.0, 1.0, 3.0, 2.0, 4.0],
            "unit": "MH100e",
        }
    )
    money = pl.DataFrame(
        {
            "budget": [10.0, 10.0, 20.0, 20.0],
            "stage": ["sites", "accelerators", "sites", "accelerators"],
            "item": ["capex", "margin", "capex", "margin"],
            "transfer": [False, True, False, True],
            "paid": [8.0, 2.0, 11.0, 4.0],
        }
    )
    binds = pl.DataFrame(
        {
            "budget": budgets,
            "period": "2031",
            "equation": "orders_at_most",
            "what": "site_limit hall",
            "place": "NOR",
            "worth": [0.1, 0.2, 0.3],
        }
    )
    record = {key: _run("more")[key] for key in ("case", "title", "as_of", "money_unit", "base_year", "target")}
    frames = {"points": points, "buys": buys, "money": money, "binds": binds, "periods": _periods()}
    return Results(run={**record, "kind": "frontier", "scenario": "more", "concave": True}, frames=frames)


# --- tables -----------------------------------------------------------------------------------------------------------


def _run(scenario: str) -> dict[str, object]:
    return {
        "case": "small",
        "title": "A small plan",
        "scenario": scenario,
        "case_hash": "0123abcd",
        "as_of": "2030-01-15",
        "programme": None,
        "view": "system",
        "objective_name": "least_cost",
        "target": "compute",
        "money_unit": "GUSD",
        "base_year": 2025,
        "solved_until": 2035.0,
        "teraplan_version": "0.1.0",
        "solver": {"name": "HiGHS", "version": "1.16", "method": "ipx", "crossover": True},
        "status": "optimal",
        "gap": 0.0,
        "rows": 1000,
        "columns": 2000,
        "audit": {"passed": True},
    }


def _periods() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "period": [*PERIODS, "2035"],
            "index": [0, 1, 2, 3],
            "start": [2030.0, 2031.0, 2032.0, 2035.0],
            "years": [1.0, 1.0, 3.0, 1.0],
            "end": [2031.0, 2032.0, 2035.0, 2036.0],
            "running_factor": [1.0, 0.8, 0.7, 0.5],
            "shown": [True, True, True, False],
        }
    )


def _processes() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "process": ["line_a", "line_b", *MAKERS, "hall", "turbine", "battery"],
            "name": ["Line A", "Line B", "Cluster A", "Cluster B", "Data hall", "Turbine", "Battery"],
            "stage": ["accelerators", "accelerators", "clusters", "clusters", "sites", "power", "power"],
            "maker": ["ada", "borealis", "ada", "borealis", None, None, None],
        }
    )


def _commodities() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "commodity": ["compute", "h100e", "chip_a", "power"],
            "name": ["Compute", "Performance made", "Chip A", "Electricity"],
            "unit": ["MH100e*year", "MH100e", "kchip", "GW*year"],
            "kind": ["service", "count", "good", "good"],
            "stage": ["service", "accelerators", "accelerators", "power"],
        }
    )


def _demand(scale: float) -> pl.DataFrame:
    """Norway uses 5, 10, 20 a year, Chile 5, 10, 20; the period that is not shown has 1,000."""
    served = [5.0, 10.0, 20.0, 1000.0]
    return pl.DataFrame(
        {
            "commodity": "compute",
            "region": ["NOR"] * 4 + ["CHL"] * 4,
            "period": [*PERIODS, "2035"] * 2,
            "top": 5000.0,
            "served": [value * scale for value in served * 2],
            "unit": "MH100e*year",
        }
    )


def _flows(scale: float) -> pl.DataFrame:
    """Norway hosts 8, Chile 2 in 2030 (ada 7, borealis 3), twice and four times as much later; power with a battery."""
    rows, served = [], "MH100e*year"
    for period, factor in zip(PERIODS, (1.0, 2.0, 4.0), strict=True):
        f = factor * scale
        rows += [
            ("cluster_a", "NOR", "compute", "NOR", period, "out", 6.0 * f, "clusters", "ada", served, "service"),
            ("cluster_a", "CHL", "compute", "CHL", period, "out", 1.0 * f, "clusters", "ada", served, "service"),
            ("cluster_b", "NOR", "compute", "NOR", period, "out", 2.0 * f, "clusters", "borealis", served, "service"),
            ("cluster_b", "CHL", "compute", "CHL", period, "out", 1.0 * f, "clusters", "borealis", served, "service"),
            ("line_a", "WLD", "h100e", "WLD", period, "out", 3.0 * f, "accelerators", "ada", "MH100e", "count"),
            ("line_b", "WLD", "h100e", "WLD", period, "out", 1.0 * f, "accelerators", "borealis", "MH100e", "count"),
            ("line_a", "WLD", "chip_a", "WLD", period, "out", 9.0 * f, "accelerators", "ada", "kchip", "good"),
            ("turbine", "NOR", "power", "NOR", period, "out", 4.0 * f, "power", None, "GW*year", "good"),
            ("battery", "NOR", "power", "NOR", period, "out", 0.9 * f, "power", None, "GW*year", "good"),
            ("battery", "NOR", "power", "NOR", period, "in", 1.0 * f, "power", None, "GW*year", "good"),
        ]  # fmt: skip
    columns = [*LABELS[:2], "commodity", "place", "period", "flow", "value", "stage", "maker", "unit", "kind"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def _ship(scale: float) -> pl.DataFrame:
    """In 2030 Norway sends 3 to the pool, and Chile takes 3 from it."""
    return pl.DataFrame(
        {
            "commodity": "compute",
            "origin": ["NOR", "WLD"],
            "destination": ["WLD", "CHL"],
            "period": "2030",
            "value": [3.0 * scale, 3.0 * scale],
        }
    )


def _capacity(scale: float) -> pl.DataFrame:
    rows = [
        (process, region, period, value * scale * factor, stage, unit)
        for process, region, value, stage, unit in (
            ("hall", "NOR", 2.0, "sites", "GW"),
            ("hall", "CHL", 1.0, "sites", "GW"),
            ("turbine", "NOR", 5.0, "power", "GW"),
        )
        for period, factor in zip(PERIODS, (1.0, 2.0, 3.0), strict=True)
    ]
    return pl.DataFrame(rows, schema=[*LABELS, "in_service", "stage", "unit"], orient="row")


def _ledger(scale: float) -> pl.DataFrame:
    """Sites cost 10 a year and run for 1, chips carry a mark-up of 4, freight has no stage; 2035 is not shown."""
    rows = []
    for year in range(2030, 2036):
        rows += [
            ("order_cost", "capex", False, "hall", "sites", year, 10.0 * scale),
            ("fixed_cost", "fixed", False, "hall", "sites", year, 1.0),
            ("running_cost", "margin", True, "line_a", "accelerators", year, 4.0 * scale),
            ("freight_cost", "freight", False, None, None, year, 0.5),
            ("idle_cost", "idle", False, "hall", "sites", year, 99.0),
        ]
    columns = {
        "term": pl.String,
        "item": pl.String,
        "transfer": pl.Boolean,
        "process": pl.String,
        "stage": pl.String,
        "year": pl.Int32,
        "paid": pl.Float64,
    }
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(charged="paid", region=pl.lit("NOR"))


def _bottlenecks(scale: float) -> pl.DataFrame:
    rows = [
        ("2030", "orders_at_most", "site_limit hall", "NOR", 0.5, "physical"),
        ("2030", "orders_at_most", "site_limit hall", "CHL", 0.25, "physical"),
        ("2031", "orders_at_most", "site_limit hall", "NOR", 0.5, "physical"),
        ("2031", "capacity that cannot be added yet", "turbine", "*", 0.125, "physical"),
        ("2032-2034", "capacity that cannot be added yet", "turbine", "*", 1.0, "physical"),
        ("2031", "use_within_licence", "licence_abroad foreign_chips", "CHL", 0.25, "policy"),
        ("2035", "orders_at_most", "site_limit hall", "NOR", 50.0, "physical"),
    ]
    table = pl.DataFrame(rows, schema=["period", "equation", "what", "place", "worth", "nature"], orient="row")
    return table.with_columns(worth=pl.col("worth") * scale, amount=1.0)


def _sources() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "source": ["one", "two", "three"],
            "title": ["A yearbook", "A yearbook", "A press release"],
            "url": ["https://example.org/a", "https://example.org/a", None],
            "licence": ["CC BY 4.0", "CC BY 4.0", None],
        }
    )


def _calibration() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "record": ["chips sold", "sites in use", "power used", "outlook"],
            "quantity": ["a", "b", "c", "d"],
            "region": ["WLD", "NOR", "WLD", "WLD"],
            "year": [2030, 2030, 2030, 2031],
            "unit": ["kchip/year", "GW", "GW", "GW"],
            "public": [100.0, 2.0, 4.0, 9.0],
            "low": [90.0, None, None, None],
            "high": [110.0, None, None, None],
            "model": [150.0, 2.1, None, 8.0],
            "off": [0.5, 0.05, None, -1 / 9],
            "tolerance": [0.2, 0.2, 0.2, 0.3],
            "counted": [True, True, True, False],
            "passed": [False, True, None, True],
            "reason": [None, None, None, "an outlook, not a record"],
            "note": ["stocks were sold off", "equal to the source", None, None],
        }
    )


def _assumptions() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "table": ["costs", "limits", "recipes"],
            "what": ["hall capex NOR 2030", "site_limit hall NOR", "cluster_a compute"],
            "value": [10.0, 2.0, 0.001],
            "unit": ["GUSD/GW", "GW/year", "MH100e/kchip"],
            "low": [8.0, None, None],
            "high": [12.0, None, None],
            "grade": ["reported", "assumption", "measured"],
            "source": ["one", None, "three"],
            "note": [None, "no source found", None],
            "share": [0.1, 0.6, 0.0],
        }
    )
