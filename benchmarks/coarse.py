"""`python -m benchmarks.coarse`: headline figures of world-coarse beside those of world, and what planning it takes.

The trend of both cases is planned in this process, one after the other, and audited like any other plan.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from teraplan.case.case import Case
from teraplan.plan import plan, read_case
from teraplan.results.compare import headline
from teraplan.results.derive import cost_of_compute, money
from teraplan.results.results import Results
from teraplan.results.store import load
from teraplan.solver import Options

YEARS = ("2026", "2030", "2034")
FIGURES = {
    "compute served": YEARS,
    "h100e made": YEARS,
    "sites in service": ("2030", "2034"),
    "output of wafers": ("2030", "2034"),
    "output of accelerators": ("2026", "2030"),
    "power in service": ("2030", "2034"),
    "price of compute": ("2030", "2034"),
    "cost of an hour of compute": ("2030", "2034"),
    "money": YEARS,
}
"""The figures that are compared, and the years; money by stage and the objective come after them."""
UNTIL = 2034


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table; `--world RUN` takes a stored run of the trend of world instead of planning it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", type=Path, help="a stored run of the trend of world")
    given = parser.parse_args(arguments)
    fine_case, coarse_case = read_case("world"), read_case("world-coarse")
    fine = figures(load(given.world) if given.world else plan(fine_case), fine_case)
    started = time.process_time()
    result = plan(coarse_case, Options(threads=1))
    spent = time.process_time() - started
    print(table(fine, figures(result, coarse_case)))
    seconds = {name: round(float(value), 2) for name, value in result.run["seconds"].items()}  # type: ignore[attr-defined]
    print(f"\n{result.run['columns']:,} columns, {result.run['rows']:,} rows, {result.run['nonzeros']:,} non-zeros")
    print(f"built, solved and audited in {spent:.2f} s of CPU; wall: {seconds}")


def figures(results: Results, case: Case) -> pl.DataFrame:
    """Return the figures that are compared: quantity, period, unit, value."""
    told = headline(results, YEARS).filter(pl.col("period").is_not_null())
    hourly = cost_of_compute(results, case).filter(pl.col("region") == "WLD")
    hour = hourly.select(
        quantity=pl.lit("cost of an hour of compute"), period="period", value="usd_per_hour", unit=pl.lit("USD")
    )
    wanted = pl.DataFrame(
        [(name, year) for name, years in FIGURES.items() for year in years], ["quantity", "period"], orient="row"
    )
    chosen = wanted.join(pl.concat([told, hour]), on=["quantity", "period"], maintain_order="left")
    stages = money(results, ("stage", "year", "transfer")).filter((pl.col("year") <= UNTIL) & ~pl.col("transfer"))
    by_stage = stages.drop_nulls("stage").group_by("stage").agg(pl.col("value").sum()).sort("stage")
    spent = by_stage.select(
        quantity="money for " + pl.col("stage"), period=pl.lit(f"to {UNTIL}"), value="value", unit=pl.lit("GUSD")
    )
    goal = {"quantity": "objective", "period": "all", "value": float(str(results.run["objective"])), "unit": "GUSD"}
    return pl.concat([chosen, spent, pl.DataFrame([goal])])


def table(fine: pl.DataFrame, coarse: pl.DataFrame) -> str:
    """Return the comparison as Markdown."""
    key = ["quantity", "period", "unit"]
    joined = fine.join(coarse, on=key, how="left", maintain_order="left", suffix="_coarse")
    lines = ["| figure | when | unit | world | world-coarse | difference |", "|---|---|---|---|---|---|"]
    for row in joined.iter_rows(named=True):
        one, other = row["value"], row["value_coarse"] or 0.0
        lines.append(
            f"| {row['quantity']} | {row['period']} | {row['unit']} | {one:.4g} | {other:.4g} "
            f"| {100 * (other - one) / one:+.1f} % |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
