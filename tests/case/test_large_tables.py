"""A table of a hundred thousand rows: every cell is what its row says, patterns give way, faults stay few."""

from pathlib import Path

import polars as pl
import pytest

from case.folders import faults_of, tables_of

PROCESSES = [f"p{number:02d}" for number in range(40)]
REGIONS = [f"r{number:02d}" for number in range(50)]
YEARS = range(2025, 2075)
SOURCED = {"source": pl.lit("book"), "grade": pl.lit("reported")}
SITES = pl.DataFrame({"process": PROCESSES}).join(pl.DataFrame({"region": REGIONS}), how="cross")


def files(costs: pl.DataFrame) -> dict[str, str | bytes | None]:
    """A case whose costs are these rows: process, region, year, value."""
    every = pl.DataFrame({"process": PROCESSES}).with_columns(**SOURCED)
    recipes = every.with_columns(flow=pl.lit("out"), commodity=pl.lit("compute"), value=1, unit=pl.lit("1"))
    tables = {
        "regions": pl.DataFrame({"region": REGIONS}),
        "commodities": pl.DataFrame({"commodity": ["compute"], "unit": ["GW*year"], "kind": ["service"]}),
        "processes": every.with_columns(
            stage=pl.lit("x"), capacity_unit=pl.lit("GW"), activity_unit=pl.lit("GW*year"), life=20
        ),
        "sites": SITES.with_columns(**SOURCED),
        "recipes": recipes,
        "costs": costs.with_columns(item=pl.lit("capex"), unit=pl.lit("GUSD/GW"), **SOURCED),
        "demand": pl.DataFrame({"region": REGIONS}).with_columns(
            commodity=pl.lit("compute"), item=pl.lit("quantity"), value=1.0, unit=pl.lit("GW"), **SOURCED
        ),
    }  # fmt: skip
    written = {f"{name}.csv": frame.write_csv() for name, frame in tables.items()}
    return {**written, "capacity.csv": None, "lead_times.csv": None}


def spread(processes: list[str], regions: list[str]) -> pl.DataFrame:
    """Rows for every process or pattern, region or pattern, and year; the value counts the rows."""
    places = pl.DataFrame({"process": processes}).join(pl.DataFrame({"region": regions}), how="cross")
    years = places.join(pl.DataFrame({"year": YEARS}), how="cross")
    return years.with_columns(value=1.0 + pl.int_range(pl.len()))


def test_every_cell_is_what_its_row_says(tmp_path: Path) -> None:
    costs = spread(PROCESSES, REGIONS)
    assert costs.height == 100_000
    resolved = tables_of(tmp_path, files(costs)).frames["costs"]
    cells = ["process", "region", "year", "value"]
    own = costs.filter(pl.col("year") < 2030).select(cells).sort(cells)
    assert resolved.select(pl.col(cells)).cast({"year": pl.Int64}).sort(cells).equals(own)
    lines = resolved.join(costs.with_row_index("row", 2), on=["process", "region", "value"])
    assert (lines["line"] == lines["row"]).all() and lines.height == resolved.height


def test_of_many_patterns_the_narrowest_speaks(tmp_path: Path) -> None:
    """Nine widths of patterns; the exact rows of process p07 and region r11 are taken out."""
    widths = ([*PROCESSES, "p0*", "p1*", "p2*", "p3*", "*"], [*REGIONS, *(f"r{ten}*" for ten in range(5)), "*"])
    costs = spread(*widths).filter(pl.col("process") != "p07", pl.col("region") != "r11")
    assert costs.height > 100_000
    resolved = tables_of(tmp_path, files(costs)).frames["costs"].filter(year=2027)
    said = {(process, region): value for process, region, _, value in costs.filter(year=2027).rows()}
    got = {(process, region): value for process, region, value in resolved.select("process", "region", "value").rows()}
    assert len(got) == SITES.height
    for (process, region), value in got.items():
        assert value == said["p0*" if process == "p07" else process, "r1*" if region == "r11" else region]


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"grade": pl.lit("rumoured")}, "'rumoured' is not known here"),
        ({"value": pl.lit("much")}, "'much' is not a number"),
        ({"process": pl.lit("q") + pl.col("year").cast(pl.String)}, "is not declared"),
        ({"year": pl.lit(2026)}, "disagree about"),
        ({"unit": pl.lit("metre")}, "dimension"),
    ],
)
def test_a_hundred_thousand_rows_that_are_wrong_are_few_faults(
    tmp_path: Path, wrong: dict[str, pl.Expr], what: str
) -> None:
    written = files(spread(PROCESSES, REGIONS))
    costs = pl.read_csv(str(written["costs.csv"]).encode(), infer_schema=False)
    spoilt = costs.with_columns(**wrong).write_csv()
    faults = faults_of(tmp_path, {**written, "costs.csv": spoilt})
    assert 1 <= len(faults) <= 250
    assert any(what in fault.what for fault in faults), str(faults[0])
