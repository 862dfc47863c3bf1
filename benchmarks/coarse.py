"""`python -m benchmarks.coarse`: headline figures of world-coarse beside those of world, and what planning it takes.

The trend of both cases is planned in this process, one after the other; figures are those that reports show.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from teraplan.plan import plan, read_case
from teraplan.results.compare import headline
from teraplan.results.derive import cost_of_compute
from teraplan.results.results import Results
from teraplan.results.store import load

YEARS = ("2026", "2030", "2034")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table; `--world RUN` takes a stored run of the trend of world instead of planning it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", type=Path, help="a stored run of the trend of world")
    parser.add_argument("--coarse", default="world-coarse", help="the coarse case: one that ships, or a folder")
    given = parser.parse_args(arguments)
    fine_case = read_case("world")
    fine = figures(load(given.world) if given.world else plan(fine_case), fine_case)
    coarse_case = read_case(given.coarse)
    started = time.process_time()
    result = plan(coarse_case)
    spent = time.process_time() - started
    print(table(fine, figures(result, coarse_case)))
    print(
        f"\n{result.run['columns']:,} columns, {result.run['rows']:,} rows; planned and audited in {spent:.1f} s of CPU"
    )
    print("seconds:", result.run["seconds"])


def figures(results: Results, case: "object") -> pl.DataFrame:
    """Return the figures that are compared: quantity, period, unit, value."""
    told = headline(results, YEARS).with_columns(pl.col("period").fill_null("to 2038"))
    hourly = cost_of_compute(results, case).filter((pl.col("region") == "WLD") & pl.col("period").is_in(YEARS))
    costs = hourly.select(
        quantity=pl.lit("cost of an hour of compute"), period="period", value="usd_per_hour", unit=pl.lit("USD")
    )
    objective = pl.DataFrame(
        {"quantity": ["objective"], "period": ["all"], "value": [results.run["objective"]], "unit": ["GUSD"]}
    )
    return pl.concat([told, costs, objective], how="vertical_relaxed")


def table(fine: pl.DataFrame, coarse: pl.DataFrame) -> str:
    """Return the comparison as Markdown."""
    joined = fine.join(
        coarse, on=["quantity", "period", "unit"], how="full", coalesce=True, maintain_order="left", suffix="_coarse"
    )
    lines = ["| figure | when | unit | world | world-coarse | difference |", "|---|---|---|---|---|---|"]
    for row in joined.iter_rows(named=True):
        a, b = row["value"] or 0.0, row["value_coarse"] or 0.0
        apart = f"{100 * (b - a) / a:+.1f} %" if a else ""
        lines.append(f"| {row['quantity']} | {row['period']} | {row['unit']} | {a:.4g} | {b:.4g} | {apart} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
