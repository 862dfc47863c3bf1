"""`python -m benchmarks.scenarios [CASE]`: every scenario of a case, planned and audited, a line each as Markdown."""

import sys
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from benchmarks.measuring import table
from teraplan.cli.runs import folders_of, keep_plans, known_plans
from teraplan.results.compare import headline
from teraplan.results.derive import output, served
from teraplan.results.results import Results
from teraplan.scenario import Request, plan_scenario, scenario_names, stand_of

COMPUTE = ("2026", "2028", "2029", "2030", "2032", "2034")
FROM, TO = "2024", "2034"


def main() -> None:
    """Plan and print; plans that others stand on are kept in runs/ and made once."""
    case = (sys.argv[1:] or ["world"])[0]
    rows = []
    for name in scenario_names(case):
        request = Request(case, name)
        stand = stand_of(request)
        known = known_plans(request, stand, Path("runs"))
        plans = plan_scenario(request, known)
        keep_plans(plans, known, folders_of(request, stand, Path("runs")))
        rows.append([name, *line(list(plans.values())[-1])])
        print(name, file=sys.stderr, flush=True)
    head = ["scenario", *(f"compute {year}" for year in COMPUTE), "sites 2030, GW", "2034", "served in China 2028",
            "2030", f"EUV tools {FROM}-{TO}"]  # fmt: skip
    print("\n".join(table(head, rows)))


def line(results: Results) -> list[str]:
    """Return the figures of a plan."""
    compute, china = _by_period(served(results, "compute")), _by_period(served(results, "compute", "CHN"))
    told = headline(results, ("2030", TO)).filter(pl.col("quantity") == "sites in service")
    sites = dict(told.select("period", "value").iter_rows())
    tools = _by_period(output(results, "euv_tool"))
    years = [str(year) for year in range(int(FROM), int(TO) + 1)]
    return [
        *(f"{compute[year]:,.0f}" for year in COMPUTE),
        *(f"{sites[year]:,.0f}" for year in ("2030", TO)),
        *(f"{china[year]:.1f}" for year in ("2028", "2030")),
        f"{sum(tools.get(year, 0.0) for year in years):,.0f}",
    ]


def _by_period(frame: pl.DataFrame) -> Mapping[str, float]:
    return dict(frame.group_by("period").agg(pl.col("value").sum()).select("period", "value").iter_rows())


if __name__ == "__main__":
    main()
